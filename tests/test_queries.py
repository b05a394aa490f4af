"""What `reconciliation-query` takes: a query's name and its parameters, each of its kind; nothing else."""

import json
import shlex
from datetime import date

import pytest

from reconciliation import queries
from reconciliation.deployment import Deployment
from reconciliation.errors import ReconciliationError
from reconciliation.queries import PARAMETERS, QUERIES

HERE = Deployment(region="sa-east-1", account_id="123456789012", suffix="-dev")
EXAMPLES = {name: kind.example for name, kind in PARAMETERS.items()}


@pytest.mark.parametrize("event", [None, {}, "", []])
def test_without_a_name_there_is_nothing_to_ask(event: object) -> None:
    assert queries.wanted(event) is None


@pytest.mark.parametrize(
    "event",
    [
        {"consulta": "SELECT 1"},
        {"consulta": None, "sql": "SELECT 1"},
        {"consulta": ["ordem"]},
        {"sql": "SELECT 1"},
        {"consulta": "indices", "tabela": "clientes"},
        {"consulta": "ordem"},
        {"consulta": "ordem", "ordem_id": "O1", "dia": "2026-02-16"},
        *({"consulta": "ordem", "ordem_id": value} for value in (
            "", 1, None, ["O1"], "a\0", "\ud800", "x" * 256)),
        *({"consulta": "dia_na_base", "dia": value} for value in (
            "16/02/2026", "2026-02-30", "2026-02-16'; DROP", "٢٠٢٦-02-16", "9999-12-31", "2026-02-16\n")),
        *({"consulta": "linhas_com_valor", "valor": value} for value in ("1,5", "1e3", "x", "1 OR 1=1", 1.5)),
    ],
)  # fmt: skip
def test_what_is_no_query_is_refused_and_no_value_is_repeated(event: dict[str, object]) -> None:
    with pytest.raises(ReconciliationError) as refused:
        queries.wanted(event)
    assert refused.value.code == "INVALID_INPUT"
    for name, value in event.items():
        if name not in ("consulta", "tabela") and isinstance(value, str) and len(value) > 2:
            assert value not in str(refused.value)


@pytest.mark.parametrize("name", QUERIES)
def test_a_query_is_asked_by_its_command(name: str) -> None:
    given = {parameter: EXAMPLES[parameter] for parameter in QUERIES[name].parameters}
    words = shlex.split(queries.command(HERE, name, **given))
    assert words[:5] == ["aws", "lambda", "invoke", "--function-name", "reconciliation-query-dev"]
    event = json.loads(words[words.index("--payload") + 1])
    wanted = queries.wanted(event)
    assert wanted
    assert (wanted.name, wanted.given) == (name, given)


@pytest.mark.parametrize("name", QUERIES)
def test_a_query_reads_and_binds_what_it_is_given(name: str) -> None:
    query = QUERIES[name]
    for statement in query.statements.values():
        words = statement.strip().rstrip(";")
        assert words.startswith(("SELECT", "SHOW INDEX", "EXPLAIN SELECT"))
        assert ";" not in words
        days = query.parameters.count("dia")
        assert words.count("%s") == len(query.parameters) + days
        assert query.parameters == () or words.count("%") == words.count("%s")
        assert query.of_rows or not query.parameters


def test_a_command_is_made_of_nothing_else() -> None:
    with pytest.raises(ReconciliationError):
        queries.command(HERE, "ordem", ordem_id="x" * 256)


def test_a_day_ends_where_the_next_one_begins() -> None:
    day = date(2026, 12, 31)
    assert queries.bounds(day, has_moments=False) == ("2026-12-31", "2027-01-01")
    assert queries.bounds(day, has_moments=True) == ("2026-12-31 03:00:00", "2027-01-01 03:00:00")
