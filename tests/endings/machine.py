"""The state machine's own definition, walked state by state in this process: no threads, no sleeping.

Of the language only what a definition over JSONPath uses here; anything else raises NotImplementedError, so
that nothing is skipped in silence. Each step is a step of a generator, so an execution can be left in the
middle, with others run meanwhile. Time passes only where a job or a timer makes it pass.
Source: the Amazon States Language (states-language.net).
"""

import json
import operator
import re
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, Protocol

Step = str | None
"""The name of a state that is about to be entered, or None where all there is to do is to wait."""
HANGS: Final = object()
"""What a task answers that never comes back by itself."""
TASK_TOKEN_SUFFIX: Final = ".waitForTaskToken"
_PATH = re.compile(r"\.([A-Za-z_][A-Za-z0-9_]*)|\[(\d+)\]|\['([^']+)'\]")
_INTRINSIC = re.compile(r"States\.(\w+)\((.*)\)", re.DOTALL)
_NEVER_CAUGHT: Final = {"States.Runtime", "States.DataLimitExceeded"}
_MISSING: Final = object()


class Clock(Protocol):
    """The only time there is."""

    now: datetime


class StateFailed(Exception):
    """A state's, or the whole execution's, error and cause."""

    def __init__(self, error: str, cause: str = "") -> None:
        super().__init__(f"{error}: {cause}")
        self.error, self.cause = error, cause


class Tasks(Protocol):
    """What does the machine's tasks. Raises StateFailed; answers HANGS where no answer ever comes."""

    def __call__(self, state: str, resource: str, arguments: Any) -> Any: ...


@dataclass(eq=False)
class _Wait:
    """A state that waits for its token. `ends` is when its time is over."""

    ends: datetime | None
    is_over: bool = False


