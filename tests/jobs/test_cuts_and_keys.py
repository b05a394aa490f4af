"""Where the file is cut changes nothing; every kind of character is known at every place of a key."""

import sys
import unicodedata
from collections import defaultdict
from functools import cache

import pytest

from glue_jobs.reconciliation import _compare, _get_ready
from glue_jobs.validation import tasks
from reconciliation.config import Rules
from reconciliation.contract import HEADER
from reconciliation.errors import FILE_CODES
from reconciliation.kernels.lines import parse_lines
from reconciliation.plan import Cut
from tests import oracle_file
from tests.cases.case import DAY
from tests.cases.contract import cases
from tests.jobs.whole_day import plan_of, run_day
from tests.oracle import BaseRow

_LINES = (
    "\ufeffF1;O7;Ana;PETR4;2026-02-16;10.50",
    "F1;O1;Ana;PETR4;2026-02-16;10.50",
    "F2;O1;Ana;PETR4;2026-02-16;10.5",
    "F1;O2;Bia;VALE3;2026-02-16;1",
    "",
    "F1;O2;Bia;VALE3;2026-02-16;1.00\r",
    'F1;"O;3";"Ci""d";VALE3;2026-02-15;-7',
    'F1;O4;"aberto;VALE3;2026-02-16;1',
    "F1;O5;ção;VALE3;2026-02-16;1,00",
    "F1;O6;só três",
    "F1;字6;日本;VALE3;2026-02-16;0.01",
    "\ufeffF1;O7;Ana;PETR4;2026-02-16;10.50",
    "x^1;O8;Ana;PETR4;2026-02-16;10.50",
    ";;;;;",
    'F1; "O7";Ana;PETR4;2026-02-16;10.50',
    "F1;O7;Ana;PETR4;2026-02-16;10.50",
)
FILE = "\n".join((HEADER, *_LINES)).encode()
BASE = [BaseRow("F1", f"O{n}", "Ana", "PETR4", DAY, None) for n in range(1, 9)]
ALL_MAY_BE_REFUSED = Rules(max_rejected_share=1)
ROW_CODES = {
    "E_COLS", "E_QUOTE", "E_CTRL", "E_KEY_EMPTY", "E_KEY_LONG", "E_KEY_CHARS", "E_REQUIRED", "E_DATA",
    "E_VALOR", "E_VALOR_RANGE", "E_VALOR_SCALE", "E_DUP_CONFLICT", "E_BLANK",
}  # fmt: skip


def test_a_cut_at_any_byte_changes_nothing() -> None:
    whole = run_day(FILE, BASE, ALL_MAY_BE_REFUSED, partitions=1, cut_bytes=len(FILE))
    assert {code for _, code, _ in whole.rejects} == {
        "E_DUP_CONFLICT", "E_QUOTE", "E_VALOR", "E_COLS", "E_BLANK",
    }  # fmt: skip
    cuts_seen = set()
    for cut_bytes in range(1, len(FILE)):
        partitions = 1 + cut_bytes % 8
        cuts = plan_of(FILE, ALL_MAY_BE_REFUSED, partitions, cut_bytes).cuts
        if cuts in cuts_seen:
            continue
        cuts_seen.add(cuts)
        found = run_day(FILE, BASE, ALL_MAY_BE_REFUSED, partitions=partitions, cut_bytes=cut_bytes)
        assert found.published_bytes == whole.published_bytes, cut_bytes
        assert found.rejects == whole.rejects, cut_bytes
        assert found.summary["totals"] == whole.summary["totals"], cut_bytes
    assert len(cuts_seen) >= 8


CATEGORIES = [
    *("Cc", "Cf", "Cn", "Co", "Ll", "Lm", "Lo", "Lt", "Lu", "Mc", "Me", "Mn", "Nd", "Nl", "No"),
    *("Pc", "Pd", "Pe", "Pf", "Pi", "Po", "Ps", "Sc", "Sk", "Sm", "So", "Zl", "Zp", "Zs"),  # not Cs
]


@cache
def samples() -> dict[str, list[str]]:
    """Some characters of every Unicode category: its first, its last, and some between.

    Without surrogates, which are no UTF-8, and NUL: the pass over the bytes refuses both.
    """
    by_category: dict[str, list[str]] = defaultdict(list)
    for code in (*range(1, 0xD800), *range(0xE000, sys.maxunicode + 1)):
        by_category[unicodedata.category(chr(code))].append(chr(code))
    return {name: chars[:: max(1, len(chars) // 12)] + chars[-1:] for name, chars in by_category.items()}


@pytest.mark.parametrize(("count", "each"), [(1, 1), (7, 1), (9, 2), (16, 4), (85, 4)])
def test_a_task_has_several_cuts_of_a_long_file(count: int, each: int) -> None:
    """Each cut once and in order; of a short file there are tasks for all cores."""
    cuts = [Cut(offset=10 * n, length=10, first_line=n + 2) for n in range(count)]
    found = tasks(cuts)
    assert [cut for task in found for cut in task] == cuts
    assert max(map(len, found)) == each


def test_a_worker_that_is_ready_has_imported_what_compares() -> None:
    """Spark's workers come by a function of a module by importing that."""
    assert _get_ready.__module__ == _compare.__module__


@pytest.mark.parametrize("category", CATEGORIES)
def test_every_kind_of_character_at_every_place_of_a_key(category: str) -> None:
    assert sorted(samples()) == sorted(CATEGORIES)
    chars = samples()[category]
    lines = [
        f"F1;{key};Ana;PETR4;{DAY};{n}"
        for n, char in enumerate(chars)
        if char not in '\n\r;"'
        for key in (f"{char}{n}", f"a{char}{n}", f"{n}{char}", char)
    ]
    file = (HEADER + "".join(f"\n{line}" for line in lines) + "\n").encode()
    wanted = oracle_file.validate(file, DAY, oracle_file.Rules(max_rejected_share=1))
    valid, rejects = parse_lines(file.split(b"\n", 1)[1], 2, Rules())
    conflicts = {reject.linha for reject in wanted.rejects if reject.codigo == "E_DUP_CONFLICT"}
    assert sorted(set(rejects.select("linha", "codigo", "ordem_id").rows())) == sorted(
        tuple(reject) for reject in wanted.rejects if reject.linha not in conflicts
    )
    assert valid.height + rejects.height == len(lines)


def test_every_code_has_its_case() -> None:
    """A code without a case could lose its check unnoticed."""
    named = {case.code for case in cases() if case.code} | {
        code for case in cases() for _, code in case.rejects
    }
    missing = (set(FILE_CODES) | ROW_CODES) - named - {"E_TOO_MANY_LINES"}
    assert not missing, "E_TOO_MANY_LINES has its test in test_inspection"
