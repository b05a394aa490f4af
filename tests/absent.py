"""Tests whose server or browser cannot be had on this machine: left out, and counted in one closing line.

A pytest plugin. With CI=true such a run fails: what nobody tested there is not to pass for tested.
"""

import os
from collections import Counter
from collections.abc import Generator

import pytest

from tests.servers.packages import NotInstalled

_COUNTED = pytest.StashKey[Counter[str]]()
_ABSENT = "absent"
"""The property by which a worker's report tells the package."""


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if call.excinfo and isinstance(call.excinfo.value, NotInstalled):
        report.outcome = "skipped"
        report.longrepr = (str(item.path), (item.location[1] or 0) + 1, str(call.excinfo.value))
        report.user_properties = [*report.user_properties, (_ABSENT, call.excinfo.value.package)]
    return report


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_COUNTED] = Counter()
    config.pluginmanager.register(_Closing(config.stash[_COUNTED]), "absent-closing")


class _Closing:
    """Of the process that a person started: reports come to it from every worker."""

    def __init__(self, counted: Counter[str]) -> None:
        self._counted = counted

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self._counted.update(str(value) for name, value in report.user_properties if name == _ABSENT)

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if self._counted and _is_ci() and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if self._counted:
            terminalreporter.write_line(closing(self._counted))


def closing(counted: Counter[str]) -> str:
    """One line. `counted` are the tests by the package that they lacked."""
    packages = ", ".join(f"{package} ({tests})" for package, tests in sorted(counted.items()))
    fails = "; with CI=true that is a failure" if _is_ci() else ""
    return f"{counted.total()} tests were left out, as this machine cannot have: {packages}{fails}."


def _is_ci() -> bool:
    return os.environ.get("CI", "").lower() in ("true", "1")
