"""What people ask of Athena by name (runbook 4.6): each answers as the oracle does, of its days."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import sqlglot
from sqlglot import exp

from infra.saved_queries import SavedQuery, saved_queries
from infra.settings import Settings
from reconciliation.config import Rules
from reconciliation.contract import TYPES
from tests.infra.athena import Athena, Row
from tests.infra.athena_days import AWKWARD, KEYS, SUPPLIERS, PublishedDays, drawn
from tests.infra.conftest import Synth
from tests.infra.forms import NAMED
from tests.infra.template import Template
from tests.runbooks.pages import blocks, commands

QUERIES = saved_queries(Settings())
FIRST = date(2026, 2, 16)
DAYS = [str(FIRST + timedelta(days=number)) for number in range(5)]
REPROCESSED, EMPTY, NOT_PUBLISHED = DAYS[1], DAYS[2], DAYS[4]
(COMMANDS,) = (block for block in blocks("bash") if "athena start-query-execution" in block.text)
EXAMPLES = {
    "DIA": DAYS[0], "DE": DAYS[0], "ATE": DAYS[3], "ORDEM": KEYS[0], "FORNECEDOR": "F1", "TIPO": "TIPO_3",
}  # fmt: skip


@dataclass(frozen=True)
class Analyst:
    """Who copies the runbook's commands, and gets the answers of what is published."""

    published: PublishedDays
    athena: Athena
    folder: Path

    def ask(self, name: str, **values: str) -> list[Row]:
        """The rows of that command, after these variables."""
        (asked,) = (one for one in sent(self.folder, {**EXAMPLES, **values}) if one[0] == name)
        (query,) = (query for query in QUERIES if query.name == name)
        return self.athena.execute(query.sql, asked[1])


def sent(folder: Path, values: Mapping[str, str]) -> list[tuple[str, list[str]]]:
    """Each command's statement and the values beside it, as the shell hands them over."""
    starting = [argv for argv in commands(COMMANDS, folder, {**values, "Q": "'"}) if "--query-string" in argv]
    return [
        (
            argv[argv.index("--query-string") + 1].removeprefix("EXECUTE "),
            argv[argv.index("--execution-parameters") + 1 :],
        )
        for argv in starting
    ]


@pytest.fixture(scope="module")
def analyst(template: Template, tmp_path_factory: pytest.TempPathFactory) -> Analyst:
    """Four days are published: the second twice, with more divergences at first; the third has none."""
    days, folder = PublishedDays(), tmp_path_factory.mktemp("athena")
    for number, diverging in enumerate((0.6, 0.9, 0.0, 0.5)):
        days.publish(FIRST + timedelta(days=number), drawn(number, FIRST + timedelta(days=number), diverging))
    days.publish(date.fromisoformat(REPROCESSED), drawn(9, date.fromisoformat(REPROCESSED), 0.3))
    tables = [table["TableInput"] for table in template.of("AWS::Glue::Table").values()]
    return Analyst(days, Athena(tables, "reconciliation", days.store, folder), folder)


def by_type(row: Row) -> Any:
    return row["dia"], row["tipo_divergencia"], row["ordem_id"]


@pytest.mark.parametrize("order", [*AWKWARD, *KEYS[-3:], "ÂNCORA", "ORD"])
def test_one_order(analyst: Analyst, order: str) -> None:
    """Whatever characters it has, to the letter; one that never diverged has no row."""
    wanted = [row for row in analyst.published.rows(DAYS) if row["ordem_id"] == order]
    assert analyst.ask("divergencias_da_ordem", ORDEM=order) == wanted
    assert (order in KEYS) >= bool(wanted)


@pytest.mark.parametrize("supplier", [*SUPPLIERS, "F9", "nobody"])
def test_one_supplier(analyst: Analyst, supplier: str) -> None:
    wanted = [row for row in analyst.published.rows(DAYS[:2]) if row["fornecedor_id"] == supplier]
    found = analyst.ask("divergencias_do_fornecedor", FORNECEDOR=supplier, ATE=DAYS[1])
    assert found == sorted(wanted, key=by_type)
    assert bool(found) == (supplier in SUPPLIERS)


@pytest.mark.parametrize("day", DAYS)
def test_one_day(analyst: Analyst, day: str) -> None:
    """One without divergences has zeros, one that is not published no row; a reprocessed one counts once."""
    rows = analyst.published.rows([day])
    wanted = []
    for kind in TYPES if day != NOT_PUBLISHED else ():
        amounts = [row["diferenca_valor"] for row in rows if row["tipo_divergencia"] == kind]
        wanted.append(
            {
                "dia": day,
                "job_id": f"JOB-{day.replace('-', '')}-{int(day == REPROCESSED):06d}",
                "tipo_divergencia": kind,
                "divergencias": len(amounts),
                "divergencias_no_resumo": len(amounts),
                "valor_bruto": sum(map(abs, amounts), Decimal(0)),
                "diferenca_valor": sum(amounts, Decimal(0)),
            }
        )
    assert analyst.ask("resumo_do_dia", DIA=day) == wanted
    assert bool(rows) == (day not in (EMPTY, NOT_PUBLISHED))


