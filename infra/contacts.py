"""Whom a deployment tells, and in how many minutes each is to answer: what cannot be is one sentence.

Source: runbook 3.1, 3.2.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

from infra.context import require
from reconciliation.incident import RESPONSE_MINUTES

_DAY_MINUTES: Final = 24 * 60


def check_addresses(addresses: Mapping[str, str], board: str) -> None:
    """`addresses` by setting; the board's may be empty. Raises SettingsError."""
    for name, address in addresses.items():
        is_one = re.fullmatch(r"\S+@\S+", address) is not None
        require(is_one, f"{name} {address!r} is not an e-mail address.")
    require(
        re.fullmatch(r"(\S+@\S+)?", board) is not None,
        f"email_board {board!r} is not an e-mail address; nobody is told where it is empty.",
    )
    # SNS has one subscription of a topic for an address
    others = {address for name, address in addresses.items() if name != "email_business"}
    require(
        board not in others,
        f"email_board {board!r} is told as operations, product owner or engineering already.",
    )


def check_supplier(contact: str) -> None:
    """It stands in a table of the runbook. Raises SettingsError."""
    require(
        re.fullmatch(r"[^\x00-\x1f\x7f|<>`\[\]]{1,200}", contact) is not None,
        f"supplier_contact {contact!r}: write one line of at most 200 characters, without any of"
        " | < > ` [ ].",
    )


def check_response_minutes(by_playbook: Mapping[str, Any]) -> None:
    """Raises SettingsError."""
    for playbook, minutes in by_playbook.items():
        require(
            playbook in RESPONSE_MINUTES and type(minutes) is int and 1 <= minutes <= _DAY_MINUTES,
            f"response_minutes {playbook!r}: {minutes!r}: write 1 to {_DAY_MINUTES} for one of"
            f" {', '.join(RESPONSE_MINUTES)}.",
        )
