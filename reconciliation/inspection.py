"""One streaming pass over a supplier file's bytes: refuse it, or count its lines and cut it at line ends.

Memory is constant: a block of whole lines, and never more of a line than the contract allows.
Source: data contract, "The file is refused"; runbook 2.1.
"""

import hashlib
import re
from dataclasses import dataclass, replace

from reconciliation import wording
from reconciliation.config import Rules
from reconciliation.contract import HEADER, LINE_MAX_BYTES, SEPARATOR
from reconciliation.errors import FileCode, ReconciliationError, error
from reconciliation.line import is_left_open
from reconciliation.plan import Cut

CUT_BYTES = 8 * 1024 * 1024
"""One task's share of the file, about; a cut ends at the first line end after it."""
CUT_LINES = 500_000
"""As many lines as well: each that is refused is a text that says why, and a line may be one byte."""

_BOM = b"\xef\xbb\xbf"
_COMPRESSED = {
    rb"\x1f\x8b": "gzip",
    rb"PK(?:\x03\x04|\x05\x06|\x07\x08)": "zip ou xlsx",
    rb"BZh[1-9](?:1AY&SY|\x17rE8P\x90)": "bzip2",
    rb"\xfd7zXZ\x00": "xz",
    rb"\x28\xb5\x2f\xfd": "zstd",
    rb"7z\xbc\xaf\x27\x1c": "7z",
    rb"Rar!\x1a\x07": "rar",
}
_OTHER_FORMATS = {
    rb"PAR1": "parquet",
    rb"Obj\x01": "avro",
    rb"ORC": "orc",
    rb"%PDF-": "pdf",
    rb"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1": "xls",
}
"""By a file's first bytes: as much of them as the format lays down, since a text may begin with letters."""
_LONGEST_MAGIC = 10
_OTHER_SEPARATORS = {",": "a vírgula", "\t": "a tabulação", "|": "a barra vertical"}
_OF_A_HEADER = {SEPARATOR, "_", *_OTHER_SEPARATORS}
_SHOWN_BYTES = 200


@dataclass(frozen=True, kw_only=True)
class Inspection:
    """What the pass found. `cuts` cover the data lines, without BOM and header; `sha256` is of all bytes."""

    sha256: str
    size_bytes: int
    data_lines: int
    cuts: list[Cut]
    warnings: dict[str, int]


