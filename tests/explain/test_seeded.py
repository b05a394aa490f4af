"""300 orders of every fate, each explained as the oracle would: it knows the contract, and no code here."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from tests import oracle, oracle_file
from tests.cases.case import DAY
from tests.explain.days import Ran
from tests.explain.seeded import FATES, Seeded, seeded
from tests.oracle import COMPARED, BaseRow
from tests.oracle_row import Row, trimmed

ORDERS = 300
LINE = ("linha", "situacao", "codigo", "texto")


@dataclass
class Explained:
    ran: Ran
    day: Seeded
    truth: oracle_file.Outcome


@pytest.fixture(scope="module")
def explained() -> Explained:
    day, ran = seeded(19, ORDERS), Ran()
    truth = oracle.reconcile(day.file, day.base, DAY, oracle_file.Rules(max_rejected_share=Fraction(1)))
    assert truth.code is None
    ran.run(DAY, day.file, day.base)
    return Explained(ran, day, truth)


def test_every_order_is_explained_as_the_oracle_would(explained: Explained) -> None:
    assert len(explained.day.fates) >= ORDERS
    assert set(explained.day.fates.values()) == {*FATES, "E_KEY_LONG", "E_KEY_CHARS"}
    as_expected(explained, explained.ran, expected)


def test_every_order_is_explained_once_the_runs_data_expired(explained: Explained) -> None:
    forgotten = Ran()
    forgotten.s3.objects |= explained.ran.s3.objects
    forgotten.forget(DAY)
    as_expected(explained, forgotten, expected_of_the_published)


def as_expected(explained: Explained, ran: Ran, expect: Callable[[Explained, str], dict[str, Any]]) -> None:
    for key, fate in explained.day.fates.items():
        wanted, told = expect(explained, key), ran.told(key, dia=str(DAY))
        found = {name: told[name] for name in wanted}
        found["linhas"] = [tuple(line[name] for name in LINE) for line in told["linhas"]]
        assert found == wanted, (fate, key)


def expected(explained: Explained, key: str) -> dict[str, Any]:
    """What the oracle's day says of a key, in the answer's words."""
    truth = explained.truth
    linha, file = truth.valid.get(key, (None, None))
    base = in_scope(explained.day.base, key, is_in_file=file is not None)
    divergence = divergence_of(truth, key)
    refused = refused_lines(truth, key)
    outcome = "IGUAL" if file else "RECUSADA" if refused else "DESCONHECIDA"
    lines = [(linha, "VALE", None)] if linha else []
    lines += [(number, "REPETIDA", None) for number in truth.identical.get(key, ())]
    texts = explained.day.file.decode().split("\r\n")
    return {
        "ordem_id": key,
        "dia": str(DAY),
        "desfecho": "DIVERGENTE" if divergence else outcome,
        "guardado": True,
        "conferida": True if file or base or refused else None,
        "divergencia": divergence and in_short(divergence),
        "linhas": [(*line, texts[line[0] - 1]) for line in sorted([*lines, *refused])],
        "comparacao": tuple(compared(file, base, divergence)) if file or base else (),
        "historico": ({"dia": str(DAY), "divergencia": in_short(divergence)},) if divergence else (),
    }


def expected_of_the_published(explained: Explained, key: str) -> dict[str, Any]:
    """The same of a day of which divergences and refused lines alone are left: no more than these prove."""
    divergence, refused = divergence_of(explained.truth, key), refused_lines(explained.truth, key)
    linha, file = explained.truth.valid.get(key, (None, None)) if divergence else (None, None)
    base = in_scope(explained.day.base, key, is_in_file=file is not None) if divergence else None
    is_proved = any(code in ("E_DUP_CONFLICT", "E_KEY_LONG", "E_KEY_CHARS") for _, _, code in refused)
    lines = [(linha, "VALE", None)] if linha else []
    return {
        **{"ordem_id": key, "dia": str(DAY), "guardado": False, "conferida": None},
        "desfecho": "DIVERGENTE" if divergence else "RECUSADA" if is_proved else "SEM_DIVERGENCIA",
        "divergencia": divergence and in_short(divergence),
        "linhas": [(*line, None) for line in sorted([*lines, *refused])],
        "comparacao": tuple(compared(file, base, divergence)) if divergence else (),
        "historico": ({"dia": str(DAY), "divergencia": in_short(divergence)},) if divergence else (),
    }


def divergence_of(truth: oracle_file.Outcome, key: str) -> dict[str, Any] | None:
    (row,) = [row for row in truth.divergences if row["ordem_id"] == key] or [None]
    return row


def refused_lines(truth: oracle_file.Outcome, key: str) -> list[tuple[int, str, str]]:
    return [(reject.linha, "RECUSADA", reject.codigo) for reject in truth.rejects if reject.ordem_id == key]


def in_short(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "tipo": row["tipo_divergencia"],
        "motivo": row["motivo"],
        "campos": tuple(filter(None, row["campos_divergentes"].split(","))),
        "diferenca_valor": f"{row['diferenca_valor']:.2f}",
        "linha": row["linha"],
        "job_id": "JOB-20260216-000001",
    }


def in_scope(base: list[BaseRow], key: str, *, is_in_file: bool) -> BaseRow | None:
    rows = [row for row in base if trimmed(row.ordem_id or "") == key]
    return rows[0] if rows and (is_in_file or rows[0].data == DAY) else None


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
    return value or ""


def test_what_people_read_is_the_same(explained: Explained) -> None:
    """A glance at each fate: its outcome is in it, and nothing that no person would read."""
    for key, fate in list(explained.day.fates.items())[: len(FATES)]:
        answered = explained.ran.ask(key, dia=str(DAY))
        assert answered.texto.startswith("Ordem "), fate
        assert answered.explicacao
        assert f"{answered.explicacao['desfecho'].replace('_', ' ')}" in answered.texto
        assert "None" not in answered.texto, answered.texto
        assert "Lido no S3: " in answered.texto
