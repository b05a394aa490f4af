"""What must hold whatever happened to a run, asked from outside: a list of sentences, empty where all holds.

I1 what is published is exactly right, or nothing new. I2 readers see whole ones. I3 one winner. I4 the input
is pinned. I5 one end, told once. I6 nothing is left behind. I8 no secret or name is told. I9 the base is
untouched. I10 the totals balance. I11 over in time. (I7, a resume's equality, is I1 after the resume.)
The tests of single faults know what must come, and say it; a campaign's draws say what may (`Allowed`).
"""

import hashlib
import json
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from local import results, verify
from local.generated_day import GeneratedDay
from tests import said
from tests.faults.looking import (
    OPERATIONS,
    base_checksum,
    code_of,
    day_names,
    etag_of,
    is_reminder,
    living,
    status_of,
    told,
)
from tests.faults.stack import INTERMEDIATE, OUTPUT, Hurt
from tests.waiting import eventually

NAMES = ("Müller & Søn", "José Antônio da Conceição", 'Banco "Boa Vista', "Corretora São João")
"""Of the generated day's customers."""
CLEANED_S = 20
ALERTED_S = 60
TIMER_S = 5
"""How long the timer may hold a run that is done."""
_NOT_TOLD = ("DUPLICATE", "ALREADY_PUBLISHED", "NOT_NEWEST")
_PUBLISHED = ("SUCCEEDED", "ABNORMAL_RATE", "FINISH_FAILED")


@dataclass(frozen=True)
class Allowed:
    """What a run's faults excuse. `right` says what is wrong with what is published, by the oracle."""

    ends: frozenset[str]
    """Codes that an execution may end by, beside success."""
    told: frozenset[str]
    """Codes that people may be told beside those of the executions' ends."""
    right: Callable[[results.Published], Iterable[str]]
    told_twice: bool = False
    """A crash may come between telling and noting it."""
    timer_s: float = TIMER_S