class Inspector:
    """Feed the bytes in chunks of any size, then `finish`."""

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self._sha256 = hashlib.sha256()
        self._size_bytes = 0
        self._carry = b""  # the start of a line whose end was not seen yet
        self._skipping = False  # inside a line that is too long already
        self._started = False
        self._block_offset = 0  # of the first byte not yet checked
        self._lines = 0  # physical lines checked
        self.data_lines = 0
        """Data lines seen so far."""
        self._newlines = {b"\n": 0, b"\r\n": 0}
        self._has_content = False
        self._bom = False
        self._nul_offset: int | None = None
        self._faults: dict[FileCode, tuple[int, str]] = {}  # code -> first faulty line and its message
        self._header_fault: str | None = None
        self._cuts: list[Cut] = []
        self._cut_start: Cut | None = None  # of the open cut, whose length is not known yet
        self._opened = False  # whether a quote is open after the lines checked

    def feed(self, chunk: bytes) -> None:
        """Raises E_NOT_CSV and UTF-16's E_ENCODING at once; everything else waits for `finish`."""
        self._sha256.update(chunk)
        if self._nul_offset is None and b"\0" in chunk:
            self._nul_offset = self._size_bytes + chunk.index(b"\0")
        self._size_bytes += len(chunk)
        block = self._carry + chunk
        if not self._started and len(block) >= _LONGEST_MAGIC:
            block = self._start(block)
        if self._started:
            self._take_lines(block)
        else:
            self._carry = block

    def finish(self) -> Inspection:
        """Raises the contract's first code for a file that is refused."""
        unterminated = self._carry if self._started else self._start(self._carry)
        self._carry = b""
        if unterminated:
            body, newline, last = unterminated.rpartition(b"\n")
            self._check_block(body + newline)
            self._check_last_line(last)
        self._close_cut()
        self._refuse()
        return Inspection(
            sha256=self._sha256.hexdigest(),
            size_bytes=self._size_bytes,
            data_lines=self.data_lines,
            cuts=self._cuts,
            warnings=self._warnings(last_line_open=bool(unterminated) and not unterminated.endswith(b"\n")),
        )

    def _start(self, block: bytes) -> bytes:
        """Looks at the file's first bytes and answers what follows the BOM."""
        _refuse_other_formats(block)
        if block.startswith((b"\xff\xfe", b"\xfe\xff")):
            raise error("E_ENCODING", "o arquivo está em UTF-16; grave-o em UTF-8")
        self._started = True
        self._bom = block.startswith(_BOM)
        if self._bom:
            self._block_offset = len(_BOM)
            return block[len(_BOM) :]
        return block

    def _take_lines(self, block: bytes) -> None:
        end = block.rfind(b"\n") + 1
        if end:
            complete, self._carry = block[:end], block[end:]
            if self._skipping:
                complete = self._end_long_line(complete)
            self._check_block(complete)
            self._opened = _is_left_open(complete, opened=self._opened)
            self._cut_if_full()
        else:
            self._carry = block
        if len(self._carry) > LINE_MAX_BYTES + 1:  # one more byte may be the CR of a CRLF
            self._fault("E_LINE_TOO_LONG", self._lines + 1, f"passa de {LINE_MAX_BYTES} bytes")
            self._skipping = True
            self._look_for_content(self._carry)
            self._block_offset += len(self._carry)
            self._carry = b""

    def _end_long_line(self, complete: bytes) -> bytes:
        end = complete.index(b"\n") + 1
        rest = complete[end:]
        self._skipping = False
        self._look_for_content(complete[:end])
        self._block_offset += end
        self._lines += 1
        self.data_lines += 1
        return rest

    def _check_block(self, block: bytes) -> None:
        """Whole lines, each with its line end."""
        *lines, _ = block.split(b"\n")
        if not lines:
            return
        crlf = block.count(b"\r\n")
        self._newlines[b"\r\n"] += crlf
        self._newlines[b"\n"] += len(lines) - crlf
        self._check_lines(block, lines, has_bare_cr=block.count(b"\r") != crlf)
        self._block_offset += len(block)

    def _check_last_line(self, line: bytes) -> None:
        """The line that no line end follows; here a CR at its end is a bare one."""
        if line:
            self._check_lines(line, [line], has_bare_cr=b"\r" in line, ends_in_crlf=False)
            self._block_offset += len(line)

    def _check_lines(
        self, block: bytes, lines: list[bytes], *, has_bare_cr: bool, ends_in_crlf: bool = True
    ) -> None:
        self._look_for_content(block)
        if len(max(lines, key=len)) > LINE_MAX_BYTES:
            self._find_long_line(lines)
        if has_bare_cr:
            bare = next(i for i, line in enumerate(lines) if _has_bare_cr(line, ends_in_crlf=ends_in_crlf))
            self._fault("E_BARE_CR", self._lines + 1 + bare, "um CR fora de CRLF")
        try:
            block.decode("utf-8")
        except UnicodeDecodeError as exc:
            line = self._lines + 1 + block.count(b"\n", 0, exc.start)
            where = f"o byte {self._block_offset + exc.start} do arquivo, a contar de 0,"
            self._fault("E_ENCODING", line, f"{where} não é UTF-8 (0x{block[exc.start]:02x})")
        first = 0
        if self._lines == 0:
            self._check_header(lines[0].removesuffix(b"\r"))
            first = 1
            self._cut_start = Cut(offset=self._block_offset + len(lines[0]) + 1, length=0, first_line=2)
        self._lines += len(lines)
        empty = lines.count(b"") + lines.count(b"\r") - (first and lines[0] in (b"", b"\r"))
        self.data_lines += len(lines) - first - empty

    def _look_for_content(self, block: bytes) -> None:
        """A CR is none, bare or not: of a file that is empty nobody is told that its line ends are wrong."""
        self._has_content = self._has_content or bool(block.strip(b" \t\r\n"))

    def _find_long_line(self, lines: list[bytes]) -> None:
        for number, line in enumerate(lines, self._lines + 1):
            if len(line.removesuffix(b"\r")) > LINE_MAX_BYTES:
                self._fault("E_LINE_TOO_LONG", number, f"passa de {LINE_MAX_BYTES} bytes")
                return

    def _check_header(self, line: bytes) -> None:
        names = line.decode("utf-8", "replace").split(SEPARATOR)
        unquoted = [n[1:-1] if len(n) > 1 and n[0] == n[-1] == '"' else n for n in names]
        if SEPARATOR.join(unquoted) != HEADER:
            text = line[:_SHOWN_BYTES].decode("utf-8", "replace")
            # a line with digits, or of one text, may be data: a customer's name must not get into an alert
            is_data = any(map(str.isdigit, text)) or not set(text) & _OF_A_HEADER
            shown = "parece ser de dados" if is_data else f"é {text!r}"
            self._header_fault = f"linha 1: o cabeçalho deve ser {HEADER} e {shown}{_separated(text)}"

    def _fault(self, code: FileCode, line: int, message: str) -> None:
        self._faults.setdefault(code, (line, message))

    def _cut_if_full(self) -> None:
        if self._cut_start is None:
            return
        is_full = self._block_offset - self._cut_start.offset >= CUT_BYTES
        if is_full or self._lines - self._cut_start.first_line >= CUT_LINES:
            self._close_cut()
            self._cut_start = Cut(
                offset=self._block_offset, length=0, first_line=self._lines + 1, opened=self._opened or None
            )

    def _close_cut(self) -> None:
        if self._cut_start and self._block_offset > self._cut_start.offset:
            length = self._block_offset - self._cut_start.offset
            self._cuts.append(replace(self._cut_start, length=length))

    def _refuse(self) -> None:
        """The order is the contract's."""
        if not self._has_content:
            raise error("E_EMPTY", "o arquivo está vazio")
        if self._nul_offset is not None:
            raise error(
                "E_NUL",
                f"byte NUL na posição {self._nul_offset}, a contar de 0; o arquivo está corrompido ou em"
                " UTF-16",
            )
        if self._faults:
            raise self._first_fault()
        if self._header_fault:
            raise error("E_HEADER", self._header_fault)
        if self.data_lines > self._rules.max_lines:
            lines, most = map(wording.number, (self.data_lines, self._rules.max_lines))
            raise error("E_TOO_MANY_LINES", f"{lines} linhas de dados; o limite é {most}")

    def _first_fault(self) -> ReconciliationError:
        order: tuple[FileCode, ...] = ("E_LINE_TOO_LONG", "E_BARE_CR", "E_ENCODING")
        code = min(self._faults, key=lambda found: (self._faults[found][0], order.index(found)))
        line, message = self._faults[code]
        return error(code, f"linha {line}: {message}")

    def _warnings(self, *, last_line_open: bool) -> dict[str, int]:
        found = {
            "BOM": int(self._bom),
            "MIXED_EOL": min(self._newlines.values()),
            "NO_FINAL_NEWLINE": int(last_line_open),
            "MANY_LINES": self.data_lines if self.data_lines > self._rules.warn_lines else 0,
        }
        return {code: count for code, count in found.items() if count}


