"""What the evidence of one order says: decided here, from values alone, and told in `wording`.

What a run published is what is said. Where its data are still kept, its own `classify` was asked once more
over the two rows, and `conferida` says whether that is the same.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Final, Literal

from reconciliation.contract import COMPARED
from reconciliation.explaining.evidence import LINES_SHOWN, DayEvidence, Evidence, Kept, Row
from reconciliation.explaining.request import Request
from reconciliation.plan import KEY_HASH

TEXT_CHARS: Final = 8_000
"""Of a line, as it is shown: an answer of Lambda's may have 6 MB."""

Outcome = Literal[
    "DIVERGENTE", "IGUAL", "RECUSADA", "DESCONHECIDA", "SEM_DIVERGENCIA", "SEM_PUBLICACAO",
]  # fmt: skip
"""SEM_DIVERGENCIA is of a day whose data are no longer kept: equal, or on neither side, nobody can tell."""
Part = Literal["VALE", "REPETIDA", "RECUSADA"]


@dataclass(frozen=True, kw_only=True)
class Line:
    """A line of the file. `texto` is None where it was not read: too many, or the file is gone."""

    linha: int
    situacao: Part
    codigo: str | None = None
    detalhe: str | None = None
    texto: str | None = None
    cortada: bool = False


@dataclass(frozen=True, kw_only=True)
class Compared:
    """A field on both sides, as text; None is a side without a row, or a base's NULL.

    `igual` is None where one side alone is there.
    """

    campo: str
    arquivo: str | None
    base: str | None
    igual: bool | None
    so_invisivel: bool


@dataclass(frozen=True, kw_only=True)
class Divergence:
    """A published row, in short. Amounts are in reais, file − base."""

    tipo: str
    motivo: str
    campos: tuple[str, ...]
    diferenca_valor: str
    linha: int | None
    job_id: str


@dataclass(frozen=True, kw_only=True)
class Run:
    """Who said so. `linhagem` is the job and attempt with which the data began; None: no longer kept."""

    job_id: str
    attempt: int
    linhagem: str | None
    fingerprint: str
    data_de_referencia: str | None
    arquivo: Mapping[str, str]
    """Its `s3_key`, `version_id` and `sha256`."""
    base: Mapping[str, Any]
    """Where the rows came from, as the summary tells it."""
    regras: Mapping[str, Any]
    rules_sha256: str
    published_etag: str


@dataclass(frozen=True, kw_only=True)
class Past:
    """A published day on which the order diverged."""

    dia: str
    divergencia: Divergence


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """All that is told. `dia` is the one that is explained, None where none is published."""

    ordem_id: str
    dia: str | None
    desfecho: Outcome
    guardado: bool = False
    divergencia: Divergence | None = None
    conferida: bool | None = None
    linhas: tuple[Line, ...] = ()
    linhas_a_mais: int = 0
    repetidas_sem_numero: bool = False
    na_base: Mapping[str, str | None] | None = None
    comparacao: tuple[Compared, ...] = ()
    execucao: Run | None = None
    historico: tuple[Past, ...] = ()
    dias_olhados: tuple[str, ...] = ()
    parecidas: tuple[Mapping[str, str], ...] = ()
    grafias_procuradas: int = 0
    procurada_em: tuple[str, ...] = ()
    linhas_sem_chave: int = 0
    """Refused lines of the day whose key nobody can read: the order may be in one of them."""
    avisos: Mapping[str, int] = field(default_factory=dict)


_KEYLESS: Final = ("E_COLS", "E_QUOTE", "E_BLANK", "E_KEY_EMPTY")
_UNSURE: Final = ("BASE_PADDED_KEYS", "BASE_REPLICA_LAG", "BASE_LAG_UNKNOWN", "BASE_ABSURD_DATE")
"""Warnings of a run that bear on what is said of one order."""


def tell(request: Request, found: Evidence) -> Explanation:
    """What is known of that order."""
    past = tuple(Past(dia=met.day, divergencia=_divergence(met.row)) for met in found.history)
    day = found.day
    if day is None:
        return Explanation(
            ordem_id=request.ordem_id,
            dia=request.dia,
            desfecho="SEM_PUBLICACAO",
            historico=past,
            dias_olhados=found.days,
        )
    kept, lines = day.kept, _lines(day)
    return Explanation(
        ordem_id=request.ordem_id,
        dia=day.summary.day,
        desfecho=_outcome(day),
        guardado=kept is not None,
        divergencia=_divergence(day.divergence) if day.divergence else None,
        conferida=_agrees(day),
        linhas=lines[:LINES_SHOWN],
        linhas_a_mais=len(lines[LINES_SHOWN:]),
        repetidas_sem_numero=kept is not None and kept.identical is None,
        na_base=_base(day),
        comparacao=_compared(day),
        execucao=_run(day),
        historico=past,
        dias_olhados=found.days,
        parecidas=tuple({"ordem_id": near.ordem_id, "onde": near.where} for near in found.near),
        grafias_procuradas=found.tried,
        procurada_em=_places(request.ordem_id, day),
        linhas_sem_chave=sum(day.summary.rejects_by_code.get(code, 0) for code in _KEYLESS),
        avisos={code: count for code, count in day.summary.warnings.items() if code in _UNSURE},
    )


