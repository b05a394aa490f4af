"""A customer's name, a password and a webhook are told nowhere: not in a code's text, a log, a document.

What the stack tells (tests/said.py) is searched by I8 of `tests/faults/invariants.py` after each of its runs.
"""

import json
import logging
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from itertools import permutations
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciliation.adapters.database import secret
from reconciliation.config import Rules
from reconciliation.contract import HEADER
from reconciliation.errors import ReconciliationError
from tests.attacks.anything import ANYTHING
from tests.attacks.secrets import MEMBERS, PASSWORD, Secrets
from tests.jobs.whole_day import DAY, run_day
from tests.oracle import BaseRow

NAME: Final = "CANARIA DA SILVA"
_LINE: Final = ["F1", "O1", NAME, "PETR4", DAY, "10.50"]
_BASE: Final = [BaseRow("F1", f"O{n}", NAME, "PETR4", date.fromisoformat(DAY), Decimal(n)) for n in range(5)]


def lines() -> Iterator[str]:
    """Lines whose name stands anywhere but where a supplier's id or an order's is read."""
    for order in permutations(range(6)):
        if order.index(2) > 1:  # supplier and order are told: there people look for them
            yield ";".join(_LINE[place] for place in order)
    for wrong in ("{};x", '{}"', "\x01{}", '"{}', "{};;;;;;;;"):
        yield ";".join([*_LINE[:2], wrong.format(NAME), *_LINE[3:]])
    yield from (";".join(_LINE).replace(";", other) for other in (",", "\t", "|"))
    yield from (f"F1;O2;{NAME} {n};PETR4;{DAY};1.00" for n in range(2))  # one key, two names


FILES: Final = (
    "\n".join([HEADER, *lines(), ""]),
    "\n".join([HEADER, *(f"F1;O{n + 10};{NAME};PETR4;{DAY};1.00" for n in range(2_000)), *lines(), ""]),
    "\n".join(lines()),
    f"{NAME}\n",
    f"{HEADER}\n{NAME * 8_000}\n",
    f"{HEADER}\n{';'.join(_LINE)}\r{NAME}\n",
    f"sep=;\n{NAME}\n",
)


@pytest.mark.parametrize("file", FILES, ids=range(len(FILES)))
def test_a_customers_name_is_in_no_text_of_a_file_s_fate(
    file: str, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    """Divergences and report have it, since they are about it."""
    caplog.set_level(logging.DEBUG)
    told: list[str] = []
    try:
        found = run_day(file.encode(), _BASE, Rules(max_rejected_share=0.5), cut_bytes=5_000)
        told += [json.dumps(found.summary, ensure_ascii=False), str(found.rejects)]
    except ReconciliationError as exc:
        told += [f"{exc.code}: {exc}", str(exc.numbers)]
    said = capsys.readouterr()
    assert "CANARIA" not in "\n".join([*told, said.out, said.err, caplog.text])


CONTENTS = st.one_of(
    st.text(max_size=20).map(lambda text: f"{PASSWORD}{text}"),
    ANYTHING.map(lambda value: json.dumps({"password": PASSWORD, "other": value})),
    st.dictionaries(st.sampled_from(MEMBERS), ANYTHING).map(
        lambda given: json.dumps({**dict.fromkeys(MEMBERS, "1"), **given, "password": PASSWORD})
    ),
    st.sampled_from(("{", "[", f'{{"password": "{PASSWORD}", "password": 1}}', "[" * 10**5, "NaN")),
)


@given(content=CONTENTS)
def test_a_secrets_content_is_told_nowhere(content: str) -> None:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(secret.boto3, "client", lambda _, config: Secrets(content))
        try:
            read: dict[str, Any] = secret.read_secret("credentials")
        except ReconciliationError as exc:
            assert exc.code == "RDS_AUTH"
            assert PASSWORD not in f"{exc} {exc.__cause__}"
            return
    assert set(read) >= set(MEMBERS)
    assert str(read["port"]).isdigit()
