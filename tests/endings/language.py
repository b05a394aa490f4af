"""The language's parts that know no state: paths, payload templates, functions, choices, error names.

`context` is what `$$` names. A path to nothing raises StateFailed as States.Runtime, which nothing catches.
Source: the Amazon States Language (states-language.net).
"""

import json
import operator
import re
from collections.abc import Callable
from typing import Any, Final

_PATH = re.compile(r"\.([A-Za-z_][A-Za-z0-9_]*)|\[(\d+)\]|\['([^']+)'\]")
_INTRINSIC = re.compile(r"States\.(\w+)\((.*)\)", re.DOTALL)
_NEVER_CAUGHT: Final = {"States.Runtime", "States.DataLimitExceeded"}
_MISSING: Final = object()


class StateFailed(Exception):
    """A state's, or the whole execution's, error and cause."""

    def __init__(self, error: str, cause: str = "") -> None:
        super().__init__(f"{error}: {cause}")
        self.error, self.cause = error, cause


class Language:
    """Reads paths and templates for one execution."""

    def __init__(self, context: dict[str, Any]) -> None:
        self._context = context

    def filled(self, template: Any, given: Any) -> Any:
        """A payload template: the values of names that end in `.$` are paths or functions."""
        if isinstance(template, list):
            return [self.filled(item, given) for item in template]
        if not isinstance(template, dict):
            return template
        return {
            name.removesuffix(".$"): self._value(item, given)
            if name.endswith(".$")
            else self.filled(item, given)
            for name, item in template.items()
        }

    def _value(self, text: str, given: Any) -> Any:
        match = _INTRINSIC.fullmatch(text)
        if match is None:
            return self.path(text, given)
        values = [self._argument(part, given) for part in _arguments(match[2])]
        function = _FUNCTIONS.get(match[1])
        if function is None:
            raise NotImplementedError(text)
        return function(*values)

    def _argument(self, text: str, given: Any) -> Any:
        if text.startswith("'"):
            return text.strip("'")
        return self._value(text, given) if text[0] in "$S" else json.loads(text)

    def path(self, path: str | None, given: Any) -> Any:
        value = {} if path is None else self._found(path, given)
        if value is _MISSING:
            raise StateFailed("States.Runtime", f"{path} is not there")
        return value

    def _found(self, path: str, given: Any) -> Any:
        is_context = path.startswith("$$")
        value: Any = self._context if is_context else given
        rest = path[2:] if is_context else path[1:]
        while rest:
            match = _PATH.match(rest)
            if match is None:
                raise NotImplementedError(path)
            rest = rest[match.end() :]
            key = int(match[2]) if match[2] else match[1] or match[3]
            try:
                value = value[key]
            except (KeyError, IndexError, TypeError):
                return _MISSING
        return value

    def chosen(self, state: dict[str, Any], given: Any) -> str:
        for rule in state["Choices"]:
            if self._holds(rule, given):
                return str(rule["Next"])
        if "Default" not in state:
            raise StateFailed("States.NoChoiceMatched")
        return str(state["Default"])

    def _holds(self, rule: dict[str, Any], given: Any) -> bool:
        if "And" in rule:
            return all(self._holds(part, given) for part in rule["And"])
        if "Or" in rule:
            return any(self._holds(part, given) for part in rule["Or"])
        if "Not" in rule:
            return not self._holds(rule["Not"], given)
        (test,) = set(rule) - {"Variable", "Next", "Comment"}
        value, wanted = self._found(rule["Variable"], given), rule[test]
        if test == "IsPresent":
            return (value is not _MISSING) is wanted
        if value is _MISSING:
            raise StateFailed("States.Runtime", f"{rule['Variable']} is not there")
        if test == "IsNull":
            return (value is None) is wanted
        kind, compare = _TESTS[test]
        return isinstance(value, kind) and bool(compare(value, wanted))


_TESTS: Final[dict[str, tuple[Any, Callable[[Any, Any], bool]]]] = {
    "StringEquals": (str, operator.eq),
    "BooleanEquals": (bool, operator.eq),
    "NumericEquals": (int | float, operator.eq),
    "NumericLessThan": (int | float, operator.lt),
    "NumericLessThanEquals": (int | float, operator.le),
    "NumericGreaterThan": (int | float, operator.gt),
    "NumericGreaterThanEquals": (int | float, operator.ge),
}
_FUNCTIONS: Final[dict[str, Callable[..., Any]]] = {
    "JsonToString": lambda value: json.dumps(value, ensure_ascii=False, separators=(",", ":")),
    "StringToJson": json.loads,
    "JsonMerge": lambda one, other, _deep: {**one, **other},
    "MathAdd": operator.add,
    "Array": lambda *values: list(values),
    "ArrayLength": len,
    "Format": lambda text, *values: text.replace("{}", "%s") % values,
}


def _arguments(text: str) -> list[str]:
    """Split at the commas outside quotes and parentheses."""
    parts, depth, quoted = [""], 0, False
    for sign in text:
        quoted ^= sign == "'"
        depth += (sign == "(") - (sign == ")") if not quoted else 0
        if sign == "," and not depth and not quoted:
            parts.append("")
        else:
            parts[-1] += sign
    return [part.strip() for part in parts if part.strip()]


def matches(wanted: list[str], error: str) -> bool:
    if error in _NEVER_CAUGHT:
        return error in wanted
    return (
        error in wanted
        or "States.ALL" in wanted
        or ("States.TaskFailed" in wanted and error != "States.Timeout")
    )


def placed(given: Any, path: str | None, result: Any) -> Any:
    """The state's input with its result at that place; None drops the result."""
    if path is None:
        return given
    if path == "$":
        return result
    names = path.removeprefix("$.").split(".")
    whole = json.loads(json.dumps(given))
    inner = whole
    for name in names[:-1]:
        inner = inner.setdefault(name, {})
    inner[names[-1]] = result
    return whole
