"""Lines of the supplier's file as they stand in it, by their numbers: from the cut that has each."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from typing import Final

from reconciliation.explaining.parquet import Reading
from reconciliation.objects import Absent
from reconciliation.plan import Cut, Plan

_PIECE_BYTES: Final = 2 * 1024 * 1024


def texts_of(reading: Reading, readers: Executor, plan: Plan, numbers: Sequence[int]) -> Mapping[int, bytes]:
    """By number; none where that version of the file is gone."""
    by_cut: dict[Cut, list[int]] = defaultdict(list)
    for number in numbers:
        by_cut[max((cut for cut in plan.cuts if cut.first_line <= number), key=_first_line)].append(number)
    asked = [readers.submit(_of_cut, reading, plan, cut, some) for cut, some in by_cut.items()]
    try:
        return {number: text for future in asked for number, text in future.result().items()}
    except Absent:
        return {}


def _first_line(cut: Cut) -> int:
    return cut.first_line


def _of_cut(reading: Reading, plan: Plan, cut: Cut, numbers: Sequence[int]) -> dict[int, bytes]:
    """Read in pieces, as far as the last of them stands."""
    texts: dict[int, bytes] = {}
    at, line, rest = 0, cut.first_line, b""
    while at < cut.length and len(texts) < len(numbers):
        span = cut.offset + at, min(_PIECE_BYTES, cut.length - at)
        piece = reading.range(plan.input.location, span, plan.input.version_id)
        at += len(piece)
        *whole, rest = (rest + piece).split(b"\n")
        if at == cut.length:
            whole.append(rest)  # the file's last line may have no end; else it is nobody's
        texts |= {number: whole[number - line] for number in numbers if 0 <= number - line < len(whole)}
        line += len(whole)
    return {number: text.removesuffix(b"\r") for number, text in texts.items()}
