"""The validation stage: cuts of the file to checked rows and rejects by partition, then the file as a whole.

Its commit is `validation.json`, the last object written. Runbook 2.1.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from io import BytesIO
from typing import NamedTuple

import polars as pl

from glue_jobs.executor import Blob, Executor
from glue_jobs.failures import any_failure
from glue_jobs.log import fact, failure, timed
from glue_jobs.parts import commit_part, create_once, read_all
from glue_jobs.stores import StoreFactory
from reconciliation import layout, wording
from reconciliation.adapters.store import Store
from reconciliation.contract import SUPPLIER_KEPT_CHARS
from reconciliation.documents.validation_report import ValidatedPart, ValidationReport
from reconciliation.errors import error
from reconciliation.headings import of_supplier
from reconciliation.kernels import duplicates, partition
from reconciliation.kernels.codec import from_ipc, from_parquet, to_ipc, to_parquet, to_text
from reconciliation.kernels.lines import parse_lines
from reconciliation.kernels.money import total
from reconciliation.kernels.schemas import PUBLISHED_REJECTS, REJECTS, VALID
from reconciliation.kernels.spreadsheets import CSV, write_csv
from reconciliation.line import BLANK_ROW
from reconciliation.objects import FINGERPRINT, Absent, to_json
from reconciliation.plan import Cut, Plan
from reconciliation.supplier_message import LISTED_MAX

_VALID, _REJECTS = "valid", "rejects"
_EXAMPLES = 10
_MOST_CUTS = 4
"""Of a task, which costs a tenth of a second: as long as a cut takes."""
_FEW_TASKS = 4
"""So many tasks the cores can share; with fewer, some would have nothing to do."""


@dataclass(frozen=True, kw_only=True)
class PartReport:
    """What one partition holds. `lines` are its valid keys; its last line's supplier as it is told."""

    lines: int
    last_supplier: str | None
    identical_duplicates: int
    of_reference_date: int
    file_cents: int
    rejects_by_code: dict[str, int]


class DecidedPart(NamedTuple):
    """A partition's unique valid rows, its rejects, and the lines that say again what a valid one said.

    Each in line order, and decided for good.
    """

    valid: pl.DataFrame
    rejects: pl.DataFrame
    identical: pl.DataFrame
    report: PartReport


def validate(
    plan: Plan, checkpoints_bucket: str, executor: Callable[[], Executor], stores: StoreFactory
) -> None:
    """Does nothing where it was committed before.

    Raises INPUT_GONE, and E_NO_ROWS, E_WRONG_DAY, E_TOO_MANY_REJECTS: then the rejects are beside the
    checkpoint, and so is the list of them that the supplier is sent, as far as these can be written.
    """
    store = stores()
    if store.head(layout.validation_report(plan.paths.validated)):
        fact("validation_committed_before", fingerprint=plan.fingerprint)
        return
    with timed("lines_checked", lines=plan.data_lines, partitions=plan.partitions):
        parts: list[PartReport] = executor().exchange(
            tasks(plan.cuts), partial(_read, plan, stores), partial(_write, plan, stores), plan.partitions
        )
    for where, part in enumerate(parts):
        fact("partition_validated", partition=where, lines=part.lines)
    report = report_of(plan, parts)
    rejects = _merged_rejects(store, plan)
    try:
        check_file(plan, parts, report, rejects)
    except Exception:
        _leave(lambda: _put_rejects(store, checkpoints_bucket, plan.job_id, rejects))
        _leave(lambda: _put_list(store, checkpoints_bucket, plan, rejects))
        raise
    create_once(store, layout.ready_rejects(plan.paths.rejects), to_parquet(rejects))
    create_once(store, layout.validation_report(plan.paths.validated), to_json(report.to_dict()))
    fact("validated", valid_keys=report.valid_keys, rejected=report.rejected)


def _leave(put: Callable[[], None]) -> None:
    """What fails of it is logged: the refusal is graver, and its message names no list that is not there."""
    try:
        put()
    except any_failure() as exc:
        failure("refused_lines_not_left", exc, "VALIDATION_FAILED")


