"""The state machine's own definition, walked state by state in this process: no threads, no sleeping.

Of the language only what a definition over JSONPath uses here; anything else raises NotImplementedError, so
that nothing is skipped in silence. Each step is a step of a generator, so an execution can be left in the
middle, with others run meanwhile. Time passes only where a job or a timer makes it pass.
Source: the Amazon States Language (states-language.net).
"""

import operator
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, Protocol

from tests.endings.language import Language, StateFailed, matches, placed

Step = str | None
"""The name of a state that is about to be entered, or None where all there is to do is to wait."""
HANGS: Final = object()
"""What a task answers that never comes back by itself."""
TASK_TOKEN_SUFFIX: Final = ".waitForTaskToken"
_STATES_MAX: Final = 500
"""No execution of ours enters nearly as many: one that does goes in circles."""


class Clock(Protocol):
    """The only time there is."""

    now: datetime


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
    entered: list[str] = field(default_factory=list)
    """The names of the states so far, each as often as it was entered."""
    _tried: int = 0
    _waits: list[_Wait] = field(default_factory=list)
    _steps: Generator[Step, None, None] | None = None

    def __post_init__(self) -> None:
        self._language = Language(self.context)

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
            self._steps.close()

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
            self.entered.append(name)
            entered = self.clock.now.isoformat().replace("+00:00", "Z")
            self.context["State"] = {"Name": name, "EnteredTime": entered, "RetryCount": 0}
            assert len(self.entered) < _STATES_MAX, f"the execution goes in circles: {self.entered[-8:]}"
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
                    self.context["State"]["RetryCount"] = sum(tried)
                    continue
                for catcher in state.get("Catch", ()):
                    if matches(catcher["ErrorEquals"], failed.error):
                        caught = {"Error": failed.error, "Cause": failed.cause}
                        return catcher["Next"], placed(given, catcher.get("ResultPath", "$"), caught)
                raise

    @staticmethod
    def _may_retry(state: dict[str, Any], failed: StateFailed, tried: list[int]) -> bool:
        for index, retrier in enumerate(state.get("Retry", ())):
            if matches(retrier["ErrorEquals"], failed.error):
                tried[index] += 1
                return tried[index] <= int(retrier.get("MaxAttempts", 3))
        return False

    def _state(
        self, name: str, state: dict[str, Any], given: Any
    ) -> Generator[Step, None, tuple[str | None, Any]]:
        kind = state["Type"]
        value = self._language.path(state.get("InputPath", "$"), given)
        if kind == "Fail":
            raise StateFailed(self._said(state, "Error", value), self._said(state, "Cause", value))
        if kind == "Choice":
            output = self._language.path(state.get("OutputPath", "$"), value)
            return self._language.chosen(state, value), output
        if kind == "Succeed":
            return None, self._language.path(state.get("OutputPath", "$"), value)
        result = yield from self._result(name, state, value)
        if "ResultSelector" in state:
            result = self._language.filled(state["ResultSelector"], result)
        whole = placed(given, state.get("ResultPath", "$"), result)
        return state.get("Next"), self._language.path(state.get("OutputPath", "$"), whole)

    def _result(self, name: str, state: dict[str, Any], given: Any) -> Generator[Step, None, Any]:
        """What the state's work answers, before it is placed anywhere."""
        self._tried += 1
        self.context["Task"] = {"Token": f"token {self._tried} of {self.context['Execution']['Name']}"}
        value = self._language.filled(state["Parameters"], given) if "Parameters" in state else given
        if state["Type"] == "Task":
            return (yield from self._task(name, state, given, value))
        if state["Type"] == "Parallel":
            return (yield from self._parallel(state, value))
        if state["Type"] in ("Pass", "Wait"):
            return state.get("Result", value)
        raise NotImplementedError(f"{name}: a {state['Type']}")

    def _said(self, state: dict[str, Any], what: str, value: Any) -> str:
        path = state.get(f"{what}Path")
        return str(self._language.path(path, value) if path else state.get(what, ""))

    def _task(
        self, name: str, state: dict[str, Any], given: Any, arguments: Any
    ) -> Generator[Step, None, Any]:
        answer = self.tasks(name, state["Resource"], arguments)
        seconds = state.get("TimeoutSeconds")
        if "TimeoutSecondsPath" in state:
            seconds = self._language.path(state["TimeoutSecondsPath"], given)
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
