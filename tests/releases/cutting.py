"""Runs cut at each stage, and what they go on as once another release is deployed.

A running execution keeps the definition that it began with (Step Functions, "Updating a workflow"); the
functions and jobs that it calls from then on are the new ones.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final
from unittest import mock

from infra.jobs import OUTPUT, RECONCILIATION, VALIDATION
from tests.endings import asked, world
from tests.endings import jobs as scripted
from tests.endings.language import StateFailed
from tests.endings.machine import HANGS, Machine, Tasks
from tests.endings.scenarios import KEY, START
from tests.endings.world import Work, World
from tests.releases import jobs
from tests.releases.kept import Release, Run, Standing

BETWEEN: Final = {
    "before_the_inspection": "InspectFile",
    "before_the_reconciliation": "Reconcile",
    "before_the_output": "Publish",
}
"""By cut: the state that is about to be entered."""
WITHIN: Final[dict[str, tuple[str, Work]]] = {
    "in_the_validation": (
        VALIDATION.name,
        jobs.killed_before_writing(r"/validation\.json$", jobs.VALIDATE),
    ),
    "in_the_reconciliation": (
        RECONCILIATION.name,
        jobs.killed_before_writing(r"/partial\.parquet/.*-00001\.parquet$", jobs.RECONCILE),
    ),
    "in_the_output": (
        OUTPUT.name,
        jobs.killed_before_writing(r"/divergencias\.parquet$", scripted.publish),
    ),
}
"""By cut: the job that dies, and how."""
CUTS: Final = (*BETWEEN, *WITHIN)


@contextmanager
def opened() -> Iterator[World]:
    """A world of real parts, whose asking is nobody's: the endings' rights are their own."""
    with mock.patch.object(asked, "RIGHTS", set()), world.opened(jobs.USUAL) as found:
        yield found


def recorded() -> Release:
    """The checkout's own code, as a release."""
    machine: dict[str, Any] = {}
    runs = {}
    for cut in CUTS:
        with opened() as found:
            found.account.put(f"s3://ingress/{KEY}", jobs.FILE)
            execution = found.start(START)
            runs[cut] = _cut(found, execution, cut)
            machine = execution.definition
    return Release(machine, runs)


def _cut(found: World, execution: Machine, cut: str) -> Run:
    started, history = found.account.clock.now, list[dict[str, Any]]()
    execution.tasks = noted(execution.tasks, history)
    if cut in BETWEEN:
        execution.until(BETWEEN[cut])
    else:
        job, work = WITHIN[cut]
        found.jobs[job] = [work]
        execution.until("InspectFile")
        execution.until_it_waits()
    so_far, held = list(history), Standing.of(found)
    found.abort(execution)
    closed = None if jobs.published(found) else Standing.of(found)
    return Run(execution.context["Execution"]["Name"], START, started, so_far, held, closed)


def goes_on(found: World, release: Release, run: Run) -> Machine:
    """The execution as it stood, with its own definition: what it was answered already is not asked again."""
    found.account.clock.now = run.started
    execution = found.start(run.given, run.name)
    execution.definition = release.machine
    live = execution.tasks
    run.held.restore(found)
    execution.tasks = replayed(run.history, live)
    return execution


def noted(tasks: Tasks, history: list[dict[str, Any]]) -> Tasks:
    """These tasks; what each answers or fails with is added to the history."""

    def do(state: str, resource: str, arguments: Any) -> Any:
        try:
            answer = tasks(state, resource, arguments)
        except StateFailed as failed:
            history.append({"state": state, "error": failed.error, "cause": failed.cause})
            raise
        history.append(
            {"state": state, "hangs": True} if answer is HANGS else {"state": state, "answer": answer}
        )
        return answer

    return do


def replayed(history: list[dict[str, Any]], tasks: Tasks) -> Tasks:
    """First what the history has, then these tasks."""
    rest = list(history)

    def do(state: str, resource: str, arguments: Any) -> Any:
        if not rest:
            return tasks(state, resource, arguments)
        entry = rest.pop(0)
        assert entry["state"] == state, f"the history goes on with {entry['state']}"
        if "error" in entry:
            raise StateFailed(entry["error"], entry["cause"])
        return HANGS if "hangs" in entry else entry["answer"]

    return do
