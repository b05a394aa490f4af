"""A large day for the report, made by columns: `python -m tests.report.generated FOLDER` writes its pages."""

import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import polars as pl

from reconciliation.causes import causes
from reconciliation.contract import TYPES
from reconciliation.documents.summary import AbsentSuppliers, Summary
from reconciliation.examined import Examined
from reconciliation.kernels.money import decimal
from reconciliation.kernels.patterns import patterns
from reconciliation.kernels.report import Replaced, ReportInputs, figures
from reconciliation.kernels.schemas import DIVERGENCES, REJECTS
from reconciliation.rates import Figures
from reconciliation.report.figures import DayLine, Tally
from reconciliation.report.page import index, page
from tests.report.days import DAY, history, summary_with

_NAMES = ("Fundo Aurora", "Banco do Sul S.A.", "Corretora Prisma", "José da Conceição", "Marés Investimentos")
_ASSETS = ("PETR4", "VALE3", "ITUB4", "BBDC4", "ABEV3", "WEGE3")
_SENTENCES = (
    "O valor do arquivo é o da base multiplicado por 100.",
    "Quase tudo o que difere é o campo valor.",
)
_ROWS_OF_A_SUPPLIER = 25_000


def many(rows: int, *, text: str = "") -> ReportInputs:
    """That many divergences; `text` takes the place of each name, asset and supplier."""
    divergences = _divergences(rows, text=text)
    return ReportInputs(
        summary=_summary(divergences),
        history=history(30),
        divergences=divergences,
        rejects=REJECTS.to_frame(),
        replaced=None,
    )


def _history() -> list[Figures]:
    """Days before of as many lines."""
    return [
        replace(day, types={kind: 1_000 * count for kind, count in day.types.items()}, lines=1_000_000)
        for day in history(30)
    ]


