"""Small days for the report: divergences, refused lines and summaries that agree with each other."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import polars as pl
from hypothesis import strategies as st

from reconciliation.contract import COMPARED, TYPES
from reconciliation.documents.summary import Cause, Cents, ControlTotals, FileIdentity, Lines, Summary
from reconciliation.kernels.report import Replaced, ReportInputs
from reconciliation.kernels.schemas import DIVERGENCES, REJECTS
from reconciliation.rates import Figures
from reconciliation.report.figures import Tally

Divergence = dict[str, Any]
DAY = date(2026, 2, 16)
HOSTILE = (
    "<script>alert(1)</script>", "</script><!--", "=cmd|' /C calc'!A0", "x" * 10_000, "\u202eabc\u2066",
    "שלום", "", " ", "a\u00a0b", "&amp;", "'\"", "F1", "f1", "Fornecedor Ltda", "\u2028", "\\u003c",
    "{{ 7 * 7 }}", "}%",
)  # fmt: skip
texts = st.sampled_from(HOSTILE) | st.text(st.characters(exclude_categories=("Cs",)), max_size=12)
_cents = st.integers(-(10**18) + 1, 10**18 - 1) | st.integers(-3, 3)
_dates = st.dates(date(1900, 1, 1), date(2999, 12, 31)).map(lambda day: day.replace(day=1))


def divergence(kind: str, order: str, **values: Any) -> Divergence:
    """One row by schema DIVERGENCES; what is not given is null."""
    row: Divergence = {
        **dict.fromkeys(DIVERGENCES), "tipo_divergencia": kind, "ordem_id": order,
        "job_id": "JOB-20260216-000001",
        "motivo": {"TIPO_1": "AUSENTE_NA_BASE", "TIPO_2": "AUSENTE_NO_CSV", "TIPO_3": "CAMPOS"}[kind],
        "campos_divergentes": "", "campos_so_invisiveis": "", "fornecedor_id": "F1",
    }  # fmt: skip
    row |= values
    row["diferenca_valor"] = (row["valor_csv"] or Decimal(0)) - (row["valor_base"] or Decimal(0))
    return row


@st.composite
def divergences(draw: st.DrawFn) -> list[Divergence]:
    """Of a few suppliers, each order once."""
    orders = draw(st.lists(texts.filter(bool), max_size=8, unique=True))
    suppliers = draw(st.lists(texts, min_size=1, max_size=3))
    return [draw(_of(order, suppliers)) for order in orders]


@st.composite
def _of(draw: st.DrawFn, order: str, suppliers: Sequence[str]) -> Divergence:
    kind = draw(st.sampled_from(TYPES))
    sides = {"TIPO_1": ("csv",), "TIPO_2": ("base",), "TIPO_3": ("csv", "base")}[kind]
    values: dict[str, Any] = {"fornecedor_id": draw(st.sampled_from(suppliers))}
    for side in sides:
        values |= {f"{name}_{side}": draw(texts) for name in ("nome", "ativo_id")}
        values[f"fornecedor_id_{side}"] = values["fornecedor_id"]
        values[f"data_{side}"] = draw(_dates | st.none() if side == "base" else _dates)
        cents = draw(_cents | st.none() if side == "base" else _cents)
        values[f"valor_{side}"] = None if cents is None else Decimal(cents).scaleb(-2)
    if "csv" in sides:
        values["linha"] = draw(st.integers(2, 10_000_000))
    if kind == "TIPO_3":
        fields = draw(st.sets(st.sampled_from(COMPARED), min_size=1))
        values["campos_divergentes"] = ",".join(name for name in COMPARED if name in fields)
        values["campos_so_invisiveis"] = draw(st.sampled_from(("", "nome"))) if "nome" in fields else ""
    return divergence(kind, order, **values)


refused_lines = st.lists(
    st.fixed_dictionaries(
        {
            "linha": st.integers(2, 10_000_000),
            "codigo": st.sampled_from(("E_COLS", "E_VALOR", "E_DATA")),
            "detalhe": texts,
            "ordem_id": texts | st.none(),
            "fornecedor_id": texts | st.none(),
        }
    ),
    max_size=12,
    unique_by=lambda line: line["linha"],
)


def whole_cents(row: Divergence) -> int:
    return int(row["diferenca_valor"].scaleb(2))


def summary_of(rows: Sequence[Divergence], **values: Any) -> Summary:
    """A summary that counted these divergences; `values` are its own fields."""
    counted = {}
    for kind in TYPES:
        amounts = [whole_cents(row) for row in rows if row["tipo_divergencia"] == kind]
        counted[kind] = Tally(count=len(amounts), gross_cents=sum(map(abs, amounts)), net_cents=sum(amounts))
    return summary_with(counted, **values)


def summary_with(
    counted: Mapping[str, Tally], *, equal: int = 1_000, refused: int = 0, **values: Any
) -> Summary:
    """A summary of so many divergences by type, beside so many equal orders."""
    types = {kind: counted[kind].count for kind in TYPES}
    tipo_1, tipo_2, tipo_3 = types.values()
    divergences, net = sum(types.values()), sum(tally.net_cents for tally in counted.values())
    keys = equal + tipo_1 + tipo_3
    lines = Lines(
        data_lines=keys + refused + 2, rejected=refused, identical_duplicates=2, valid_keys=keys, equal=equal,
        tipo_1=tipo_1, tipo_2=tipo_2, tipo_3=tipo_3, base_in_scope=equal + tipo_2 + tipo_3,
    )  # fmt: skip
    base_cents = 1_234_567 * equal
    made: Mapping[str, Any] = {
        "job_id": "JOB-20260216-000001", "status": "SUCCEEDED", "day": DAY.isoformat(),
        "input": FileIdentity(s3_key=f"{DAY}/input.csv", version_id="v1", sha256="ab" * 32),
        "rules": {}, "rules_sha256": "cd" * 32, "fingerprint": "ef" * 8,
        "totals": ControlTotals(
            lines=lines, cents=Cents(file=base_cents + net, base=base_cents, difference=net)
        ),
        "rejects_by_code": {}, "warnings": {}, "types": types, "motives": {}, "top_suppliers": (),
        "divergence_rate_percent": round(100 * divergences / (equal + divergences), 4),
        "value_by_type_cents": {kind: tally.gross_cents for kind, tally in counted.items()},
        "causes": (), "attempt": 1, "published_etag": '"etag"',
    }  # fmt: skip
    return Summary(**{**made, **values})


CAUSE = Cause(
    code="UM_CAMPO", sentence="Quase tudo o que difere é o campo nome.", evidence="9 de 10.", action="Falar."
)


def history(days: int) -> list[Figures]:
    """Published days before DAY, the newest first."""
    return [
        Figures(
            day=(DAY - timedelta(days=back)).isoformat(), rate_percent=3.9 + back * 37 % 23 / 10,
            types={"TIPO_1": 12 + back * 7 % 9, "TIPO_2": 11 + back % 4, "TIPO_3": 30 - back % 7},
            lines=1_000, base_rows=1_000, rules_sha256="cd" * 32,
        )
        for back in range(1, days + 1)
    ]  # fmt: skip


def frame(rows: Sequence[Divergence]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=DIVERGENCES, orient="row")


def of_refused(lines: Sequence[dict[str, Any]]) -> pl.DataFrame:
    return pl.DataFrame(lines, schema=REJECTS, orient="row")


def inputs(
    rows: Sequence[Divergence],
    refused: Sequence[dict[str, Any]] = (),
    before: Sequence[Divergence] | None = None,
    *,
    days: int = 0,
    **values: Any,
) -> ReportInputs:
    """What a report is made of; `values` are the summary's."""
    return ReportInputs(
        summary=summary_of(rows, refused=len(refused), **values),
        history=history(days),
        divergences=frame(rows),
        rejects=of_refused(refused),
        replaced=None if before is None else Replaced(divergences=frame(before)),
    )
