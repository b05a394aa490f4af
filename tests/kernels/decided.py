"""What `reconciliation.line` says of a file's lines, one after the other: it knows no reader."""

from typing import Any

from reconciliation.line import Fault, is_left_open, parse_line

Lines = list[str]


def left_open(texts: Lines) -> list[bool]:
    """Whether a quote is open where each line begins, and after the last one."""
    found = [False]
    for text in texts:
        found.append(is_left_open(text, opened=found[-1]) if text else found[-1])
    return found


def decided(texts: Lines, first_line: int, separator: str = ".") -> tuple[list[Any], list[Any]]:
    """The rows and the rejects, as the kernels have them."""
    rows, rejects = [], []
    for linha, (text, opened) in enumerate(zip(texts, left_open(texts), strict=False), first_line):
        if text:
            try:
                rows.append((*parse_line(text, separator, opened=opened), linha))
            except Fault as fault:
                told = (fault.codigo, fault.detalhe, fault.ordem_id, fault.fornecedor_id)
                rejects.append((linha, *told))
    return rows, rejects
