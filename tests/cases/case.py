"""A case of the contract: a file's bytes, and what must come of them on 2026-02-16."""

from dataclasses import dataclass
from datetime import date
from fractions import Fraction

DAY = date(2026, 2, 16)
HEADER = "fornecedor_id;ordem_id;nome;ativo_id;data;valor"
ANA, BIA = "F1;O1;Ana;PETR4;2026-02-16;10.50", "F1;O2;Bia;VALE3;2026-02-16;20.00"


@dataclass(frozen=True)
class Case:
    """A file and its answer: the `code` of its refusal, or valid keys, refused lines and warnings."""

    name: str
    file: bytes
    code: str | None = None
    valid: int = 0
    rejects: tuple[tuple[int, str], ...] = ()
    warnings: tuple[str, ...] = ()
    max_rejected_share: Fraction = Fraction(1)


def text(*lines: str, header: str = HEADER) -> bytes:
    """The bytes of a file."""
    return "".join(f"{line}\n" for line in (header, *lines)).encode()


def good(name: str, line: str, warnings: tuple[str, ...] = ()) -> Case:
    """One line between two good ones: good as they are."""
    return Case(name, text(ANA, line, BIA), valid=3, warnings=warnings)


def refused(name: str, line: str, *, code: str) -> Case:
    """One line between two good ones: refused alone."""
    return Case(name, text(ANA, line, BIA), valid=2, rejects=((3, code),))


def row(**fields: str) -> str:
    """A good line of the order O9, but for these fields."""
    usual = {
        "fornecedor_id": "F1", "ordem_id": "O9", "nome": "n", "ativo_id": "A", "data": str(DAY),
        "valor": "1.00",
    }  # fmt: skip
    return ";".join({**usual, **fields}.values())
