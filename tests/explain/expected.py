"""What an explanation must say of an order, by the oracle: it knows the contract, and no code here."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from tests.oracle import COMPARED, BaseRow
from tests.oracle_file import Outcome
from tests.oracle_row import Row, trimmed

LINE = ("linha", "situacao", "codigo", "texto")


@dataclass(frozen=True)
class Day:
    """A published day: the run that published it, its file and base, and the oracle's word on both."""

    date: date
    job_id: str
    file: bytes
    base: list[BaseRow]
    truth: Outcome
    is_file_there: bool = True
    """Whether S3 has that version still: else its lines are told by number, without their text."""


def said(explanation: dict[str, Any], names: dict[str, Any]) -> dict[str, Any]:
    """The members of an explanation that are expected, its lines in short."""
    found = {name: explanation[name] for name in names}
    found["linhas"] = [tuple(line[name] for name in LINE) for line in explanation["linhas"]]
    return found


def expected(day: Day, key: str) -> dict[str, Any]:
    """What the oracle's day says of a key, in the answer's words."""
    truth = day.truth
    linha, file = truth.valid.get(key, (None, None))
    base = in_scope(day, key, is_in_file=file is not None)
    divergence = divergence_of(truth, key)
    refused = refused_lines(truth, key)
    outcome = "IGUAL" if file else "RECUSADA" if refused else "DESCONHECIDA"
    lines = [(linha, "VALE", None)] if linha else []
    lines += [(number, "REPETIDA", None) for number in truth.identical.get(key, ())]
    texts = [text.removesuffix("\r") if day.is_file_there else None for text in day.file.decode().split("\n")]
    return {
        "ordem_id": key,
        "dia": str(day.date),
        "desfecho": "DIVERGENTE" if divergence else outcome,
        "guardado": True,
        "conferida": True if file or base or refused else None,
        "divergencia": divergence and in_short(day, divergence),
        "linhas": [(*line, texts[line[0] - 1]) for line in sorted([*lines, *refused])],
        "comparacao": tuple(compared(file, base, divergence)) if file or base else (),
        "historico": past(day, divergence),
    }


def expected_of_the_published(day: Day, key: str) -> dict[str, Any]:
    """The same of a day of which divergences and refused lines alone are left: no more than these prove."""
    divergence, refused = divergence_of(day.truth, key), refused_lines(day.truth, key)
    linha, file = day.truth.valid.get(key, (None, None)) if divergence else (None, None)
    base = in_scope(day, key, is_in_file=file is not None) if divergence else None
    is_proved = any(code in ("E_DUP_CONFLICT", "E_KEY_LONG", "E_KEY_CHARS") for _, _, code in refused)
    lines = [(linha, "VALE", None)] if linha else []
    return {
        **{"ordem_id": key, "dia": str(day.date), "guardado": False, "conferida": None},
        "desfecho": "DIVERGENTE" if divergence else "RECUSADA" if is_proved else "SEM_DIVERGENCIA",
        "divergencia": divergence and in_short(day, divergence),
        "linhas": [(*line, None) for line in sorted([*lines, *refused])],
        "comparacao": tuple(compared(file, base, divergence)) if divergence else (),
        "historico": past(day, divergence),
    }


def divergence_of(truth: Outcome, key: str) -> dict[str, Any] | None:
    (row,) = [row for row in truth.divergences if row["ordem_id"] == key] or [None]
    return row


def refused_lines(truth: Outcome, key: str) -> list[tuple[int, str, str]]:
    return [(reject.linha, "RECUSADA", reject.codigo) for reject in truth.rejects if reject.ordem_id == key]


def past(day: Day, divergence: dict[str, Any] | None) -> tuple[dict[str, Any], ...]:
    """Of that day alone."""
    return ({"dia": str(day.date), "divergencia": in_short(day, divergence)},) if divergence else ()


def in_short(day: Day, row: dict[str, Any]) -> dict[str, Any]:
    return {
        "tipo": row["tipo_divergencia"],
        "motivo": row["motivo"],
        "campos": tuple(filter(None, row["campos_divergentes"].split(","))),
        "diferenca_valor": f"{row['diferenca_valor']:.2f}",
        "linha": row["linha"],
        "job_id": day.job_id,
    }


def in_scope(day: Day, key: str, *, is_in_file: bool) -> BaseRow | None:
    rows = [row for row in day.base if trimmed(row.ordem_id or "") == key]
    return rows[0] if rows and (is_in_file or rows[0].data == day.date) else None


def compared(file: Row | None, base: BaseRow | None, row: dict[str, Any] | None) -> Iterator[dict[str, Any]]:
    unseen = row["campos_so_invisiveis"].split(",") if row else []
    for name in COMPARED:
        one, other = (shown(side, name) for side in (file, base))
        yield {
            "campo": name, "arquivo": one, "base": other,
            "igual": one == other if file and base else None, "so_invisivel": name in unseen,
        }  # fmt: skip


def shown(row: Row | BaseRow | None, name: str) -> str | None:
    if row is None:
        return None
    value = getattr(row, name)
    if name in ("data", "valor"):
        return None if value is None else f"{value:.2f}" if isinstance(value, Decimal) else str(value)
    return trimmed(value) if isinstance(value, str) else value or ""