@dataclass(eq=False)
class Machine:
    """One execution. `context` is what `$$` names; `status` is Step Functions' word for how it is going."""

    definition: dict[str, Any]
    tasks: Tasks
    clock: Clock
    context: dict[str, Any]
    status: str = "RUNNING"
    output: Any = None
    error: str | None = None
    cause: str | None = None
    tokens: dict[str, Any] = field(default_factory=dict)
    """What was sent for a token."""
    _entered: int = 0
    _waits: list[_Wait] = field(default_factory=list)
    _steps: Iterator[Step] | None = None

    def until(self, state: str) -> None:
        """Goes on until that state is the next to be entered."""
        for step in self._go_on():
            if step == state:
                return
        raise AssertionError(f"the execution ended as {self.status} before {state}")

    def until_it_waits(self) -> None:
        """Goes on until all there is to do is to wait for a job or a timer."""
        assert self._steps is not None
        assert any(step is None for step in self._steps)

    def to_its_end(self) -> None:
        for _ in self._go_on():
            pass

    def end(self, status: str) -> None:
        """Ended from outside: ABORTED, TIMED_OUT or FAILED."""
        assert self.status == "RUNNING"
        self.status = status
        if self._steps is not None:
            self._steps.close()  # type: ignore[attr-defined]

    def _go_on(self) -> Iterator[Step]:
        if self._steps is None:
            self._steps = self._whole()
        for step in self._steps:
            if step is None:
                self._let_time_pass()
            yield step

    def _let_time_pass(self) -> None:
        """Everything waits: the first time limit is reached."""
        limits = [(wait.ends, wait) for wait in self._waits if wait.ends and not wait.is_over]
        assert limits, "everything waits, and nothing will ever come"
        ends, first = min(limits, key=operator.itemgetter(0))
        self.clock.now = max(self.clock.now, ends)
        first.is_over = True

    def _whole(self) -> Generator[Step, None, None]:
        try:
            self.output = yield from self._states(self.definition, self.context["Execution"]["Input"])
            self.status = "SUCCEEDED"
        except StateFailed as failed:
            self.status, self.error, self.cause = "FAILED", failed.error, failed.cause

    def _states(self, definition: dict[str, Any], given: Any) -> Generator[Step, None, Any]:
        name, value = definition["StartAt"], given
        while True:
            yield name
            state = definition["States"][name]
            following, value = yield from self._guarded(name, state, value)
            if following is None:
                return value
            name = following

    def _guarded(
        self, name: str, state: dict[str, Any], given: Any
    ) -> Generator[Step, None, tuple[str | None, Any]]:
        """A state with its Retry and Catch: the next state's name, if any, and what it is given."""
        tried = [0] * len(state.get("Retry", ()))
        while True:
            try:
                return (yield from self._state(name, state, given))
            except StateFailed as failed:
                if self._may_retry(state, failed, tried):
                    continue
                for catcher in state.get("Catch", ()):
                    if _matches(catcher["ErrorEquals"], failed.error):
                        caught = {"Error": failed.error, "Cause": failed.cause}
                        return catcher["Next"], _placed(given, catcher.get("ResultPath", "$"), caught)
                raise

    @staticmethod
    def _may_retry(state: dict[str, Any], failed: StateFailed, tried: list[int]) -> bool:
        for index, retrier in enumerate(state.get("Retry", ())):
            if _matches(retrier["ErrorEquals"], failed.error):
                tried[index] += 1
                return tried[index] <= retrier.get("MaxAttempts", 3)
        return False

    def _state(
        self, name: str, state: dict[str, Any], given: Any
    ) -> Generator[Step, None, tuple[str | None, Any]]:
        kind = state["Type"]
        value = self._path(state.get("InputPath", "$"), given)
        if kind == "Fail":
            raise StateFailed(self._said(state, "Error", value), self._said(state, "Cause", value))
        if kind == "Choice":
            output = self._path(state.get("OutputPath", "$"), value)
            return self._chosen(state, value), output
        if kind == "Succeed":
            return None, self._path(state.get("OutputPath", "$"), value)
        result = yield from self._result(name, state, value)
        if "ResultSelector" in state:
            result = self._filled(state["ResultSelector"], result)
        placed = _placed(given, state.get("ResultPath", "$"), result)
        return state.get("Next"), self._path(state.get("OutputPath", "$"), placed)

    def _result(self, name: str, state: dict[str, Any], given: Any) -> Generator[Step, None, Any]:
        """What the state's work answers, before it is placed anywhere."""
        self._entered += 1
        self.context["Task"] = {"Token": f"token {self._entered} of {self.context['Execution']['Name']}"}
        value = self._filled(state["Parameters"], given) if "Parameters" in state else given
        if state["Type"] == "Task":
            return (yield from self._task(name, state, given, value))
        if state["Type"] == "Parallel":
            return (yield from self._parallel(state, value))
        if state["Type"] in ("Pass", "Wait"):
            return state.get("Result", value)
        raise NotImplementedError(f"{name}: a {state['Type']}")

    def _said(self, state: dict[str, Any], what: str, value: Any) -> str:
        path = state.get(f"{what}Path")
        return str(self._path(path, value) if path else state.get(what, ""))

    def _task(
        self, name: str, state: dict[str, Any], given: Any, arguments: Any
    ) -> Generator[Step, None, Any]:
        answer = self.tasks(name, state["Resource"], arguments)
        seconds = state.get("TimeoutSeconds")
        if "TimeoutSecondsPath" in state:
            seconds = self._path(state["TimeoutSecondsPath"], given)
        if state["Resource"].endswith(TASK_TOKEN_SUFFIX):
            return (yield from self._token(seconds))
        while answer is HANGS:
            yield None
        return answer

    def _token(self, seconds: int | None) -> Generator[Step, None, Any]:
        token = self.context["Task"]["Token"]
        wait = _Wait(self.clock.now + timedelta(seconds=seconds) if seconds else None)
        self._waits.append(wait)
        try:
            while token not in self.tokens:
                yield None
                if wait.is_over and token not in self.tokens:
                    raise StateFailed("States.Timeout")
        finally:
            self._waits.remove(wait)
        return self.tokens[token]

    def _parallel(self, state: dict[str, Any], given: Any) -> Generator[Step, None, list[Any]]:
        """The branches in turn, a step each, the last first: a timer runs before what it is to time.

        One that fails ends all.
        """
        results: list[Any] = [None] * len(state["Branches"])
        running = {index: self._states(branch, given) for index, branch in enumerate(state["Branches"])}
        try:
            while running:
                waiting, began = 0, len(running)
                for index in sorted(running, reverse=True):
                    try:
                        step = next(running[index])
                    except StopIteration as done:
                        results[index] = done.value
                        del running[index]
                        continue
                    if step is None:
                        waiting += 1
                    else:
                        yield step
                if waiting == began:
                    yield None
        finally:
            for branch in running.values():
                branch.close()
        return results

    def _filled(self, template: Any, given: Any) -> Any:
        """A payload template: the values of names that end in `.$` are paths or functions."""
        if isinstance(template, list):
            return [self._filled(item, given) for item in template]
        if not isinstance(template, dict):
            return template
        return {
            name.removesuffix(".$"): self._value(item, given)
            if name.endswith(".$")
            else self._filled(item, given)
            for name, item in template.items()
        }

    def _value(self, text: str, given: Any) -> Any:
        match = _INTRINSIC.fullmatch(text)
        if match is None:
            return self._path(text, given)
        values = [self._argument(part, given) for part in _arguments(match[2])]
        function = _FUNCTIONS.get(match[1])
        if function is None:
            raise NotImplementedError(text)
        return function(*values)

    def _argument(self, text: str, given: Any) -> Any:
        if text.startswith("'"):
            return text.strip("'")
        return self._value(text, given) if text[0] in "$S" else json.loads(text)

    def _path(self, path: str | None, given: Any) -> Any:
        value = {} if path is None else self._found(path, given)
        if value is _MISSING:
            raise StateFailed("States.Runtime", f"{path} is not there")
        return value

    def _found(self, path: str, given: Any) -> Any:
        value, rest = (self.context, path[2:]) if path.startswith("$$") else (given, path[1:])
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

    def _chosen(self, state: dict[str, Any], given: Any) -> str:
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


def _matches(wanted: list[str], error: str) -> bool:
    if error in _NEVER_CAUGHT:
        return error in wanted
    return (
        error in wanted
        or "States.ALL" in wanted
        or ("States.TaskFailed" in wanted and error != "States.Timeout")
    )


def _placed(given: Any, path: str | None, result: Any) -> Any:
    """The state's input with its result at that place; None drops the result."""
    if path is None:
        return given
    if path == "$":
        return result
    names = path.removeprefix("$.").split(".")
    placed = json.loads(json.dumps(given))
    inner = placed
    for name in names[:-1]:
        inner = inner.setdefault(name, {})
    inner[names[-1]] = result
    return placed
