"""The evidence of one order, read from what runs published and kept: only what can hold its key."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from operator import attrgetter
from typing import Final

import polars as pl

from reconciliation import layout
from reconciliation.bounded_json import JsonRefused
from reconciliation.documents.summary import Summary
from reconciliation.errors import error
from reconciliation.explaining.evidence import (
    LINES_SHOWN,
    DayEvidence,
    Evidence,
    Kept,
    Met,
    Near,
    Row,
    Unread,
)
from reconciliation.explaining.file_lines import texts_of
from reconciliation.explaining.footer import NotParquet
from reconciliation.explaining.parquet import Matches, Reading, Replaced, keys_of, rows_with
from reconciliation.explaining.request import Request
from reconciliation.explaining.spellings import spellings
from reconciliation.kernels import duplicates
from reconciliation.kernels.classify import classify
from reconciliation.kernels.codec import from_text
from reconciliation.kernels.patterns import without_zeros
from reconciliation.kernels.schemas import BASE, DIVERGENCES, FOUND, PUBLISHED_REJECTS, REJECTS, VALID
from reconciliation.layout import Location
from reconciliation.objects import FINGERPRINT
from reconciliation.plan import KEY_HASH, OtherFormat, Plan
from reconciliation.wording import SAO_PAULO

HISTORY_DAYS: Final = 90
_OF_THE_PAST: Final = pl.Schema(
    (name, DIVERGENCES[name])
    for name in (
        *("tipo_divergencia", "motivo", "ordem_id", "job_id", "campos_divergentes"),
        *("diferenca_valor", "linha"),
    )
)
"""What is told of a day of the history: no more is read."""
NEAR_MAX: Final = 20
PUBLISHING_MAX: Final = timedelta(minutes=30)
"""A publication that died between its objects is finished within minutes, by CloseRun or the watchdog."""
_AT_ONCE: Final = 4
"""Days that are looked through together for the newest that knows the key."""


class Rewritten(ValueError):
    """What is published is not what its summary tells of, for longer than a publication takes.

    Whether one died there the explanation cannot know: it may not read who holds the day.
    """


UNREADABLE: Final = (NotParquet, JsonRefused, Rewritten)
"""What cannot be believed; of a day that nobody asked for it is told, and the others are answered."""


@dataclass(frozen=True)
class Looking:
    """Where to look. `readers` reads objects, each by itself; `seekers` looks through days, which wait."""

    reading: Reading
    output_bucket: str
    intermediate_bucket: str
    readers: Executor
    seekers: Executor
    now: datetime

    def evidence(self, request: Request) -> Evidence:
        """Raises ConditionFailed where the day is published anew meanwhile, OUTPUT_FAILED where it is gone.

        Raises UNREADABLE for what cannot be believed.
        """
        prefix = layout.history(self.output_bucket)
        every = sorted(map(layout.day_of_summary, self.reading.keys_under(prefix)), reverse=True)
        days = tuple(day for day in every if day >= (request.desde or ""))[:HISTORY_DAYS]
        asked = [self.readers.submit(self._met, day, request.ordem_id) for day in days]
        wanted = request.dia if request.dia in every else None
        day = self._day(wanted, request.ordem_id) if wanted else None
        past = [future.result() for future in asked]
        history = tuple(each for each in past if isinstance(each, Met))
        unread = [each for each in past if isinstance(each, Unread)]
        if not request.dia:
            read = [day for day in days if day not in {each.day for each in unread}]
            day, passed_over = self._newest(read, history, request.ordem_id)
            unread = sorted([*unread, *passed_over], key=attrgetter("day"), reverse=True)
            if day is None and unread:
                raise NotParquet(unread[0].why)
        looked = tuple(day for day in days if day not in {each.day for each in unread})
        evidence = Evidence(day=day, days=looked, history=history, unread=tuple(unread))
        if day and not day.knows:
            return self._with_near(evidence, day, request.ordem_id)
        return replace(evidence, day=self._with_lines(day)) if day else evidence

    def _met(self, day: str, key: str) -> Met | Unread | None:
        where = layout.published(self.output_bucket, day)
        try:
            matches = rows_with(self.reading, where, key, _OF_THE_PAST)
        except NotParquet as exc:
            return Unread(day, str(exc))
        if matches is None:
            return Unread(day, f"{where} não existe mais")
        return Met(day, matches.rows[0]) if matches.rows else None

    def _newest(
        self, days: Sequence[str], history: Sequence[Met], key: str
    ) -> tuple[DayEvidence | None, list[Unread]]:
        """The newest day that knows the key; of none, the newest. Also those that it could not be asked of.

        On the newest day of its history the key is known to be: that one raises, as a day that is asked for.
        """
        newest_met = history[0].day if history else ""
        newest: DayEvidence | None = None
        unread: list[Unread] = []
        for some in _batches([day for day in days if day >= newest_met]):
            for seen in self.seekers.map(lambda day: self._seen(day, key, must=day == newest_met), some):
                if isinstance(seen, Unread):
                    unread.append(seen)
                    continue
                newest = newest or seen
                if seen and seen.knows:
                    return seen, unread
        return newest, unread

    def _seen(self, day: str, key: str, *, must: bool) -> DayEvidence | Unread | None:
        try:
            return self._day(day, key)
        except UNREADABLE as exc:
            if must:
                raise
            return Unread(day, str(exc))

    def _day(self, day: str, key: str) -> DayEvidence | None:
        """None where it was no longer published by the time that it was looked at."""
        stored = self.reading.document(layout.summary(self.output_bucket, day))
        summary = stored.read_as(Summary) if stored else None
        if summary is None:
            return None
        divergent = self.readers.submit(self._published, summary, key)
        kept = self._kept(summary, key)
        try:
            rejects = kept.rejects if kept else self._refused(summary, key)
            rows = divergent.result()
        except Replaced as exc:
            if self.now - exc.modified <= PUBLISHING_MAX:
                raise
            raise Rewritten(
                f"{exc}, de {exc.modified.astimezone(SAO_PAULO):%d/%m/%Y %H:%M}, não é o que o resumo do dia"
                f" descreve, há mais de {PUBLISHING_MAX // timedelta(minutes=1)} minutos: foi regravado à"
                " mão, ou uma publicação não terminou. Veja se o dia está em execução (4.2); senão,"
                " reprocesse-o (2.5, force_reprocess)"
            ) from exc
        return DayEvidence(summary=summary, divergence=rows[0] if rows else None, rejects=rejects, kept=kept)

    def _published(self, summary: Summary, key: str) -> Sequence[Row]:
        """Of the very object that the summary tells of."""
        where = layout.published(self.output_bucket, summary.day)
        etag, later = summary.published_etag, ("campos_so_invisiveis",)
        return _required(
            rows_with(self.reading, where, key, DIVERGENCES, etag=etag, may_lack=later), where
        ).rows

    def _refused(self, summary: Summary, key: str) -> tuple[Row, ...]:
        """Of the object that the run of the same data published: they are what its lines depend on."""
        where = layout.published_rejects(self.output_bucket, summary.day)
        matches = _required(rows_with(self.reading, where, key, PUBLISHED_REJECTS), where)
        if matches.metadata.get(FINGERPRINT) != summary.fingerprint:
            raise Replaced(where, matches.modified)
        return tuple(matches.rows)

    def _kept(self, summary: Summary, key: str) -> Kept | None:
        plan = self._plan(summary)
        if plan is None:
            return None
        where = KEY_HASH(key.encode()) % plan.partitions
        prefixes = ((plan.paths.validated, VALID), (plan.paths.rejects, REJECTS), (plan.paths.base, FOUND))
        asked = [
            self.readers.submit(rows_with, self.reading, layout.part(prefix, where), key, schema)
            for prefix, schema in prefixes
        ]
        valid, rejects, base = (future.result() for future in asked)
        if valid is None or rejects is None or base is None:
            return None
        row = valid.rows[0] if valid.rows else None
        kept = Kept(
            plan=plan,
            valid=row,
            rejects=tuple(rejects.rows),
            base=base.rows[0] if base.rows else None,
            identical=_identical(valid.footer, row["linha"]) if row else (),
            texts={},
            classified=(),
        )
        return replace(kept, classified=_classified(kept)) if kept.knows else kept

    def _plan(self, summary: Summary) -> Plan | None:
        """None where it expired, or is of another format: what is published is told without it."""
        where = layout.plan(self.intermediate_bucket, summary.day, summary.fingerprint)
        stored = self.reading.document(where)
        try:
            return Plan.read(stored) if stored else None
        except OtherFormat:
            return None

    def _with_lines(self, day: DayEvidence) -> DayEvidence:
        if day.kept is None:
            return day
        kept, valid = day.kept, [day.kept.valid] if day.kept.valid else []
        numbers = {row["linha"] for row in (*valid, *kept.rejects)} | {*(kept.identical or ())}
        texts = texts_of(self.reading, self.readers, kept.plan, sorted(numbers)[:LINES_SHOWN])
        return replace(day, kept=replace(kept, texts=texts))

    def _with_near(self, evidence: Evidence, day: DayEvidence, key: str) -> Evidence:
        """Of all that the day diverged in, by form; of file and base, by its other spellings' own hashes."""
        form = pl.select(without_zeros(pl.lit(key))).item()
        alike = (without_zeros(pl.col("ordem_id")) == form) & (pl.col("ordem_id") != key)
        published = layout.published(self.output_bucket, day.summary.day)
        asked = []
        if form:
            etag = day.summary.published_etag
            divergent = self.readers.submit(keys_of, self.reading, published, alike, etag=etag)
            asked.append(("divergências", divergent))
        others = spellings(key) if day.kept else []
        for name, part, some in _parts_of(day.kept, others):
            wanted = pl.col("ordem_id").is_in(some)
            asked.append((name, self.readers.submit(keys_of, self.reading, part, wanted, among=some)))
        places: dict[str, set[str]] = defaultdict(set)
        for name, future in asked:
            for other in future.result():
                places[other].add(name)
        near = tuple(Near(other, tuple(sorted(places[other]))) for other in sorted(places)[:NEAR_MAX])
        return replace(evidence, near=near, near_more=len(places) - len(near), tried=len(others))


