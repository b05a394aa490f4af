"""The values that the context gives to the settings: of `cdk.json`, and of `cdk deploy -c name=value`."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, get_origin

from reconciliation.bounded_json import parse_object


class SettingsError(ValueError):
    """A setting that cannot be deployed; its text is for the person who wrote it."""


def context_of(root: Path) -> dict[str, Any]:
    """The context of cdk.json, which the CDK gives to an app only when its CLI runs it."""
    return dict(parse_object((root / "cdk.json").read_text()).get("context", {}))


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
