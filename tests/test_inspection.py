"""The streaming pass against the oracle's whole-file reading, at every size of chunk."""

import bz2
import gzip
import hashlib
import lzma
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciliation import inspection
from reconciliation.config import Rules
from reconciliation.contract import HEADER
from reconciliation.errors import ReconciliationError
from reconciliation.inspection import Inspection, Inspector
from tests import oracle_file
from tests.cases.case import DAY, Case
from tests.cases.contract import cases
from tests.strategies import files

FOUND_BY_THE_JOB = {"E_NO_ROWS", "E_WRONG_DAY", "E_TOO_MANY_REJECTS"}
FOUND_BY_THE_PASS = {"BOM", "MIXED_EOL", "NO_FINAL_NEWLINE"}


def inspect(file: bytes, chunk_bytes: int, rules: Rules | None = None) -> Inspection | str:
    inspector = Inspector(rules or Rules())
    try:
        for start in range(0, len(file), chunk_bytes):
            inspector.feed(file[start : start + chunk_bytes])
        return inspector.finish()
    except ReconciliationError as exc:
        assert str(exc), "a refusal says what is wrong"
        return exc.code


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.name)
@pytest.mark.parametrize("chunk_bytes", [1, 7, 1 << 20])
def test_every_case_of_the_contract(case: Case, chunk_bytes: int) -> None:
    found = inspect(case.file, chunk_bytes)
    if case.code and case.code not in FOUND_BY_THE_JOB:
        assert found == case.code
        return
    assert isinstance(found, Inspection)
    if case.code is None:
        assert set(found.warnings) == set(case.warnings) & FOUND_BY_THE_PASS


@given(file=files(), chunk_bytes=st.integers(1, 200))
def test_any_file_in_any_chunks_is_what_the_oracle_says(file: bytes, chunk_bytes: int) -> None:
    wanted = oracle_file.validate(file, DAY)
    found = inspect(file, chunk_bytes)
    if wanted.code and wanted.code not in FOUND_BY_THE_JOB:
        assert found == wanted.code
        return
    assert isinstance(found, Inspection)
    assert found.sha256 == hashlib.sha256(file).hexdigest()
    wanted_warnings = set(wanted.warnings) & FOUND_BY_THE_PASS
    assert set(found.warnings) & FOUND_BY_THE_PASS == wanted_warnings


@settings(max_examples=100, deadline=None)
@given(
    lines=st.lists(
        st.sampled_from(["a", "", "a;b", "x" * 50, ";;;;;", 'a;"b', 'c"', 'c";"d', '""']), max_size=60
    ),
    cut_bytes=st.integers(1, 300),
    cut_lines=st.integers(1, 60),
)
def test_cuts_cover_every_data_line_once_with_its_number(
    lines: list[str], cut_bytes: int, cut_lines: int
) -> None:
    file = "".join(f"{line}\n" for line in (";".join(oracle_file.HEADER), *lines)).encode()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(inspection, "CUT_BYTES", cut_bytes)
        patch.setattr(inspection, "CUT_LINES", cut_lines)
        found = inspect(file, 16)
    assert isinstance(found, Inspection)
    pieces = [file[cut.offset : cut.offset + cut.length] for cut in found.cuts]
    assert b"".join(pieces) == file[file.index(b"\n") + 1 :]
    for cut, piece in zip(found.cuts, pieces, strict=True):
        assert piece.endswith(b"\n")
        assert cut.first_line == file[: cut.offset].count(b"\n") + 1
        before = [*lines[: cut.first_line - 2], 'closes"']
        closing = oracle_file.second_halves([(n, line) for n, line in enumerate(before) if line])
        assert bool(cut.opened) == (len(before) - 1 in closing)
        assert piece.count(b"\n") <= cut_lines + 17, "a chunk of 16 bytes at the most too many"
    assert found.data_lines == sum(line != "" for line in lines)


def test_a_line_without_end_costs_no_memory() -> None:
    inspector = Inspector(Rules())
    for _ in range(64):
        inspector.feed(b"x" * (1 << 20))
    assert len(inspector._carry) <= 1 << 20
    with pytest.raises(ReconciliationError, match="linha 1: passa de 65536 bytes"):
        inspector.finish()


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize(("bad", "code"), [(b"\xe9", "E_ENCODING"), (b"\0", "E_NUL")])
def test_a_byte_is_named_by_its_offset_which_counts_from_0(mark: bytes, bad: bytes, code: str) -> None:
    """Lines count from 1: whoever looks for the byte is told which of the two."""
    file = mark + HEADER.encode() + b"\nF1;O1;Jos" + bad + b";A;2026-02-16;1.00\n"
    inspector = Inspector(Rules())
    inspector.feed(file[:-9])
    inspector.feed(file[-9:])
    with pytest.raises(ReconciliationError) as refused:
        inspector.finish()
    said = str(refused.value)
    (offset,) = re.findall(r"(?:byte|posição) (\d+)(?: do arquivo)?, a contar de 0", said)
    assert (refused.value.code, file[int(offset) : int(offset) + 1]) == (code, bad)
    assert code == "E_NUL" or said.startswith("linha 2: ")


def test_too_many_lines_refuse_and_many_warn() -> None:
    file = (";".join(oracle_file.HEADER) + "\n" + "a\n" * 11).encode()
    assert inspect(file, 100, Rules(max_lines=10)) == "E_TOO_MANY_LINES"
    found = inspect(file, 100, Rules(warn_lines=10))
    assert isinstance(found, Inspection)
    assert found.warnings == {"MANY_LINES": 11}


