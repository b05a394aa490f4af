"""What QuickSight copies, asked of published days as of Athena, without Athena: rows, sums and types."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from infra import quicksight_data
from infra.settings import Settings
from reconciliation import layout
from reconciliation.contract import TYPES
from reconciliation.documents.summary import Summary
from tests.infra.athena import Athena, Row
from tests.infra.athena_days import PublishedDays, Side, drawn
from tests.infra.template import Template
from tests.oracle import BaseRow
from tests.small_orders import Order

FIRST = date(2026, 2, 16)
DAYS = [str(FIRST + timedelta(days=number)) for number in range(3)]
EMPTY, OLD = DAYS[1], "2025-06-02"
TODAY = f"DATE '{FIRST + timedelta(days=4)}'"
DIVERGENCES, OF_DAYS = quicksight_data.data_sets(Settings())
LONG = "Ações ☂" * 400
MOST_CENTS = 10**18 - 1
QUICKSIGHT = {
    "VARCHAR": "STRING", "TIMESTAMP": "DATETIME", "DATE": "DATETIME", "BIGINT": "INTEGER",
    "INTEGER": "INTEGER", "DOUBLE": "DECIMAL", "DECIMAL": "DECIMAL",
}  # fmt: skip
"""By the engine's types, as QuickSight maps Athena's (guide, "Supported data types and values")."""


@pytest.fixture(scope="module")
def published() -> PublishedDays:
    """The second day has no divergence, one is older than the dashboard shows, a name longer than a field."""
    days = PublishedDays()
    for number, diverging in enumerate((0.6, 0.0, 0.5)):
        side = drawn(number, FIRST + timedelta(days=number), diverging)
        if diverging:
            side.orders[-2] = side.orders[-2]._replace(nome=LONG)
        days.publish(FIRST + timedelta(days=number), side)
    days.publish(date.fromisoformat(OLD), drawn(9, date.fromisoformat(OLD), 0.5))
    return days


@pytest.fixture(scope="module")
def athena(published: PublishedDays, template: Template, tmp_path_factory: pytest.TempPathFactory) -> Athena:
    tables = [table["TableInput"] for table in template.of("AWS::Glue::Table").values()]
    return Athena(tables, "reconciliation", published.store, tmp_path_factory.mktemp("athena"))


@pytest.fixture(scope="module")
def absurd(template: Template, tmp_path_factory: pytest.TempPathFactory) -> Athena:
    """A good day beside one of the largest amounts, together beyond 2^63 cents, and of the oddest dates."""
    days = PublishedDays()
    days.publish(FIRST, drawn(0, FIRST, 0.6))
    far, of_both = (date(2999, 12, 31), date(1, 1, 1), date(9999, 12, 31)), ("F1", "nome", "PETR4")
    day = FIRST + timedelta(days=1)
    side = Side(
        [
            *(Order("F1", f"T{number}", "nome", "PETR4", day, MOST_CENTS) for number in range(12)),
            Order("F1", "A", "nome", "PETR4", far[0], 10**16 - 1), Order("F1", "B", "nome", "PETR4", day, 1),
        ],
        [
            BaseRow("F1", "A", *of_both[1:], far[1], Decimal(0)),
            BaseRow("F1", "B", *of_both[1:], far[2], Decimal("0.01")),
            BaseRow("F1", "C", *of_both[1:], day, -Decimal(10**14)),
        ],
    )  # fmt: skip
    days.publish(day, side)
    tables = [table["TableInput"] for table in template.of("AWS::Glue::Table").values()]
    return Athena(tables, "reconciliation", days.store, tmp_path_factory.mktemp("absurd"))


def copied(athena: Athena, data_set: quicksight_data.DataSet) -> list[Row]:
    return athena.execute(data_set.query.replace("current_date", TODAY), [])


def test_each_divergence_is_a_row_and_a_day_without_any_is_one(
    athena: Athena, published: PublishedDays
) -> None:
    rows = copied(athena, DIVERGENCES)
    wanted = published.rows(DAYS)
    assert len(rows) == len(wanted) + 1
    (none,) = (row for row in rows if row["dia"] == EMPTY)
    assert (none["tipo_divergencia"], none["divergencia"]) == (quicksight_data.NO_DIVERGENCE, 0)
    assert sum(row["divergencia"] for row in rows) == len(wanted)
    gross = sum((abs(row["diferenca_valor"]) for row in wanted), Decimal())
    assert sum((row["valor_bruto"] for row in rows if row["dia"] != EMPTY), Decimal()) == gross
    assert {row["ordem_id"] for row in rows} - {None} == {row["ordem_id"] for row in wanted}


def test_no_text_is_longer_than_a_field_takes(athena: Athena, published: PublishedDays) -> None:
    assert LONG in {row["nome_csv"] for row in published.rows(DAYS)}
    names = {row["nome_csv"] for row in copied(athena, DIVERGENCES)}
    assert LONG[:1_000] in names
    assert max(len(name) for name in names if name) == 1_000


def test_each_published_day_is_a_row_as_its_summary_tells_it(
    athena: Athena, published: PublishedDays
) -> None:
    rows = {row["dia"]: row for row in copied(athena, OF_DAYS)}
    assert set(rows) == set(DAYS)
    for day, row in rows.items():
        stored = published.store.document(layout.summary("reconciliation-output", day))
        assert stored
        summary = stored.read_as(Summary)
        values = summary.value_by_type_cents or {}
        assert [row[kind.lower()] for kind in TYPES] == [summary.types.get(kind, 0) for kind in TYPES]
        assert [row[f"valor_{kind.lower()}"] * 100 for kind in TYPES] == [
            values.get(kind, 0) for kind in TYPES
        ]
        assert row["valor_total"] * 100 == sum(values.values())
        assert row["divergencias"] == sum(summary.types.values())
        assert row["taxa_percentual"] == pytest.approx(summary.divergence_rate_percent)
        lines = summary.totals.lines
        assert (row["linhas"], row["linhas_base"], row["rejeitadas"]) == (
            lines.data_lines, lines.base_in_scope, lines.rejected,
        )  # fmt: skip
        assert row["causa"] == (summary.causes[0].sentence if summary.causes else None)


def test_a_day_beyond_2_to_the_63_cents_hides_no_other_one(absurd: Athena) -> None:
    """Its own amounts are more than a decimal of SPICE holds: null, and the row is there."""
    good, beyond = sorted(copied(absurd, OF_DAYS), key=lambda row: row["dia"])
    assert good["valor_total"] > 0
    assert (beyond["tipo_1"], beyond["tipo_2"], beyond["tipo_3"]) == (12, 1, 2)
    assert (beyond["valor_tipo_1"], beyond["valor_tipo_2"], beyond["valor_total"]) == (None, None, None)
    assert beyond["valor_tipo_3"] == Decimal("99999999999999.99")
    answered = absurd.execute("SELECT value_by_type_cents FROM reconciliation.resumos ORDER BY dia", [])
    assert answered[1]["value_by_type_cents"]["TIPO_1"] == 12 * MOST_CENTS > 2**63


def test_no_row_has_a_value_that_spice_may_leave_out(absurd: Athena) -> None:
    """Amounts of up to 14 digits before the comma; a date of either side is a text, whatever its year."""
    rows = {row["ordem_id"]: row for row in copied(absurd, DIVERGENCES) if row["dia"] != str(FIRST)}
    assert len(rows) == 15
    assert (rows["A"]["data_csv"], rows["A"]["data_base"]) == ("2999-12-31", "0001-01-01")
    assert (rows["B"]["data_csv"], rows["B"]["data_base"]) == ("2026-02-17", "9999-12-31")
    assert (rows["A"]["valor_csv"], rows["A"]["valor_bruto"]) == (Decimal("99999999999999.99"),) * 2
    for order in ("T0", "C"):
        assert [
            rows[order][name] for name in ("valor_csv", "valor_base", "diferenca_valor", "valor_bruto")
        ] == [None] * 4


@pytest.mark.parametrize("data_set", [DIVERGENCES, OF_DAYS], ids=lambda each: each.name)
def test_a_column_has_the_type_that_is_said_of_it(athena: Athena, data_set: quicksight_data.DataSet) -> None:
    kinds = athena.types(data_set.query)
    assert {name: QUICKSIGHT[kind.partition("(")[0]] for name, kind in kinds.items()} == {
        column.name: column.kind for column in data_set.columns
    }