def _required(matches: Matches | None, where: Location) -> Matches:
    """Raises OUTPUT_FAILED where the object is gone that a published day has."""
    if matches is None:
        raise error("OUTPUT_FAILED", f"{where} não existe mais; reprocesse o dia (2.4)")
    return matches


def _batches(days: Sequence[str]) -> Iterator[Sequence[str]]:
    """The newest alone, which mostly knows it; then some at once."""
    yield days[:1]
    for first in range(1, len(days), _AT_ONCE):
        yield days[first : first + _AT_ONCE]


def _identical(footer: Mapping[str, str], counted: int) -> tuple[int, ...] | None:
    text = footer.get(duplicates.IN_FOOTER)
    if text is None:
        return None
    return tuple(from_text(text).filter(pl.col("contada") == counted)["linha"])


def _classified(kept: Kept) -> tuple[dict[str, object], ...]:
    """By the run's own rules."""
    valid, base = (
        pl.DataFrame([row] if row else [], schema=schema, orient="row")
        for row, schema in ((kept.valid, VALID), (kept.base, FOUND))
    )
    rejects = pl.DataFrame(kept.rejects, schema=REJECTS, orient="row")
    plan = kept.plan
    classified = classify(valid, rejects, base.select(BASE.names()), plan.reference_date, plan.job_id)
    return tuple(classified.divergences.to_dicts())


def _parts_of(kept: Kept | None, keys: Sequence[str]) -> Iterator[tuple[str, Location, list[str]]]:
    """What may hold these keys: a part of the file's, and of the base's, with those of the keys."""
    by_partition: dict[int, list[str]] = defaultdict(list)
    if kept is None:
        return
    for key in keys:
        by_partition[KEY_HASH(key.encode()) % kept.plan.partitions].append(key)
    for where, some in by_partition.items():
        yield "arquivo", layout.part(kept.plan.paths.validated, where), some
        yield "base", layout.part(kept.plan.paths.base, where), some
