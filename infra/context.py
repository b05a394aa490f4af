"""The values that the context gives to the settings: of `cdk.json`, and of `cdk deploy -c name=value`."""

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, get_origin

from reconciliation.bounded_json import parse_object


class SettingsError(ValueError):
    """A setting that cannot be deployed; its text is for the person who wrote it."""


def context_of(root: Path) -> dict[str, Any]:
    """The context of cdk.json, which the CDK gives to an app only when its CLI runs it."""
    return dict(parse_object((root / "cdk.json").read_text()).get("context", {}))


def pairs(words: Iterable[str]) -> list[str]:
    """Each setting as `name=value`: a word may hold many, on one line or several, and a value blanks.

    So nobody quotes within SETTINGS. Raises SettingsError for what is none.
    """
    found = [pair for word in words if word.strip() for pair in re.split(r"\s+(?=\w+=)", word.strip())]
    for pair in found:
        require("=" in pair, f"{pair!r} is no setting: write name=value.")
    return found


def context_from(root: Path, given: Iterable[str]) -> dict[str, Any]:
    """The context of cdk.json with these settings, `name=value`, on top."""
    return {**context_of(root), **dict(pair.partition("=")[::2] for pair in given)}


def require_region(region: str, environment: Mapping[str, str]) -> None:
    """Raises SettingsError where AWS's own command line, in the same shell, would look elsewhere."""
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        require(
            (environment.get(name) or region) == region,
            f"region is {region}, and {name} of this shell {environment.get(name)}: what is deployed into the"
            f" one would be looked for in the other. Say region=${name} in SETTINGS.",
        )


_KINDS = {int: "a whole number", bool: "true or false", str: "a text", Sequence: "a list", Mapping: "JSON"}


def typed(name: str, value: Any, kind: Any) -> Any:
    """`-c name=value` gives texts only: a number, a switch, a list and JSON may come as one."""
    kind = get_origin(kind) or kind
    wrong = SettingsError(f"{name} {value!r} is not {_KINDS[kind]}.")
    if isinstance(value, str) and kind is not str:
        try:
            value = _parsed(value, kind)
        except (KeyError, ValueError) as exc:
            raise wrong from exc
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise wrong
    return value


def _parsed(text: str, kind: Any) -> Any:
    if kind is int:
        return int(text)
    if kind is bool:
        return {"true": True, "false": False}[text.lower()]
    if kind is Mapping:
        return parse_object(text)
    return tuple(part for part in text.split(",") if part)


def require(holds: bool, sentence: str) -> None:
    """Raises SettingsError with that sentence where it does not hold."""
    if not holds:
        raise SettingsError(sentence)
