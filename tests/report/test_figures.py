"""The report's figures, against plain Python over the same rows, and SQL over the published file."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from io import BytesIO
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciliation.contract import COMPARED, TYPES
from reconciliation.kernels.report import figures
from reconciliation.kernels.supplier_files import supplier_parts
from reconciliation.report.figures import TEXT_MAX, Group, Row, Tally
from tests.depth import at_depth
from tests.report.days import (
    Divergence,
    divergences,
    frame,
    inputs,
    of_refused,
    refused_lines,
    summary_of,
    whole_cents,
)


def tally(rows: Iterable[Divergence]) -> Tally:
    amounts = list(map(whole_cents, rows))
    return Tally(count=len(amounts), gross_cents=sum(map(abs, amounts)), net_cents=sum(amounts))


def groups(rows: Sequence[Divergence], names: Callable[[Divergence], Iterable[str]]) -> list[Group]:
    """Each row in all the groups that it names, the largest first."""
    named = {name for row in rows for name in names(row)}
    made = [Group(name=name, **vars(tally(row for row in rows if name in names(row)))) for name in named]
    return sorted(made, key=lambda group: (-group.gross_cents, -group.count, group.name))


def cut(text: str | None) -> str | None:
    return text if text is None or len(text) <= TEXT_MAX else f"{text[:TEXT_MAX]}…"


def differing(row: Divergence) -> list[tuple[Any, ...]]:
    def side(name: str, of: str) -> str | None:
        value = row[f"{name}_{of}"]
        return cut(value) if name != "data" or value is None else f"{value:%d/%m/}{value.year}"

    return [
        (name, side(name, "csv"), side(name, "base"), name in row["campos_so_invisiveis"].split(","))
        for name in COMPARED
        if name != "valor" and name in row["campos_divergentes"].split(",")
    ]


def in_cents(amount: Any) -> int | None:
    return None if amount is None else int(amount.scaleb(2))


def shown(row: Row) -> tuple[Any, ...]:
    return (
        row.kind, row.motive, row.order, row.supplier, row.line, row.file_cents, row.base_cents,
        row.difference_cents, row.amount_differs,
        [(each.field, each.file, each.base, each.looks_alike) for each in row.differing],
    )  # fmt: skip


def expected_rows(rows: Sequence[Divergence], most: int) -> list[tuple[Any, ...]]:
    first = sorted(rows, key=lambda row: (-abs(whole_cents(row)), row["tipo_divergencia"], row["ordem_id"]))
    return [
        (
            row["tipo_divergencia"], row["motivo"], cut(row["ordem_id"]), cut(row["fornecedor_id"]),
            row["linha"],
            in_cents(row["valor_csv"]), in_cents(row["valor_base"]), whole_cents(row),
            "valor" in row["campos_divergentes"].split(","), differing(row),
        )
        for row in first[:most]
    ]  # fmt: skip


@pytest.mark.deep
@settings(max_examples=at_depth(80))
@given(rows=divergences(), refused=refused_lines, most=st.integers(1, 5))
def test_every_figure_is_that_of_the_rows(
    rows: list[Divergence], refused: list[dict[str, Any]], most: int
) -> None:
    day = figures(inputs(rows, refused), rows_max=most, suppliers_max=most)
    assert day.total == tally(rows)
    assert list(day.types) == [
        Group(name=kind, **vars(tally(row for row in rows if row["tipo_divergencia"] == kind)))
        for kind in TYPES
    ]
    of_fields = [row for row in rows if row["tipo_divergencia"] == "TIPO_3"]
    assert list(day.fields) == groups(of_fields, lambda row: row["campos_divergentes"].split(","))
    suppliers = groups(rows, lambda row: [row["fornecedor_id"]])
    assert [(one.name, one.count, one.gross_cents, one.net_cents) for one in day.suppliers] == [
        (cut(one.name), one.count, one.gross_cents, one.net_cents) for one in suppliers[:most]
    ]
    sent = {part.folder for part in supplier_parts(summary_of(rows), frame(rows), of_refused(refused))}
    assert {one.folder for one in day.suppliers if one.folder} <= sent
    told = {row["fornecedor_id"] for row in rows if row["tipo_divergencia"] != "TIPO_2"}
    told |= {line["fornecedor_id"] for line in refused}
    assert [one.folder is not None for one in day.suppliers] == [one.name in told for one in suppliers[:most]]
    left_out = {one.name for one in suppliers[most:]}
    assert day.other_suppliers == len(left_out)
    assert day.others == tally(row for row in rows if row["fornecedor_id"] in left_out)
    assert list(map(shown, day.rows)) == expected_rows(rows, most)

    by_code = {
        code: [line for line in refused if line["codigo"] == code]
        for code in {line["codigo"] for line in refused}
    }
    assert [(each.code, each.count) for each in day.refusals] == sorted(
        ((code, len(lines)) for code, lines in by_code.items()), key=lambda each: (-each[1], each[0])
    )
    assert day.refused_of_nobody == sum(line["fornecedor_id"] is None for line in refused)
    for each in day.refusals:
        first = sorted(by_code[each.code], key=lambda line: line["linha"])[:3]
        assert [(one.line, one.detail, one.order, one.supplier) for one in each.examples] == [
            (line["linha"], *(cut(line[name]) for name in ("detalhe", "ordem_id", "fornecedor_id")))
            for line in first
        ]


@pytest.mark.deep
@settings(max_examples=at_depth(80))
@given(rows=divergences(), other=divergences(), kept=st.integers(0, 8))
def test_what_a_reprocessing_changed(rows: list[Divergence], other: list[Divergence], kept: int) -> None:
    """Orders in both publications are alike or not, whichever run found them, and on whichever line."""
    alike = [{**row, "job_id": "JOB-20260216-000000", "linha": None} for row in rows[:kept]]
    before = alike + [row for row in other if row["ordem_id"] not in {row["ordem_id"] for row in alike}]

    change = figures(inputs(rows, before=before)).change

    now, then = ({row["ordem_id"]: row for row in side} for side in (rows, before))
    assert change is not None
    assert (change.before, change.after) == (tally(before), tally(rows))
    assert change.entered == tally(row for key, row in now.items() if key not in then)
    assert change.left == tally(row for key, row in then.items() if key not in now)
    left_apart = ("job_id", "linha")
    altered = {
        key
        for key, row in now.items()
        if key in then and any(row[name] != then[key][name] for name in row if name not in left_apart)
    }
    assert change.altered_before == tally(row for key, row in then.items() if key in altered)
    assert change.altered_after == tally(row for key, row in now.items() if key in altered)
    for of in ("count", "gross_cents", "net_cents"):
        before_of, left, entered, was, now_is, after = (
            getattr(part, of)
            for part in (
                change.before, change.left, change.entered, change.altered_before, change.altered_after,
                change.after,
            )
        )  # fmt: skip
        assert before_of - left + entered + (now_is - was) == after, of
    assert list(map(shown, change.largest_entered)) == expected_rows(
        [row for key, row in now.items() if key not in then], 5
    )
    assert list(map(shown, change.largest_left)) == expected_rows(
        [row for key, row in then.items() if key not in now], 5
    )


@pytest.mark.deep
@settings(max_examples=at_depth(80))
@given(rows=divergences())
def test_sql_over_the_published_file_says_the_same(rows: list[Divergence]) -> None:
    published = BytesIO()
    frame(rows).write_parquet(published)
    published.seek(0)
    found = pl.SQLContext(divergencias=pl.read_parquet(published)).execute(
        "SELECT tipo_divergencia, COUNT(*) AS count, SUM(CAST(diferenca_valor AS DECIMAL(38, 2))) AS net,"
        " SUM(CAST(ABS(diferenca_valor) AS DECIMAL(38, 2))) AS gross"
        " FROM divergencias GROUP BY tipo_divergencia ORDER BY tipo_divergencia",
        eager=True,
    )  # fmt: skip
    asked = {
        kind: (count, int(gross.scaleb(2)), int(net.scaleb(2)))
        for kind, count, net, gross in found.iter_rows()
    }
    assert asked == {
        kind.name: (kind.count, kind.gross_cents, kind.net_cents)
        for kind in figures(inputs(rows)).types
        if kind.count
    }


@pytest.mark.parametrize("name", ["types", "value_by_type_cents"])
def test_no_page_of_one_publication_has_the_totals_of_another(name: str) -> None:
    rows: list[Divergence] = []
    wrong = {**getattr(summary_of(rows), name), "TIPO_1": 1}
    with pytest.raises(ValueError, match="2026-02-16"):
        figures(inputs(rows, **{name: wrong}))


def test_no_page_lacks_refused_lines() -> None:
    day = inputs([])
    with pytest.raises(ValueError, match="2026-02-16"):
        figures(replace(day, summary=summary_of([], refused=1)))