def _places(key: str, day: DayEvidence) -> tuple[str, ...]:
    """Where the key would be if the run had met it."""
    published = "divergências publicadas do dia"
    if day.kept is None:
        return published, "linhas recusadas publicadas do dia"
    partitions = day.kept.plan.partitions
    part = f"parte {KEY_HASH(key.encode()) % partitions} de {partitions}, pelo hash da chave"
    return f"linhas válidas, linhas recusadas e cópia da base ({part})", published


def _outcome(day: DayEvidence) -> Outcome:
    """By what is published first: a row whose two sides are equal is published nowhere."""
    if day.divergence:
        return "DIVERGENTE"
    if day.kept and day.kept.valid:
        return "IGUAL"
    if day.rejects:
        return "RECUSADA"
    return "DESCONHECIDA" if day.kept else "SEM_DIVERGENCIA"


def _agrees(day: DayEvidence) -> bool | None:
    """None where there is nothing to ask again."""
    if day.kept is None or not day.kept.knows:
        return None
    published = [dict(day.divergence)] if day.divergence else []
    return [dict(row) for row in day.kept.classified] == published


def _lines(day: DayEvidence) -> tuple[Line, ...]:
    """In the file's order. Without the run's data, those that are published."""
    kept = day.kept
    refused = [
        Line(linha=row["linha"], situacao="RECUSADA", codigo=row["codigo"], detalhe=row["detalhe"])
        for row in day.rejects
    ]
    counted = kept.valid if kept else day.divergence
    good = [Line(linha=counted["linha"], situacao="VALE")] if counted and counted["linha"] else []
    again = [Line(linha=number, situacao="REPETIDA") for number in (kept.identical or () if kept else ())]
    every = sorted((*good, *again, *refused), key=lambda line: line.linha)
    return tuple(_with_text(line, kept) for line in every)


def _with_text(line: Line, kept: Kept | None) -> Line:
    body = kept.texts.get(line.linha) if kept else None
    if body is None:
        return line
    text = body.decode()
    return Line(**{**vars(line), "texto": text[:TEXT_CHARS], "cortada": len(text) > TEXT_CHARS})


def _base(day: DayEvidence) -> dict[str, str | None] | None:
    """The base's row as of the snapshot; a published one tells it too, but for its key as it is stored."""
    kept = day.kept
    if kept:
        return _fields(kept.base, "") | _stored(kept.base) if kept.base else None
    told = day.divergence
    return _fields(told, "_base") if told and told["fornecedor_id_base"] is not None else None


def _stored(row: Row) -> dict[str, str | None]:
    """What of the row the comparison does not see."""
    padded, absurd = row["padded_key"], row["absurd_date"]
    return {
        **({"chave_na_base": padded} if padded is not None else {}),
        **({"data_impossivel": "sim"} if absurd else {}),
    }


def _compared(day: DayEvidence) -> tuple[Compared, ...]:
    """Field by field, where one side is there at least."""
    kept, told = day.kept, day.divergence
    if kept:
        file, base = (_fields(row, "") if row else None for row in (kept.valid, kept.base))
    else:
        file, base = (
            _fields(told, side) if told and told[f"fornecedor_id{side}"] is not None else None
            for side in ("_csv", "_base")
        )
    unseen = told["campos_so_invisiveis"].split(",") if told else []
    if file is None and base is None:
        return ()
    return tuple(
        Compared(
            campo=name,
            arquivo=file[name] if file else None,
            base=base[name] if base else None,
            igual=file[name] == base[name] if file and base else None,
            so_invisivel=name in unseen,
        )
        for name in COMPARED
    )


def _fields(row: Row, side: str) -> dict[str, str | None]:
    """The compared fields as text; `side` ends the names of a published row's columns."""
    return {name: _text(row, f"{name}{side}") for name in COMPARED}


def _text(row: Row, name: str) -> str | None:
    if name == "valor":  # before it is published money is whole cents
        return None if row["valor_cents"] is None else _amount(Decimal(row["valor_cents"]).scaleb(-2))
    value = row[name]
    if isinstance(value, Decimal):
        return _amount(value)
    return str(value) if isinstance(value, date) else value


def _amount(reais: Decimal) -> str:
    return f"{reais:.2f}"


def _divergence(row: Row) -> Divergence:
    return Divergence(
        tipo=row["tipo_divergencia"],
        motivo=row["motivo"],
        campos=tuple(filter(None, row["campos_divergentes"].split(","))),
        diferenca_valor=_amount(row["diferenca_valor"]),
        linha=row["linha"],
        job_id=row["job_id"],
    )


def _run(day: DayEvidence) -> Run:
    summary, plan = day.summary, day.kept.plan if day.kept else None
    return Run(
        job_id=summary.job_id,
        attempt=summary.attempt,
        linhagem=plan.lineage if plan else None,
        fingerprint=summary.fingerprint,
        data_de_referencia=str(plan.reference_date) if plan else None,
        arquivo=dict(vars(summary.input)),
        base=dict(summary.base or {}),
        regras=summary.rules,
        rules_sha256=summary.rules_sha256,
        published_etag=summary.published_etag,
    )