def _put_rejects(store: Store, checkpoints_bucket: str, job_id: str, rejects: pl.DataFrame) -> None:
    store.put(layout.refused_rejects(checkpoints_bucket, job_id), to_parquet(rejects))


def _put_list(store: Store, checkpoints_bucket: str, plan: Plan, rejects: pl.DataFrame) -> None:
    """None of a file that has no refused line. Its metadata say whose it is: all attempts have one place."""
    if rejects.is_empty():
        return
    listed = telling(rejects, LISTED_MAX).select("linha", "ordem_id", "detalhe", "codigo")
    target = BytesIO()
    write_csv(listed.rename(of_supplier), target)
    where, whose = layout.refused_list(checkpoints_bucket, plan.job_id), {FINGERPRINT: plan.fingerprint}
    store.put(where, target.getvalue(), whose, CSV)


def tasks(cuts: Sequence[Cut]) -> list[Sequence[Cut]]:
    """What is read one after the other: several cuts of a long file, of a short one each by itself."""
    each = max(1, min(_MOST_CUTS, len(cuts) // _FEW_TASKS))
    return [cuts[first : first + each] for first in range(0, len(cuts), each)]


def _read(plan: Plan, stores: StoreFactory, cuts: Sequence[Cut]) -> Iterator[tuple[int, Blob]]:
    for cut in cuts:
        try:
            data = stores().get_range(plan.input.location, cut.offset, cut.length, plan.input.version_id)
        except Absent as exc:
            raise error("INPUT_GONE", f"o arquivo foi apagado durante o processamento: {exc}") from exc
        yield from read_cut(plan, cut, data)


def _write(plan: Plan, stores: StoreFactory, where: int, blobs: Iterable[Blob]) -> PartReport:
    decided = decide_part(plan, blobs)
    store = stores()
    commit_part(store, plan.paths.rejects, where, decided.rejects)
    repeated = {duplicates.IN_FOOTER: to_text(decided.identical)}
    commit_part(store, plan.paths.validated, where, decided.valid, repeated)
    return decided.report


def read_cut(plan: Plan, cut: Cut, data: bytes) -> Iterator[tuple[int, Blob]]:
    """The cut's good rows and rejects, on their way to the partitions of their keys.

    Raises UNBALANCED_TOTALS where not all of the cut was read.
    """
    if len(data) != cut.length:
        message = f"da linha {cut.first_line} em diante, {len(data)} de {cut.length} bytes lidos"
        raise error("UNBALANCED_TOTALS", message)
    valid, rejects = parse_lines(data, cut.first_line, plan.rules, opened=bool(cut.opened))
    for kind, frame in ((_VALID, valid), (_REJECTS, rejects)):
        for where, rows in partition.split(frame, plan.partitions):
            yield where, Blob(kind, to_ipc(rows))


def decide_part(plan: Plan, blobs: Iterable[Blob]) -> DecidedPart:
    """What is committed of a partition, of all that arrived there."""
    arrived = {_VALID: [VALID.to_frame()], _REJECTS: [REJECTS.to_frame()]}
    for blob in blobs:
        arrived[blob.kind].append(from_ipc(blob.data))
    resolved = duplicates.resolve(pl.concat(arrived[_VALID]))
    valid, rejects = resolved.valid, pl.concat([*arrived[_REJECTS], resolved.conflicts]).sort("linha")
    last_supplier = valid["fornecedor_id"][-1][:SUPPLIER_KEPT_CHARS] if valid.height else None
    report = PartReport(
        lines=valid.height,
        last_supplier=last_supplier,
        identical_duplicates=resolved.identical_count,
        of_reference_date=int((valid["data"] == plan.reference_date).sum()),
        file_cents=total(valid["valor_cents"]),
        rejects_by_code=dict(Counter(rejects["codigo"])),
    )
    return DecidedPart(valid, rejects, resolved.identical, report)


def report_of(plan: Plan, parts: list[PartReport]) -> ValidationReport:
    """The file's counts."""
    by_code: Counter[str] = Counter()
    for part in parts:
        by_code.update(part.rejects_by_code)
    valid_keys = sum(part.lines for part in parts)
    counted = {
        "DUP_IDENTICAL": sum(part.identical_duplicates for part in parts),
        "OTHER_DAY": valid_keys - sum(part.of_reference_date for part in parts),
    }
    return ValidationReport(
        data_lines=plan.data_lines,
        rejected=by_code.total(),
        identical_duplicates=counted["DUP_IDENTICAL"],
        valid_keys=valid_keys,
        file_cents=sum(part.file_cents for part in parts),
        rejects_by_code=dict(sorted(by_code.items())),
        warnings={**plan.warnings, **{code: count for code, count in counted.items() if count}},
        parts=tuple(ValidatedPart(lines=part.lines, last_supplier=part.last_supplier) for part in parts),
    )


def _merged_rejects(store: Store, plan: Plan) -> pl.DataFrame:
    """As they are published."""
    columns = PUBLISHED_REJECTS.names()
    frames = [from_parquet(data, columns) for data in read_all(store, plan.paths.rejects, plan.partitions)]
    return pl.concat([PUBLISHED_REJECTS.to_frame(), *frames]).sort("linha")


def check_file(plan: Plan, parts: list[PartReport], report: ValidationReport, rejects: pl.DataFrame) -> None:
    """Raises UNBALANCED_TOTALS, E_NO_ROWS, E_WRONG_DAY, E_TOO_MANY_REJECTS, with examples by line number."""
    settled = report.settled + report.valid_keys
    if settled != plan.data_lines:
        raise error("UNBALANCED_TOTALS", f"{plan.data_lines} linhas de dados, mas {settled} decididas")
    if Counter(rejects["codigo"]) != report.rejects_by_code:
        told = f"{report.rejected} linhas rejeitadas, mas {rejects.height} guardadas, ou de outros códigos"
        raise error("UNBALANCED_TOTALS", told)
    if not report.valid_keys:
        told = f"nenhuma linha válida entre {wording.number(plan.data_lines)}"
        if not plan.data_lines:
            told = "o arquivo só tem o cabeçalho, sem nenhuma linha depois dele"
        raise error("E_NO_ROWS", _with_examples(told, rejects))
    if not any(part.of_reference_date for part in parts):
        of_folder = f", a data de referência da pasta {plan.day}" if plan.rules.reference_day_offset else ""
        told = f"nenhuma linha válida é de {plan.reference_date}{of_folder}; confira a pasta do arquivo"
        raise error("E_WRONG_DAY", told)
    blank = report.rejects_by_code.get(BLANK_ROW, 0)
    rejected, lines, limit = (
        report.rejected - blank,
        plan.data_lines - blank,
        plan.rules.max_rejected_share,
    )
    if rejected > Fraction(str(limit)) * lines:
        told = f"{wording.number(rejected)} de {wording.number(lines)} linhas rejeitadas"
        told += f", sem contar {wording.number(blank)} só de separadores" if blank else ""
        told += f"; o limite é {wording.percent(100 * limit)}"
        raise error("E_TOO_MANY_REJECTS", _with_examples(told, rejects))


def examples(rejects: pl.DataFrame, most: int) -> list[str]:
    """The first refused lines, in words for the supplier; blank ones only where there are no others."""
    rows = telling(rejects, most).iter_rows(named=True)
    return [f"linha {row['linha']}: {row['detalhe']} ({row['codigo']})" for row in rows]


def in_one_sentence(rejects: pl.DataFrame, most: int) -> str:
    """The same lines, those that are refused for the same as one example."""
    lines: dict[tuple[str, str], list[int]] = {}
    for row in telling(rejects, most).iter_rows(named=True):
        lines.setdefault((row["detalhe"], row["codigo"]), []).append(row["linha"])
    return "; ".join(f"{wording.lines(some)}: {detail} ({code})" for (detail, code), some in lines.items())


def telling(rejects: pl.DataFrame, most: int) -> pl.DataFrame:
    """So many of them: blank rows only where there is room, in line order."""
    return rejects.sort(pl.col("codigo") == BLANK_ROW, maintain_order=True).head(most).sort("linha")


def _with_examples(message: str, rejects: pl.DataFrame) -> str:
    shown = in_one_sentence(rejects, _EXAMPLES)
    return f"{message}: {shown}" if shown else message