@dataclass
class Watched:
    """A day, what stood published before, and every execution that was started for it."""

    operator: Hurt
    day: GeneratedDay
    published_before: str | None
    base_before: str
    versions_before: int
    told_before: int
    """Lines of the outbox."""
    since_ms: int
    """When the watch began."""
    executions: list[str] = field(default_factory=list)
    published_all_the_same: set[str] = field(default_factory=set)
    """Those of them that were stopped by hand while they published: they are successes."""
    seen: Counter[str] = field(default_factory=Counter)
    """What a reader found at the published place, by hash; a part of an object is one of its own."""

    def is_replaced(self) -> bool:
        """Whether something else stands published now, or the same written anew."""
        return len(self.operator.versions(OUTPUT, self.key)) > self.versions_before

    @property
    def key(self) -> str:
        return f"{self.day.reference_date}/divergencias.parquet"

    def start(self, given: dict[str, Any]) -> dict[str, Any]:
        """Starts an execution and waits for its end."""
        arn = self.operator.start(given)
        self.executions.append(arn)
        return self.operator.end_of(arn)

    def breaches(
        self, *, published: bool, deadline_s: float = 1200, allowed: Allowed | None = None
    ) -> list[str]:
        """`published`: whether the last of the executions must have published the right answer."""
        ended = [self._described(arn) for arn in self.executions]
        return [
            *self._publication(published, allowed),
            *self._readers(),
            *(self._winners_among(ended) if allowed else self._winners(ended, published)),
            *self._inputs(),
            *self._ends(ended, deadline_s),
            *(self._ways_to_end(ended, allowed) if allowed else ()),
            *(self._alerts_beside(ended, allowed) if allowed else self._alerts(ended)),
            *self._left_behind(),
            *self._secrets(ended),
            *self._base(),
        ]

    def _described(self, arn: str) -> dict[str, Any]:
        found = dict(self.operator.client("stepfunctions").describe_execution(executionArn=arn))
        if arn in self.published_all_the_same:
            found |= {
                "status": "SUCCEEDED",
                "output": json.dumps({"status": "SUCCEEDED", "code": "SUCCEEDED"}),
            }
        return found

    def _publication(self, published: bool, allowed: Allowed | None) -> Iterator[str]:
        standing = etag_of(self.operator, self.key)
        if not published:
            if standing != self.published_before:
                yield f"I1 something new is published: {standing}, before {self.published_before}"
            return
        if standing is None:
            yield "I1 nothing is published"
            return
        found = results.published(self.operator.client("s3"), self.day.reference_date)
        for mistake in allowed.right(found) if allowed else self._mistakes(found):
            yield f"I1 I10 {mistake}"
        if found.etag != found.summary["published_etag"]:
            yield f"I1 the summary is not the published object's: {found.summary['published_etag']}"
        lines, cents = found.summary["totals"]["lines"], found.summary["totals"]["cents"]
        if lines["valid_keys"] != lines["equal"] + lines["tipo_1"] + lines["tipo_3"]:
            yield f"I10 keys do not balance: {lines}"
        if cents["file"] - cents["base"] != cents["difference"]:
            yield f"I10 cents do not balance: {cents}"

    def _mistakes(self, found: results.Published) -> list[str]:
        return verify.mistakes(found.frame, found.summary, self.day.expected(), self.day.reference_date)

    def _readers(self) -> Iterator[str]:
        whole = {self.published_before, etag_of(self.operator, self.key), None}
        for read, times in self.seen.items():
            if f'"{read}"' not in whole:
                yield f"I2 a reader saw neither the old nor the new object, {times} times: {read}"

    def _winners(self, ended: list[dict[str, Any]], published: bool) -> Iterator[str]:
        winners = sum(status_of(execution) == "SUCCEEDED" for execution in ended)
        if winners != int(published):
            yield f"I3 {winners} executions say that they published"

    def _winners_among(self, ended: list[dict[str, Any]]) -> Iterator[str]:
        """Each that says so has published once; beside them, only one that was stopped by hand may have."""
        written = len(self.operator.versions(OUTPUT, self.key)) - self.versions_before
        winners = sum(status_of(execution) == "SUCCEEDED" for execution in ended)
        stopped = sum(execution["status"] == "ABORTED" for execution in ended)
        if not winners <= written <= winners + stopped:
            yield f"I3 {winners} executions say that they published, and {written} versions were written"

    def _inputs(self) -> Iterator[str]:
        s3, day = self.operator.client("s3"), self.day.reference_date
        for key in self.operator.objects(INTERMEDIATE, f"{day}/validated.parquet/"):
            if key.endswith("/plan.json"):
                pinned = self.operator.json_at(INTERMEDIATE, key)["input"]
                where = {
                    "Bucket": pinned["bucket"],
                    "Key": pinned["s3_key"],
                    "VersionId": pinned["version_id"],
                }
                try:
                    body = s3.get_object(**where)["Body"].read()
                except s3.exceptions.ClientError:
                    continue  # somebody destroyed it
                if hashlib.sha256(body).hexdigest() != pinned["sha256"]:
                    yield f"I4 {key} pins another input"

    def _ends(self, ended: list[dict[str, Any]], deadline_s: float) -> Iterator[str]:
        for execution in ended:
            took_s = (execution["stopDate"] - execution["startDate"]).total_seconds()
            if took_s > deadline_s + 60:
                yield f"I11 {execution['name']} took {took_s:.0f} s"

    def _ways_to_end(self, ended: list[dict[str, Any]], allowed: Allowed) -> Iterator[str]:
        for execution in ended:
            code = code_of(execution)
            if code not in {*_PUBLISHED, *_NOT_TOLD} | allowed.ends:
                yield f"I5 {execution['name']} ended as {code}, and no fault of its explains that"
            took_s = self.operator.states_s(execution["executionArn"])
            if (held_s := took_s.get("ReadTimer", 0) + took_s.get("StopTimer", 0)) > allowed.timer_s:
                yield f"I11 {execution['name']} was held by its timer for {held_s:.1f} s"

    def _alerts_beside(self, ended: list[dict[str, Any]], allowed: Allowed) -> Iterator[str]:
        """As `_alerts`, but for what is allowed; the day is the only one that people are told of meanwhile.

        A run that was stopped by hand is told as stopped, or as the success that it then was.
        """
        stopped = sum(execution["status"] == "ABORTED" for execution in ended)
        expected = Counter(code_of(one) for one in ended if one["status"] != "ABORTED")
        for code in _NOT_TOLD:
            del expected[code]
        told_of = self._told(expected.total())
        if missing := expected - told_of:
            yield f"I5 operations were never told {dict(missing)}"
        beside = told_of - expected
        of_stopped = sum(beside[code] for code in ("ABORTED", *_PUBLISHED))
        if of_stopped > stopped and not allowed.told_twice:
            yield f"I5 operations were told {dict(beside)} beside {dict(expected)}, {stopped} stopped"
        for code in ("ABORTED", *_PUBLISHED):
            del beside[code]
        for code, times in beside.items():
            is_again = allowed.told_twice and code in expected
            if code not in allowed.told and not is_again:
                yield f"I5 operations were told {code} {times} times too often"

    def _told(self, count: int) -> Counter[str]:
        """By code what operations were told since the watch began, once it is so much or a minute is over."""

        def found() -> Counter[str]:
            mails = [json.loads(line) for line in told(self.operator)[self.told_before :]]
            ours = (
                mail["atributos"].get("codigo")
                for mail in mails
                if mail["destino"] == OPERATIONS
                and not is_reminder(mail)
                and any(name in mail["corpo"] for name in day_names(self.day.reference_date))
            )
            codes = ("SUCCEEDED" if code == "ABNORMAL_RATE" else code for code in ours)
            return Counter(code for code in codes if code not in ("ALARM", "DAILY_CHECK"))

        limit = time.monotonic() + ALERTED_S
        while found().total() < count and time.monotonic() < limit:
            time.sleep(0.1)
        time.sleep(0.3)  # for one too many
        return found()

    def _alerts(self, ended: list[dict[str, Any]]) -> Iterator[str]:
        """Each end is told once by each channel, within its minute, and a published day's lack of its report;
        what did nothing is not told.
        """
        expected = Counter(code for execution in ended if (code := code_of(execution)) not in _NOT_TOLD)
        page = f"relatorios/{self.day.reference_date}/relatorio.html"
        is_published = self.operator.day_object(self.day.reference_date)["state"] == "PUBLISHED"
        if is_published and not self.operator.objects(OUTPUT, page):
            expected["REPORT_FAILED"] += 1
        job_ids = {job_id for execution in ended if (job_id := self._job_of(execution))}
        codes_of: dict[str, Counter[str]] = {OPERATIONS: Counter()}
        for alert in self._mails(job_ids, expected.total()):
            codes_of.setdefault(alert["destino"], Counter())[alert["atributos"]["codigo"]] += 1
        if codes_of[OPERATIONS] != expected:
            yield f"I5 operations were told {dict(codes_of[OPERATIONS])}, not {dict(expected)}"
        for who, codes in codes_of.items():
            if too_often := codes - expected:
                yield f"I5 {who} was told {dict(too_often)} too often"

    def _mails(self, job_ids: set[str], count: int) -> list[dict[str, Any]]:
        def found() -> list[dict[str, Any]]:
            lines = told(self.operator)[self.told_before :]
            mails = [line for line in map(json.loads, lines) if line["canal"] == "email"]
            return [mail for mail in mails if mail["atributos"].get("job_id") in job_ids]

        limit = time.monotonic() + ALERTED_S
        while sum(mail["destino"] == OPERATIONS for mail in found()) < count and time.monotonic() < limit:
            time.sleep(0.1)
        time.sleep(0.3)  # for one too many
        return found()

    def _job_of(self, execution: dict[str, Any]) -> str | None:
        said = json.loads(execution.get("output") or execution.get("cause") or "{}")
        return said.get("job_id") or self.operator.day_object(self.day.reference_date)["job_id"]

    def _left_behind(self) -> Iterator[str]:
        try:
            eventually(lambda: not list(living(self.operator, self.day.reference_date)), CLEANED_S)
        except AssertionError:
            left = living(self.operator, self.day.reference_date)
            yield from (f"I6 left behind: {what}" for what in left)

    def _secrets(self, ended: list[dict[str, Any]]) -> Iterator[str]:
        arns = [execution["executionArn"] for execution in ended]
        found = said.documents(self.operator, arns, self.since_ms)
        yield from (f"I8 {leak}" for leak in said.leaks(found, said.secrets_of(self.operator), NAMES))

    def _base(self) -> Iterator[str]:
        if base_checksum(self.operator) != self.base_before:
            yield "I9 the base has changed"


def watched(operator: Hurt, day: GeneratedDay) -> Watched:
    """Begins to watch a day whose base is loaded."""
    before = etag_of(operator, f"{day.reference_date}/divergencias.parquet")
    versions = len(operator.versions(OUTPUT, f"{day.reference_date}/divergencias.parquet"))
    since_ms = int(time.time() * 1000)
    return Watched(operator, day, before, base_checksum(operator), versions, len(told(operator)), since_ms)