def test_each_day_that_can_be_published_is_found(template: Template, tmp_path: Path) -> None:
    """By the contract's dates and the rule that moves a folder's; of the future, those of a year."""
    today = FIRST + timedelta(days=4)
    first, far = date(1900, 1, 1), today + timedelta(days=367)
    moved = first - timedelta(days=31)
    visible = (moved, first, date(2019, 12, 30), today + timedelta(days=366))
    days = PublishedDays()
    days.publish(moved, drawn(0, first, 0.5), Rules(reference_day_offset=31))
    for number, day in enumerate((*visible[1:], far)):
        days.publish(day, drawn(number, day, 0.5))
    tables = [table["TableInput"] for table in template.of("AWS::Glue::Table").values()]
    analyst = Analyst(days, Athena(tables, "reconciliation", days.store, tmp_path, today), tmp_path)
    for day in visible:
        assert len(analyst.ask("resumo_do_dia", DIA=str(day))) == len(TYPES)
        assert analyst.ask("divergencias_do_fornecedor", DE=str(day), ATE=str(day))
    assert analyst.ask("resumo_do_dia", DIA=str(far)) == []


@pytest.mark.parametrize("kind", TYPES)
def test_all_of_a_type_by_their_amount(analyst: Analyst, kind: str) -> None:
    wanted = [row for row in analyst.published.rows([REPROCESSED]) if row["tipo_divergencia"] == kind]
    wanted.sort(key=lambda row: (-abs(row["diferenca_valor"]), row["ordem_id"]))
    assert analyst.ask("divergencias_por_valor", DIA=REPROCESSED, TIPO=kind) == wanted != []


def test_orders_of_more_than_one_day(analyst: Analyst) -> None:
    rows = analyst.published.rows(DAYS)
    wanted = []
    for order in {row["ordem_id"] for row in rows}:
        its = [row for row in rows if row["ordem_id"] == order]
        wanted.append(
            {
                "ordem_id": order,
                "dias": len(its),
                "primeiro_dia": its[0]["dia"],
                "ultimo_dia": its[-1]["dia"],
                "tipos": ", ".join(f"{row['dia']} {row['tipo_divergencia']}" for row in its),
                "ultima_diferenca_valor": its[-1]["diferenca_valor"],
            }
        )
    repeated = [one for one in wanted if one["dias"] > 1]
    repeated.sort(key=lambda one: (-one["dias"], one["ordem_id"]))
    assert analyst.ask("ordens_repetidas") == repeated
    assert {one["dias"] for one in wanted} == {1, 2, 3}
    assert analyst.ask("ordens_repetidas", ATE=DAYS[0]) == []


def test_each_has_one_command_that_gives_its_values_in_their_order(tmp_path: Path) -> None:
    names = {name: name for query in QUERIES for name in query.values}
    assert sent(tmp_path, names) == [
        (query.name, [f"'{name}'" for name in query.values]) for query in QUERIES
    ]


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: query.name)
def test_each_table_is_read_on_given_days_alone(query: SavedQuery) -> None:
    """By a WHERE of its own, so that the others' partitions are not even looked for."""
    tree = sqlglot.parse_one(query.sql, read="athena")
    tables = list(tree.find_all(exp.Table))
    assert tables
    for table in tables:
        select = table.find_ancestor(exp.Select)
        assert select
        where = select.args["where"].this
        conditions = where.flatten() if isinstance(where, exp.And) else [where]
        assert any(is_of_days(condition, table) for condition in conditions)
    values = list(tree.find_all(exp.Placeholder))
    assert len(values) == len(query.values)
    assert all(value.find_ancestor(exp.Where) for value in values), "Athena takes a ? nowhere else"


def is_of_days(condition: exp.Expression, table: exp.Table) -> bool:
    """`dia = ?` or `dia BETWEEN ? AND ?`, of that table."""
    column, *values = condition.iter_expressions()
    return (
        isinstance(condition, exp.EQ | exp.Between)
        and isinstance(column, exp.Column)
        and (column.name, column.table) == ("dia", table.alias)
        and all(isinstance(value, exp.Placeholder) for value in values)
    )


def test_a_saved_query_and_a_prepared_statement_have_its_name_and_its_words(synth: Synth) -> None:
    template = synth(**NAMED["one that may go"])
    wanted = [(query.name, query.description, query.sql) for query in saved_queries(Settings(suffix="-dev"))]
    saved = template.of("AWS::Athena::NamedQuery").values()
    prepared = template.of("AWS::Athena::PreparedStatement").values()
    assert [(one["Name"], one["Description"], one["QueryString"]) for one in saved] == wanted
    assert [(one["StatementName"], one["Description"], one["QueryStatement"]) for one in prepared] == wanted
    (workgroup,) = template.of("AWS::Athena::WorkGroup")
    assert {one["WorkGroup"] for one in (*saved, *prepared)} == {workgroup}
    assert all('FROM "reconciliation_dev"."' in sql for _, _, sql in wanted)
