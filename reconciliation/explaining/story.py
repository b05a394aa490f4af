"""What the evidence of one order says: decided here, from values alone, and told in `wording`.

What a run published is what is said. Where its data are still kept, its own `classify` was asked once more
over the two rows, and `conferida` says whether that is the same.
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Final, TypedDict

from reconciliation import layout
from reconciliation.contract import COMPARED
from reconciliation.explaining.evidence import LINES_SHOWN, DayEvidence, Evidence, Kept, Row
from reconciliation.explaining.explanation import (
    Alike,
    Compared,
    Divergence,
    Explanation,
    Line,
    Outcome,
    Past,
    Run,
)
from reconciliation.explaining.request import Request
from reconciliation.plan import KEY_HASH

TEXT_CHARS: Final = 8_000
"""Of a line, as it is shown: an answer of Lambda's may have 6 MB."""


class _Past(TypedDict):
    """What is told of other days, as the fields of an Explanation."""

    sem_dia: bool
    historico: tuple[Past, ...]
    dias_olhados: tuple[str, ...]
    dias_nao_lidos: tuple[Mapping[str, str], ...]


_NEVER_COUNTS: Final = ("E_KEY_LONG", "E_KEY_CHARS", "E_DUP_CONFLICT")
"""A key that was refused for one of these has no line that counts: not on the same day."""
_KEYLESS: Final = ("E_COLS", "E_QUOTE", "E_KEY_EMPTY")
"""Of an empty row, E_BLANK, the key is known: it has none."""
_UNSURE: Final = (
    *("BASE_PADDED_KEYS", "BASE_REPLICA_LAG", "BASE_LAG_UNKNOWN", "BASE_ABSURD_DATE"),
    *("BASE_EXPORT_EARLY", "BASE_EXPORT_TIME_UNKNOWN", "BASE_EXPORT_WARNED"),
)
"""Warnings of a run that bear on what is said of one order."""


def tell(request: Request, evidence: Evidence) -> Explanation:
    """What is known of that order."""
    past = _Past(
        sem_dia=request.dia is None,
        historico=tuple(Past(dia=met.day, divergencia=_divergence(met.row)) for met in evidence.history),
        dias_olhados=evidence.days,
        dias_nao_lidos=tuple({"dia": unread.day, "por_que": unread.why} for unread in evidence.unread),
    )
    day = evidence.day
    if day is None:
        return Explanation(ordem_id=request.ordem_id, dia=request.dia, desfecho="SEM_PUBLICACAO", **past)
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
        parecidas=tuple(Alike(ordem_id=near.ordem_id, onde=near.where) for near in evidence.near),
        parecidas_a_mais=evidence.near_more,
        grafias_procuradas=evidence.tried,
        procurada_em=_places(request.ordem_id, day),
        linhas_sem_chave=sum(day.summary.rejects_by_code.get(code, 0) for code in _KEYLESS),
        avisos={code: count for code, count in day.summary.warnings.items() if code in _UNSURE},
        **past,
    )


def _places(key: str, day: DayEvidence) -> tuple[str, ...]:
    """Where the key would be if the run had met it."""
    published = "divergências publicadas do dia"
    if day.kept is None:
        return published, "linhas recusadas publicadas do dia"
    plan = day.kept.plan
    part = layout.part(plan.paths.base, KEY_HASH(key.encode()) % plan.partitions).key.rpartition("/")[2]
    return f"linhas válidas, linhas recusadas e cópia da base (em {part}, pelo hash da chave)", published


def _outcome(day: DayEvidence) -> Outcome:
    """By what is published first: a row whose two sides are equal is published nowhere.

    A key with refused lines and no divergence may have a good line too, equal to the base's.
    """
    if day.divergence:
        return "DIVERGENTE"
    if day.kept and day.kept.valid:
        return "IGUAL"
    if day.kept and not day.rejects:
        return "DESCONHECIDA"
    has_no_good_line = day.kept or any(row["codigo"] in _NEVER_COUNTS for row in day.rejects)
    return "RECUSADA" if has_no_good_line else "SEM_DIVERGENCIA"


def _agrees(day: DayEvidence) -> bool | None:
    """None where there is nothing to ask again, or where rows have other columns now than were published."""
    if day.kept is None or not day.kept.knows:
        return None
    published = [dict(day.divergence)] if day.divergence else []
    classified = [dict(row) for row in day.kept.classified]
    if any(row.keys() != other.keys() for row, other in zip(classified, published, strict=False)):
        return None
    return classified == published


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
    row = day.divergence
    return _fields(row, "_base") if row and row["fornecedor_id_base"] is not None else None


def _stored(row: Row) -> dict[str, str | None]:
    """What of the row the comparison does not see."""
    padded, absurd = row["padded_key"], row["absurd_date"]
    return {
        **({"chave_na_base": padded} if padded is not None else {}),
        **({"data_impossivel": "sim"} if absurd else {}),
    }


def _compared(day: DayEvidence) -> tuple[Compared, ...]:
    """Field by field, where one side is there at least."""
    kept, published = day.kept, day.divergence
    if kept:
        file, base = (_fields(row, "") if row else None for row in (kept.valid, kept.base))
    else:
        file, base = (
            _fields(published, side) if published and published[f"fornecedor_id{side}"] is not None else None
            for side in ("_csv", "_base")
        )
    unseen = published.get("campos_so_invisiveis", "").split(",") if published else []
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
