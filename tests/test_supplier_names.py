"""Whom a new file lacks of the published: as the contract reads the first field, whatever the chunks."""

import csv
import io
import time
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciliation.contract import HEADER
from reconciliation.documents.summary import Summary, Supplier, SuppliersLeftOut
from reconciliation.supplier_names import SuppliersLacked, left_out, loss, published
from tests import documents

OLDER = Summary.from_dict({**documents.OLDER_DRAFT, "attempt": 1, "published_etag": "e"})
NAMES = ["F1", "F2", "Fornecedor Ação", 'A "B"', "A;B", '"', "ç" * 255, "F 1"]


def missing(file: bytes, wanted: list[str], chunk_bytes: int = 7) -> set[str]:
    found = SuppliersLacked(wanted)
    for start in range(0, len(file), chunk_bytes):
        found.feed(file[start : start + chunk_bytes])
    names = found.names()
    assert names is not None
    return names


@given(
    st.lists(st.sampled_from(NAMES), max_size=6), st.sampled_from(["\n", "\r\n"]), st.booleans(),
    st.booleans(), st.integers(1, 40),
)  # fmt: skip
def test_who_has_a_line_is_found(
    present: list[str], eol: str, always: bool, closed: bool, chunk: int
) -> None:
    text = io.StringIO()
    writer = csv.writer(
        text, delimiter=";", lineterminator=eol, quoting=csv.QUOTE_ALL if always else csv.QUOTE_MINIMAL
    )
    writer.writerow(HEADER.split(";"))
    for name in present:
        writer.writerow([name, "O1", "x", "y", "2026-02-16", "1.00"])
    file = text.getvalue() if closed else text.getvalue().removesuffix(eol)
    assert missing(file.encode(), NAMES, chunk) == set(NAMES) - set(present)


@pytest.mark.parametrize(
    ("file", "lacks"),
    [
        (b"", {"F1"}),
        (b"h\n \tF1 \t;O1;;;;\n", set()),
        (b'h\n"F1 ";O1;;;;\n', set()),
        (b"h\nF10;O1;F1;F1;;\n", {"F1"}),
        (b'h\nx;"a\nF1;";;;\n', set()),  # a refused line begins with it: it is there
        (b"\x1f\x8b\xff;\xfe\n" * 9, {"F1"}),
        (b"x" * 5_000_000 + b"\nF1;O1\n", set()),
        (b"F1;" + b"x" * 5_000_000, set()),
    ],
)
def test_as_the_contract_reads_it(file: bytes, lacks: set[str]) -> None:
    assert missing(file, ["F1"], 1024 * 1024) == lacks


def test_a_million_lines_take_a_second() -> None:
    block = b"".join(b"F%d;O%d;Fulano de Tal;PETR4;2026-02-16;10.50\n" % (n % 50, n) for n in range(25_000))
    found, began = SuppliersLacked([f"F{n}" for n in range(49)] + ["absent"]), time.process_time()
    for _ in range(40):
        found.feed(block)
    elapsed_s = time.process_time() - began
    print(f"1M lines, {40 * len(block) // 10**6} MB: {elapsed_s:.2f} s")
    assert found.names() == {"absent"}
    assert elapsed_s < 3, "far from it, even on a busy machine"


@pytest.mark.parametrize(("limit_s", "names"), [(3, None), (9, {"absent"})])
def test_the_work_is_bounded(limit_s: float, names: set[str] | None) -> None:
    """Each chunk takes a second of this clock."""
    seconds = iter(range(100))
    found = SuppliersLacked(["F4", "absent"], limit_s, lambda: float(next(seconds)))
    for n in range(5):
        found.feed(b"F%d;O1\n" % n)
    assert found.names() == names


def test_who_was_found_in_time_is_no_question() -> None:
    seconds = iter(range(100))
    found = SuppliersLacked(["F0"], 1, lambda: float(next(seconds)))
    found.feed(b"F0;O1\n")
    found.feed(b"F1;O1\n")
    assert found.names() == set()


def test_what_was_not_compared_is_told() -> None:
    assert "confira" in loss(None)
    assert left_out(OLDER) == 0
    few = SuppliersLeftOut(**{**documents.COUNTS, "suppliers": 1_200})
    summary = replace(OLDER, suppliers_left_out=few)
    assert loss({}, left_out(summary)) == "outros fornecedores do publicado, não comparados: 1.200"
    assert loss({"F1": (1, 1)}, 2).endswith("; outros fornecedores do publicado, não comparados: 2")


def test_the_loss_in_words() -> None:
    def supplier(name: str, keys: int, refused: int = 0) -> Supplier:
        return Supplier(
            fornecedor_id=name, file_keys=keys, refused_lines=refused, file_cents=keys * 100, base_rows=1,
            base_cents=1,
        )  # fmt: skip

    suppliers = supplier("F1", 1234, 1), supplier("only in the base", 0), supplier("", 3)
    summary = replace(OLDER, suppliers=suppliers)
    assert published(summary) == {"F1": (1235, 123400)}
    assert published(OLDER) == {}
    assert loss({}) == ""
    assert loss(published(summary)) == (
        "o novo arquivo não tem nenhuma linha de 1 fornecedor do publicado, que a troca tiraria:"
        " F1 (1.235 linhas, R$ 1.234,00)"
    )
    many = loss({f"F{n:02d}": (n, 100) for n in range(1, 13)})
    assert many.endswith("F03 (3 linhas, R$ 1,00) e mais 2 (3 linhas, R$ 2,00)")
