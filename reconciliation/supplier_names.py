"""Which of the published suppliers a new file lacks, told before it may replace what is published.

Two suppliers' files of one day would each replace the other's: whoever forces the second is to read first
whom the published result would lose. One streaming pass beside the file's digest; memory is a chunk and the
names looked for, and its time has a limit: the answer must come, names are a courtesy. Source: data contract
(fields are trimmed, quotes follow RFC 4180); runbook 2.4.
"""

import re
from collections.abc import Callable, Iterable
from time import monotonic
from typing import Final

from reconciliation.appearance import one_line
from reconciliation.contract import LINE_MAX_BYTES, SEPARATOR, SUPPLIER_KEPT_CHARS, SUPPLIERS_NAMED_MAX
from reconciliation.documents.summary import Summary
from reconciliation.line import BLANKS
from reconciliation.wording import brl, counted, number

COMPARED_S: Final = 15.0
"""Of PrepareRun's 60 s, in which it reads up to 1 GB besides (measured: 15 to 40 MB a second of CPU)."""
_SHOWN_CHARS: Final = 80
_SEPARATOR = SEPARATOR.encode()
_QUOTED = re.compile(rb'"((?:[^"]|"")*+)"')


class SuppliersLacked:
    """Feed the new file's bytes in chunks of any size; `names` are then those that no line begins with.

    After `limit_s` of its own work nothing more is compared, and `names` is None where one was not found by
    then: it may stand further down.
    """

    def __init__(
        self, wanted: Iterable[str], limit_s: float = COMPARED_S, clock: Callable[[], float] = monotonic
    ) -> None:
        self._missing = set(wanted)
        self._left_s, self._clock = limit_s, clock
        self._carry = b""  # the start of a line whose end was not seen yet

    def feed(self, chunk: bytes) -> None:
        if self._missing and self._left_s > 0:
            began = self._clock()
            *lines, carry = (self._carry + chunk).split(b"\n")
            self._take(lines)
            self._carry = carry[
                : 2 * LINE_MAX_BYTES
            ]  # its first field is whole, or longer than any line may be
            self._left_s -= self._clock() - began

    def names(self) -> set[str] | None:
        if self._missing and self._left_s <= 0:
            return None
        self._take([self._carry])
        return self._missing

    def _take(self, lines: list[bytes]) -> None:
        heads = {line.split(_SEPARATOR, 1)[0] for line in lines}
        found = {_text(head) for head in heads}
        if any(head.startswith(b'"') for head in heads):
            quoted = {match[1] for line in lines if (match := _QUOTED.match(line))}
            found |= {_text(inner.replace(b'""', b'"')) for inner in quoted}
        self._missing -= found


def _text(field: bytes) -> str:
    return field.decode(errors="replace").strip(BLANKS)[:SUPPLIER_KEPT_CHARS]


def published(summary: Summary) -> dict[str, tuple[int, int]]:
    """The suppliers of a published file with their lines and cents, as its summary lists them."""
    return {
        supplier.fornecedor_id: (supplier.file_lines, supplier.file_cents)
        for supplier in summary.suppliers or ()
        if supplier.fornecedor_id and supplier.file_lines
    }


def left_out(summary: Summary) -> int:
    """Published suppliers that the summary only counts, since it lists the largest."""
    return summary.suppliers_left_out.suppliers if summary.suppliers_left_out else 0


def loss(lost: dict[str, tuple[int, int]] | None, unlisted: int = 0) -> str:
    """What replacing the published result would lose, in words: ten by name, the most lines first; or "".

    `lost` is None where it was not found out; `unlisted` published suppliers are not compared.
    """
    if lost is None:
        return (
            "o novo arquivo é grande demais para se comparar aqui com os fornecedores do publicado:"
            " confira se tem todos antes de substituir"
        )
    more = f"outros fornecedores do publicado, não comparados: {number(unlisted)}" if unlisted else ""
    return "; ".join(part for part in (_lost(lost), more) if part)


def _lost(lost: dict[str, tuple[int, int]]) -> str:
    if not lost:
        return ""
    by_lines = sorted(lost.items(), key=lambda item: (-item[1][0], item[0]))
    named = [
        f"{one_line(name, _SHOWN_CHARS)} ({_counted([counts])})"
        for name, counts in by_lines[:SUPPLIERS_NAMED_MAX]
    ]
    rest = [counts for _, counts in by_lines[SUPPLIERS_NAMED_MAX:]]
    others = f" e mais {number(len(rest))} ({_counted(rest)})" if rest else ""
    suppliers = counted(len(lost), "fornecedor", "fornecedores")
    return (
        f"o novo arquivo não tem nenhuma linha de {suppliers} do publicado, que a troca tiraria:"
        f" {', '.join(named)}{others}"
    )


def _counted(counts: list[tuple[int, int]]) -> str:
    lines = counted(sum(lines for lines, _ in counts), "linha", "linhas")
    return f"{lines}, {brl(sum(cents for _, cents in counts))}"
