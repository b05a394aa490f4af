"""A supplier's file checked on its own, by the code of the run, before the supplier is asked for another.

    python -m glue_jobs.validate_file input.csv [--day 2026-02-16] [--rules '{"decimal_separator": ","}']

The day is the reference date, that of the lines; the rule `reference_day_offset` says whose folder it has.
Exit code 0: the file would be accepted; 1: it would be refused; 2: the arguments are wrong. Runbook 2.1.
"""

import argparse
import sys
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path

import polars as pl

from glue_jobs.executor import Blob, PlainExecutor
from glue_jobs.validation import PartReport, check_file, decide_part, examples, read_cut, report_of
from reconciliation.config import Rules, folder_day
from reconciliation.contract import YEAR_MAX, YEAR_MIN
from reconciliation.documents.validation_report import ValidationReport
from reconciliation.errors import ReconciliationError
from reconciliation.inspection import Inspection, Inspector
from reconciliation.kernels.lines import parse_lines
from reconciliation.kernels.schemas import REJECTS
from reconciliation.layout import RunPaths
from reconciliation.plan import Cut, InputFile, Plan

_CHUNK_BYTES = 1024 * 1024
_SHOWN = 10


def main(argv: Sequence[str]) -> int:
    """Answers the exit code; what was found goes to standard output, in Portuguese."""
    parser = argparse.ArgumentParser(prog="make validate", description="Valida um CSV do fornecedor.")
    parser.add_argument("file")
    parser.add_argument("--day", default="", help="data de referência, a das linhas; sem ela, a mais comum")
    parser.add_argument("--rules", default="{}", help="regras em JSON, como no ambiente das funções")
    given = parser.parse_args(argv)
    path = Path(given.file)
    if not path.is_file():
        named = f"CSV={path}: {'não é um arquivo' if path.exists() else 'não há esse arquivo'}"
        found = named if given.file else "Falta o arquivo"
        return _refused(f"{found}; use `make validate CSV=arquivo.csv`")
    try:
        day = _day(given.day) if given.day else None
    except ValueError:
        of_years = f"dos anos de {YEAR_MIN} a {YEAR_MAX}"
        return _refused(f"DAY={given.day}: não é uma data no formato AAAA-MM-DD, {of_years}")
    try:
        rules = Rules.from_json(given.rules)
    except ReconciliationError as exc:
        return _refused(f"RULES={given.rules}: {exc}")
    said = [f"Arquivo: {path}"]
    try:
        accepted = validate(path, day, rules, said)
    except OSError as exc:
        return _refused(f"CSV={path}: não foi possível ler o arquivo ({exc.strerror})")
    print("\n".join(said))  # noqa: T201 - a person's terminal
    return 0 if accepted else 1


def _refused(sentence: str) -> int:
    print(sentence, file=sys.stderr)  # noqa: T201 - the same
    return 2


def _day(text: str) -> date:
    """Raises ValueError for what no line can have."""
    day = date.fromisoformat(text)
    if not YEAR_MIN <= day.year <= YEAR_MAX:
        raise ValueError(text)
    return day


def validate(path: Path, day: date | None, rules: Rules, said: list[str]) -> bool:
    """Whether the file would be accepted on that reference date; what is to be told is added to `said`."""
    try:
        seen = _inspect(path, rules)
        usual = day or _usual_day(path, seen, rules)
        # without a good line the file is refused, whatever the date
        plan = _plan(path, seen, usual or date(YEAR_MIN, 1, 1), rules)
        if usual:
            folder = f", da pasta {plan.day}" if rules.reference_day_offset else ""
            said.append(f"Data de referência: {usual}{folder}")
        parts, rejects = _decide(path, plan)
        report = report_of(plan, parts)
        said += _told(report, rejects)
        check_file(plan, parts, report, rejects)
    except ReconciliationError as exc:
        said.append(f"RECUSADO, {exc.code}: {exc}")
        return False
    said.append("ACEITO")
    return True


def _inspect(path: Path, rules: Rules) -> Inspection:
    inspector = Inspector(rules)
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            inspector.feed(chunk)
    return inspector.finish()


def _bytes(path: Path, cut: Cut) -> bytes:
    with path.open("rb") as file:
        file.seek(cut.offset)
        return file.read(cut.length)


def _usual_day(path: Path, seen: Inspection, rules: Rules) -> date | None:
    """The commonest date of the good lines of the first cut that has any; None where none has."""
    for cut in seen.cuts:
        valid, _ = parse_lines(_bytes(path, cut), cut.first_line, rules, opened=bool(cut.opened))
        for usual in valid["data"].mode().sort():
            return date.fromisoformat(str(usual))
    return None


def _plan(path: Path, seen: Inspection, reference: date, rules: Rules) -> Plan:
    folder = folder_day(reference, rules.reference_day_offset)
    source = InputFile(
        bucket="-", s3_key=path.name, version_id="-", sha256=seen.sha256, bytes=seen.size_bytes
    )
    return Plan(
        job_id="-", day=folder, fingerprint="-", lineage="-", input=source, rules=rules,
        data_lines=seen.data_lines, partitions=rules.partitions(seen.data_lines, seen.size_bytes),
        warnings=seen.warnings,
        cuts=tuple(seen.cuts), paths=RunPaths.of("-", folder, "-"),
    )  # fmt: skip


def _decide(path: Path, plan: Plan) -> tuple[list[PartReport], pl.DataFrame]:
    def decide(_where: int, blobs: Iterable[Blob]) -> tuple[PartReport, pl.DataFrame]:
        decided = decide_part(plan, blobs)
        return decided.report, decided.rejects

    decided = PlainExecutor().exchange(
        plan.cuts, lambda cut: read_cut(plan, cut, _bytes(path, cut)), decide, plan.partitions
    )
    rejects = pl.concat([REJECTS.to_frame(), *(frame for _, frame in decided)]).sort("linha")
    return [part for part, _ in decided], rejects


def _told(report: ValidationReport, rejects: pl.DataFrame) -> list[str]:
    counts = {
        "Linhas de dados": report.data_lines,
        "Ordens válidas": report.valid_keys,
        "Duplicatas idênticas": report.identical_duplicates,
        "Linhas rejeitadas": report.rejected,
    }
    lines = [f"{name}: {count}" for name, count in counts.items()]
    for title, by_code in (("Por código", report.rejects_by_code), ("Avisos", report.warnings)):
        if by_code:
            lines.append(f"{title}: {', '.join(f'{code} {count}' for code, count in by_code.items())}")
    lines += [f"  {example}" for example in examples(rejects, _SHOWN)]
    if rejects.height > _SHOWN:
        lines.append(f"  e mais {rejects.height - _SHOWN}")
    return lines


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