def _refuse_other_formats(start: bytes) -> None:
    for formats, advice in (
        (_COMPRESSED, "envie o CSV descompactado"),
        (_OTHER_FORMATS, "exporte os dados em CSV"),
    ):
        for magic, name in formats.items():
            if re.match(magic, start):
                raise error("E_NOT_CSV", f"o arquivo é {name}, não um CSV de texto; {advice}")


def _is_left_open(block: bytes, *, opened: bool) -> bool:
    """Whether a quote is open after a block of whole lines: its last ones say so, whatever stands before."""
    if not opened and b'"' not in block:
        return False
    end = len(block)
    while end > 0:
        start = block.rfind(b"\n", 0, end) + 1
        text = block[start:end].removesuffix(b"\r").decode("utf-8", "replace")
        by_itself = is_left_open(text, opened=False)
        if text and is_left_open(text, opened=True) == by_itself:
            return by_itself
        end = start - 1
    return opened


def _has_bare_cr(line: bytes, *, ends_in_crlf: bool) -> bool:
    return b"\r" in (line.removesuffix(b"\r") if ends_in_crlf else line)


def _separated(header: str) -> str:
    """Says so where nothing but the separator is another: then it is so in every line."""
    for separator, name in _OTHER_SEPARATORS.items():
        if header.replace('"', "").replace(separator, SEPARATOR) == HEADER:
            return f"; o separador é {name}, e deve ser ponto e vírgula em todas as linhas"
    return ""