def test_counts_are_told_as_in_brazil() -> None:
    inspector = Inspector(Rules(max_lines=1000))
    inspector.feed((";".join(oracle_file.HEADER) + "\n" + "a\n" * 1234).encode())
    with pytest.raises(ReconciliationError, match=r"1\.234 linhas de dados; o limite é 1\.000$"):
        inspector.finish()


@pytest.mark.parametrize("line", [b"F1;O1;Maria da Silva;PETR4;2026-02-16;10.50\n", b"Maria da Silva\n"])
def test_a_file_without_header_tells_nobodys_name(line: bytes) -> None:
    inspector = Inspector(Rules())
    inspector.feed(line)
    with pytest.raises(ReconciliationError, match="linha 1") as refused:
        inspector.finish()
    assert "Maria" not in str(refused.value)


@pytest.mark.parametrize(
    ("header", "said"),
    [
        (HEADER.replace(";", ","), "a vírgula"),
        (HEADER.replace(";", "\t"), "a tabulação"),
        ('"' + HEADER.replace(";", '"|"') + '"', "a barra vertical"),
        (HEADER.replace(";", ",").upper(), None),  # there is more to mend
    ],
)
def test_another_separator_is_named(header: str, said: str | None) -> None:
    """Else a supplier mends the first line alone."""
    inspector = Inspector(Rules())
    inspector.feed(f"{header}\nF1,O1,Ana,PETR4,2026-02-16,10.50\n".encode())
    with pytest.raises(ReconciliationError, match="linha 1") as refused:
        inspector.finish()
    told = f"o separador é {said}, e deve ser ponto e vírgula em todas as linhas"
    assert (told in str(refused.value)) is (said is not None)
    assert ("o separador" in str(refused.value)) is (said is not None)


MAGICS = {
    "gzip": gzip.compress(b"x"),
    "bzip2": bz2.compress(b"x"),
    "bzip2 of nothing": bz2.compress(b""),
    "xz": lzma.compress(b"x"),
    "zstd": b"\x28\xb5\x2f\xfd\x24",
    "zip": b"PK\x03\x04\x14",
    "zip of nothing": b"PK\x05\x06",
    "zip in volumes": b"PK\x07\x08PK\x03\x04",
    "7z": b"7z\xbc\xaf\x27\x1c\x00\x04",
    "rar 4": b"Rar!\x1a\x07\x00",
    "rar 5": b"Rar!\x1a\x07\x01\x00",
    "parquet": b"PAR1\x15",
    "avro": b"Obj\x01\x04",
    "orc": b"ORC\n",
    "pdf": b"%PDF-1.7",
    "xls": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
}
LETTERS = ("BZh", "BZh9", "BZh0;", "Obj", "Obj;", "7z", "Rar!", "PK", "PAR", "%PDF;", "OR")
BLANKS = {name: name.encode() for name in ("\r", "\n", "\r\n", " ", "\t")} | {"64 KiB": b" " * 65_536}
PIECES = ("\ufeff", "\n", "\r\n", " ", HEADER, f"{HEADER}\n", "F1;O1;;A;2026-02-16;1")


@pytest.mark.parametrize("magic", MAGICS.values(), ids=MAGICS.keys())
@pytest.mark.parametrize("chunk_bytes", [1, 5, 1 << 20])
def test_another_format_is_told_by_its_first_bytes(magic: bytes, chunk_bytes: int) -> None:
    for more in (b"", b"\n", b"\xff" * 100, HEADER.encode() + b"\n"):
        assert inspect(magic + more, chunk_bytes) == "E_NOT_CSV"
    assert inspect(b" " + magic, chunk_bytes) in {"E_HEADER", "E_ENCODING", "E_NUL"}


@pytest.mark.parametrize("start", LETTERS)
def test_letters_with_which_a_format_begins_are_text(start: str) -> None:
    assert inspect(start.encode(), 1) == "E_HEADER"
    assert inspect(f"{start}{HEADER}\n".encode(), 7) == "E_HEADER"


def test_what_to_do_with_another_format_is_said() -> None:
    for start, told in {
        b"7z\xbc\xaf\x27\x1c": "o arquivo é 7z, não um CSV de texto; envie o CSV descompactado",
        b"Obj\x01": "o arquivo é avro, não um CSV de texto; exporte os dados em CSV",
    }.items():
        inspector = Inspector(Rules())
        inspector.feed(start)
        with pytest.raises(ReconciliationError) as refused:
            inspector.finish()
        assert str(refused.value) == told


@given(pieces=st.lists(st.sampled_from(PIECES)), chunk_bytes=st.integers(1, 20))
def test_only_the_first_three_bytes_are_a_mark(pieces: list[str], chunk_bytes: int) -> None:
    file = "".join(pieces).encode()
    wanted, found = oracle_file.validate(file, DAY), inspect(file, chunk_bytes)
    if isinstance(found, Inspection):
        assert wanted.code in {None, *FOUND_BY_THE_JOB}
        assert found.warnings.get("BOM", 0) == wanted.warnings.get("BOM", 0)
    else:
        assert found == wanted.code


@given(
    mark=st.sampled_from((b"", b"\xef\xbb\xbf")),
    pieces=st.lists(st.sampled_from([*BLANKS]), max_size=12),
    end=st.sampled_from((b"", b"a", b"\0")),
    chunk_bytes=st.integers(1, 12) | st.sampled_from((1000, 65_537, 1 << 20)),
)
def test_a_file_of_blanks_is_empty_whatever_else_its_lines_break(
    mark: bytes, pieces: list[str], end: bytes, chunk_bytes: int
) -> None:
    file = mark + b"".join(BLANKS[piece] for piece in pieces) + end
    found = inspect(file, chunk_bytes if len(file) < 1000 else max(chunk_bytes, 1000))
    assert found == oracle_file.validate(file, DAY).code
    assert (found == "E_EMPTY") is (end == b"")
