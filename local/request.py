"""What a person asks the demo for: arguments and files, looked at before anything starts."""

from __future__ import annotations

import argparse
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import NoReturn

from local.base import Mistake, check_base, first_bytes
from local.generated_day import HEADER, GeneratedDay
from local.mix import Expected
from reconciliation import layout
from reconciliation.contract import YEAR_MAX, YEAR_MIN
from reconciliation.deployment import BUCKETS
from reconciliation.layout import Location
from reconciliation.run import DEADLINE_MAX_S

INGRESS = BUCKETS["ingress"]
LEAST_ROWS, MOST_ROWS = 1_000, 10_000_000
DEFAULT_DAY = date(2026, 2, 16)


@dataclass(frozen=True)
class Request:
    """A day to run: its two files, and the known answer where the day was generated."""

    day: date
    csv: Path
    base: Path
    expected: Expected | None
    deadline_s: int | None = None
    """Run the day a second time, stopped after so many seconds, and resume it."""

    @property
    def uploaded(self) -> Location:
        """Where the file is sent to."""
        return layout.upload(INGRESS, str(self.day), "input.csv")

    @property
    def key(self) -> str:
        return self.uploaded.key


def requested(argv: Sequence[str], scratch: Path) -> Request:
    """Arguments to a request. A generated day's files are written to `scratch`. Raises Mistake."""
    parser = _Parser(prog="local.demo")
    parser.add_argument("--rows", default="20000")
    parser.add_argument("--csv")
    parser.add_argument("--base", default="")
    parser.add_argument("--day", default="")
    parser.add_argument("--deadline", default="")
    options = parser.parse_args(argv)
    deadline_s = _deadline_s(options.deadline) if options.deadline else None
    return replace(_request(options, scratch), deadline_s=deadline_s)


def _request(options: argparse.Namespace, scratch: Path) -> Request:
    day = _day(options.day) if options.day else None
    if options.csv:
        return _own(Path(options.csv), options.base, day)
    if options.base or options.csv is not None:
        lacking = "BASE sem CSV" if options.base else "CSV ou BASE vazio"
        raise Mistake(
            f"{lacking}: informe os dois arquivos, por exemplo `make demo CSV=meu.csv BASE=base.csv`."
        )
    return _generated(GeneratedDay(number_of_rows(options.rows), day or DEFAULT_DAY), scratch)


def number_of_rows(text: str) -> int:
    """Of a generated day, whose lines come by the thousand. Raises Mistake."""
    if not re.fullmatch(r"[0-9]{1,9}", text) or not LEAST_ROWS <= int(text) <= MOST_ROWS:
        raise Mistake(f"ROWS={text}: use um número de {LEAST_ROWS} a {MOST_ROWS}.")
    return int(text)


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise Mistake(f"Argumento inválido ({message}); veja `make help`.")


def _deadline_s(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,4}", text) or not 1 <= int(text) <= DEADLINE_MAX_S:
        raise Mistake(f"DEADLINE={text}: use um número de segundos de 1 a {DEADLINE_MAX_S}.")
    return int(text)


def _day(text: str) -> date:
    try:
        if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
            day = date.fromisoformat(text)
            if YEAR_MIN < day.year < YEAR_MAX:  # a generated day has orders of the days around it
                return day
    except ValueError:
        pass
    raise Mistake(
        f"DAY={text}: não é uma data no formato AAAA-MM-DD, dos anos de {YEAR_MIN + 1} a {YEAR_MAX - 1}."
    )


def _own(csv: Path, base: str, day: date | None) -> Request:
    if not base:
        raise Mistake(f"Falta a base: informe BASE=arquivo.csv, com o cabeçalho {HEADER}.")
    first = first_bytes("CSV", csv)
    check_base(Path(base))
    return Request(day or _usual_day(first), csv, Path(base), None)


def _usual_day(first: bytes) -> date:
    """Without DAY, the day that most of the file's first lines carry."""
    for text, _ in Counter(re.findall(rb";\s*\"?([0-9]{4}-[0-9]{2}-[0-9]{2})\s*\"?;", first)).most_common():
        try:
            return _day(text.decode())
        except Mistake:
            continue
    return DEFAULT_DAY


def _generated(day: GeneratedDay, folder: Path) -> Request:
    folder.mkdir(parents=True, exist_ok=True)
    for name, chunks in (("input.csv", day.csv_chunks()), ("base.csv", day.base_chunks())):
        with (folder / name).open("wb") as file:
            file.writelines(chunks)
    return Request(day.reference_date, folder / "input.csv", folder / "base.csv", day.expected())