def seen(rows: int) -> ReportInputs:
    """A day as people see one: a million lines, their causes, refused lines, and an earlier publication."""
    divergences, before = _divergences(rows), _divergences(rows, first=rows // 8)
    in_file = divergences["linha"].drop_nulls().len()
    summary = _summary(
        divergences,
        warnings={"DUP_IDENTICAL": 2, "OTHER_DAY": 12},
        base={"engine": "postgresql", "newest_date": DAY.isoformat()},
        rules={"abnormal_rate_percent": 10.0},
        equal=1_000_000 - 2 - _rejects().height - in_file,
        refused=_rejects().height,
    )
    found = causes(
        Examined(
            today=Figures.of(summary),
            keys=2_000_000,
            patterns=patterns(divergences),
            absent=AbsentSuppliers(suppliers=0, base_rows=0, base_cents=0, largest=()),
            refused_of_nobody=0,
            rows_by_supplier={str(4_000 + n): _ROWS_OF_A_SUPPLIER for n in range(40)},
            history=_history(),
        )
    )
    return ReportInputs(
        summary=replace(summary, causes=found),
        history=_history(),
        divergences=divergences,
        rejects=_rejects(),
        replaced=Replaced(divergences=before),
    )


def days(number: int) -> Iterator[DayLine]:
    """An index of that many working days."""
    at, made = DAY, 0
    while made < number:
        if at.weekday() < 5:
            share = 4 + (at.toordinal() * 37 % 23) / 10
            yield DayLine(
                day=at.isoformat(), rate_percent=share, refused_lines=at.day * 3,
                types={"TIPO_1": at.day * 40, "TIPO_2": 900, "TIPO_3": 2_000 - at.day * 9},
                gross_cents=at.toordinal() * 5_407 % 99_999_999_999,
                causes=_SENTENCES[: at.toordinal() % 3], has_report=True,
            )  # fmt: skip
            made += 1
        at -= timedelta(days=1)


def _summary(divergences: pl.DataFrame, **values: Any) -> Summary:
    cents = pl.col("diferenca_valor").to_physical().cast(pl.Int64)
    counted = divergences.group_by("tipo_divergencia").agg(
        pl.len(), cents.abs().sum().alias("gross"), cents.sum().alias("net")
    )
    tallies = {
        kind: Tally(count=count, gross_cents=gross, net_cents=net)
        for kind, count, gross, net in counted.iter_rows()
    }
    return summary_with({kind: tallies.get(kind, Tally()) for kind in TYPES}, **values)


def _divergences(rows: int, *, text: str = "", first: int = 0) -> pl.DataFrame:
    """By schema DIVERGENCES: one of five of each absent type, the others of fields, half of one supplier."""
    n = pl.int_range(first, first + rows)
    in_file, in_base = n % 5 != 1, n % 5 != 0
    in_both = in_file & in_base
    drawn = pl.select(
        ordem_id=pl.format("ORD-{}", n + 10_000_000),
        tipo_divergencia=pl.when(~in_base).then(pl.lit("TIPO_1"))
        .when(~in_file).then(pl.lit("TIPO_2")).otherwise(pl.lit("TIPO_3")),
        motivo=pl.when(~in_base).then(pl.lit("AUSENTE_NA_BASE"))
        .when(~in_file).then(pl.lit("AUSENTE_NO_CSV")).otherwise(pl.lit("CAMPOS")),
        job_id=pl.lit("JOB-20260216-000001"),
        linha=pl.when(in_file).then(n + 2),
        campos_so_invisiveis=pl.lit(""),
        has_other_name=in_both & (n % 4 == 3),
        has_other_amount=in_both & ((n % 4 != 3) | (n % 3 == 0)),
        **_texts(n, text, in_file, in_base),
        **_cents(n),
    )  # fmt: skip
    return _differing(drawn).select(DIVERGENCES.names()).match_to_schema(DIVERGENCES)


def _texts(n: pl.Expr, text: str, in_file: pl.Expr, in_base: pl.Expr) -> dict[str, pl.Expr]:
    """`text` in the place of each, where there is one."""
    supplier = pl.when(n % 7 < 4).then(4021).otherwise(4000 + n // 5 * 31 % 40).cast(pl.String)
    fields = {
        "fornecedor_id": pl.lit(text) if text else supplier,
        "nome": _of(_NAMES, n, text),
        "ativo_id": _of(_ASSETS, n, text),
        "data": pl.lit(DAY),
    }
    return {"fornecedor_id": fields["fornecedor_id"]} | {
        f"{field}_{side}": pl.when(is_there).then(value)
        for field, value in fields.items()
        for side, is_there in (("csv", in_file), ("base", in_base))
    }


def _cents(n: pl.Expr) -> dict[str, pl.Expr]:
    """The base's, and what the file has where it has another: one in eleven a hundred times as much."""
    base = 1_00 + (n * 48_271 % 65_521) ** 2 // 1_300
    other = pl.when(n % 11 == 5).then(base * 100).otherwise(base + base * (n % 61 - 30) // 100 + 1)
    return {"base_cents": base, "other_cents": other}


def _differing(drawn: pl.DataFrame) -> pl.DataFrame:
    """With amounts, and what differs in them and in the names."""
    in_file, in_base = (pl.col("tipo_divergencia") != absent for absent in ("TIPO_2", "TIPO_1"))
    file, base = pl.when("has_other_amount").then("other_cents").otherwise("base_cents"), pl.col("base_cents")
    in_file_cents, in_base_cents = pl.when(in_file).then(file), pl.when(in_base).then(base)
    fields = pl.concat_str(
        pl.when("has_other_name").then(pl.lit("nome")), pl.when("has_other_amount").then(pl.lit("valor")),
        separator=",", ignore_nulls=True,
    )  # fmt: skip
    other_name = pl.col("nome_csv").str.to_uppercase() + " LTDA"
    return drawn.with_columns(
        campos_divergentes=pl.when(in_file & in_base).then(fields).otherwise(pl.lit("")),
        nome_csv=pl.when("has_other_name").then(other_name).otherwise("nome_csv"),
        valor_csv=decimal(in_file_cents, 18),
        valor_base=decimal(in_base_cents, 18),
        diferenca_valor=decimal(in_file_cents.fill_null(0) - in_base_cents.fill_null(0), 19),
    )


def _of(values: tuple[str, ...], n: pl.Expr, text: str) -> pl.Expr:
    return pl.lit(text) if text else pl.lit(pl.Series(values)).gather(n * 7 % len(values))


def _rejects() -> pl.DataFrame:
    lines = [
        (1_204 + 977 * place, code, detail, order, "4021" if order else None)
        for place, (code, detail, order) in enumerate(
            [
                ("E_VALOR", "valor '1.234,56' não é número com ponto", "ORD-10000417"),
                ("E_VALOR", "valor 'R$ 10.00' não é número com ponto", "ORD-10002211"),
                ("E_DATA", "data '16/02/2026' não é AAAA-MM-DD", "ORD-10003106"),
                ("E_COLS", "a linha tem 5 campos", None),
                ("E_VALOR", "valor '10,50' não é número com ponto", "ORD-10007790"),
            ]
        )
    ]
    return pl.DataFrame(lines, schema=REJECTS, orient="row")


def main() -> None:
    """Writes `relatorio.html` and `index.html`."""
    folder = Path(sys.argv[1])
    (folder / DAY.isoformat()).mkdir(parents=True, exist_ok=True)
    (folder / DAY.isoformat() / "relatorio.html").write_bytes(page(figures(seen(52_341))))
    (folder / "index.html").write_bytes(index(list(days(260))))


if __name__ == "__main__":
    main()
