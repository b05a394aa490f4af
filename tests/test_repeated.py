"""What stands in several places says the same: a column, a type, a metric, a bucket, the longest deadline.

docs/changing.md names the places, and `python -m tests.changing` leaves them out one at a time.
"""

import inspect
import re
from collections.abc import Mapping
from dataclasses import fields
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final, get_type_hints

import polars as pl
import pytest

from reconciliation import daily, rates, wording
from reconciliation.adapters.metrics import Metrics
from reconciliation.config import Rules
from reconciliation.contract import COLUMNS, COMPARED, HEADER, SEPARATOR, TEXTS, TIPO_1, TIPO_2, TIPO_3, TYPES
from reconciliation.deployment import BUCKETS
from reconciliation.documents.summary import Cents, ControlTotals, Lines
from reconciliation.errors import ReconciliationError
from reconciliation.kernels.classify import classify
from reconciliation.kernels.lines import _common_shape, parse_lines
from reconciliation.kernels.schemas import BASE, DIVERGENCES, FOUND, REJECTS, SUPPLIERS, VALID
from reconciliation.line import Row, parse_line
from reconciliation.plan import INTERMEDIATE_FORMAT
from reconciliation.report.balance import sums
from reconciliation.run import DEADLINE_MAX_S, Tuning
from reconciliation.totals import Totals
from reconciliation.wording import number

ROOT = Path(__file__).resolve().parents[1]
DAY = date(2026, 2, 16)
FIELDS: Final = {**{name: f"a {name}" for name in TEXTS}, "data": str(DAY), "valor": "10.50"}
LINE: Final = SEPARATOR.join(FIELDS[name] for name in COLUMNS)


def text_of(file: str) -> str:
    return (ROOT / file).read_text(encoding="utf-8")


# --- a column of the contract


def valid_row() -> pl.DataFrame:
    valid, rejects = parse_lines(f"{LINE}\n".encode(), 2, Rules())
    assert rejects.is_empty()
    return valid


def base_row(**changed: str) -> pl.DataFrame:
    row = valid_row().select(BASE.names())
    edits = {"data": pl.lit(date(2026, 2, 15)), "valor": pl.col("valor_cents") + 1}
    return row.with_columns(
        edits.get(name, pl.lit(text)).alias("valor_cents" if name == "valor" else name)
        for name, text in changed.items()
    )


def test_a_line_has_the_contracts_columns_for_rules_and_columns_alike() -> None:
    is_common = pl.select(pl.lit(LINE).str.contains(_common_shape("."))).item()
    assert is_common, "every line would be decided singly"
    assert (*Row._fields, "linha") == tuple(VALID.names())
    assert valid_row().row(0) == (*parse_line(LINE, "."), 2)


@pytest.mark.parametrize("name", COMPARED)
def test_what_differs_in_a_compared_column_is_published_with_both_values(name: str) -> None:
    base = base_row(**{name: "another"})
    (told,) = classify(valid_row(), REJECTS.to_frame(), base, DAY, "J").divergences.to_dicts()
    assert told["campos_divergentes"] == name
    assert told[f"{name}_csv"] != told[f"{name}_base"]


@pytest.mark.parametrize("page", ["README.md", "docs/deploy.md", "runbooks/2.1-falha-na-ingestao.md"])
def test_a_page_shows_the_header(page: str) -> None:
    assert HEADER in text_of(page)


def test_the_design_shows_the_texts_of_a_row() -> None:
    assert f"`{', '.join(TEXTS)}` String" in text_of("docs/design.md")


@pytest.mark.parametrize("engine", ["postgres", "mysql"])
def test_the_table_is_made_with_the_columns(engine: str) -> None:
    file = f"reconciliation/adapters/database/{engine}/base.sql"
    made = re.search(r"CREATE TABLE transacoes \((.*?)\n\)", text_of(file), re.DOTALL)
    assert made
    columns = re.split(r",(?![^()]*\))", made[1])
    assert tuple(column.split()[0] for column in columns) == COLUMNS


INTERMEDIATE: Final = (
    2,
    "TIPO_1 TIPO_2 TIPO_3",
    "fornecedor_id ordem_id nome ativo_id data valor_cents linha",
    "linha codigo detalhe ordem_id fornecedor_id",
    "fornecedor_id ordem_id nome ativo_id data valor_cents padded_key absurd_date",
    "fornecedor_id file_keys file_cents refused_lines base_rows base_cents",
    "tipo_divergencia motivo ordem_id job_id campos_divergentes fornecedor_id fornecedor_id_csv"
    " fornecedor_id_base nome_csv nome_base ativo_id_csv ativo_id_base data_csv data_base valor_csv"
    " valor_base diferenca_valor linha campos_so_invisiveis",
)
"""A format, and what data of that format hold. Whoever changes the second raises the first."""


def test_data_of_other_columns_or_types_are_of_another_format() -> None:
    """Else a resume would go on from parts that lack a column, or were classified by other types."""
    held = [" ".join(schema.names()) for schema in (VALID, REJECTS, FOUND, SUPPLIERS, DIVERGENCES)]
    assert (INTERMEDIATE_FORMAT, " ".join(TYPES), *held) == INTERMEDIATE


# --- a type of divergence

EXAMPLES: Final[Mapping[str, tuple[bool, dict[str, str] | None, str]]] = {
    TIPO_1: (True, None, "AUSENTE_NA_BASE"),
    TIPO_2: (False, {}, "AUSENTE_NO_CSV"),
    TIPO_3: (True, {"nome": "another"}, "CAMPOS"),
}
"""By type: whether the file has the order, what its row in the base has otherwise (None: no row), why."""


@pytest.mark.parametrize("kind", TYPES)
def test_an_order_of_each_type_is_told_with_its_reason(kind: str) -> None:
    in_file, in_base, motivo = EXAMPLES[kind]
    valid = valid_row() if in_file else VALID.to_frame()
    base = BASE.to_frame() if in_base is None else base_row(**in_base)
    (told,) = classify(valid, REJECTS.to_frame(), base, DAY, "J").divergences.to_dicts()
    assert (told["tipo_divergencia"], told["motivo"]) == (kind, motivo)


@pytest.mark.parametrize("kind", TYPES)
def test_each_type_is_part_of_the_control_totals(kind: str) -> None:
    totals = Totals(**{field.name: int(field.name == kind.lower()) for field in fields(Totals)})
    assert totals.types == {name: int(name == kind) for name in TYPES}
    with pytest.raises(ReconciliationError):
        totals.check()
    assert kind.lower() in {field.name for field in fields(Lines)}


def test_each_type_is_shown_to_people() -> None:
    types = {kind: 1_000 + place for place, kind in enumerate(TYPES)}
    today = rates.Figures(
        day="2026-02-16", rate_percent=1.0, types=types, lines=1, base_rows=1, rules_sha256="r"
    )
    told = rates.report(today, [], "https://x")
    assert [kind for kind in TYPES if number(types[kind]) not in told] == []
    assert tuple(wording.TYPES) == TYPES


def test_the_report_adds_up_each_type_and_draws_it() -> None:
    lines = Lines(**dict.fromkeys((field.name for field in fields(Lines)), 1))
    totals = ControlTotals(lines=lines, cents=Cents(file=1, base=1, difference=1))
    terms = {name for each in sums(totals) for name, _ in each.terms}
    assert set(wording.TYPES.values()) <= terms
    style = text_of("reconciliation/report/templates/estilo.css")
    assert [kind for kind in TYPES if f"rect.{kind.lower().replace('_', '-')} {{" not in style] == []


@pytest.mark.parametrize("page", ["README.md", "runbooks/4-ferramentas.md"])
def test_a_page_names_each_type(page: str) -> None:
    assert [kind for kind in TYPES if f"`{kind}`" not in text_of(page)] == []


# --- a metric


def metrics_put() -> set[str]:
    """What all methods of the adapter put together, whatever they are."""
    names: set[str] = set()

    class CloudWatch:
        def put_metric_data(self, **given: Any) -> None:
            names.update(datum["MetricName"] for datum in given["MetricData"])

    samples = {
        str: "J", int: 1, float: 1.0, datetime: datetime.now(UTC), dict[str, float]: {"validation": 1.0},
        dict[str, int]: {},
    }  # fmt: skip
    for name, method in inspect.getmembers(Metrics(CloudWatch()), inspect.ismethod):
        if name.startswith("put_"):
            hints = get_type_hints(method)
            method(*(samples[hints[parameter]] for parameter in inspect.signature(method).parameters))
    return names


def test_the_runbook_names_every_metric_and_no_other() -> None:
    _, _, table = text_of("runbooks/4-ferramentas.md").partition("| métrica | dimensões |")
    rows = table.partition("\n\n")[0].splitlines()
    named = {name for row in rows for name in re.findall(r"`(\w+)`", row.split("|")[1] if "|" in row else "")}
    assert named == metrics_put()


def test_the_dashboard_shows_every_metric() -> None:
    shown = text_of("infra/observability.py")
    assert [name for name in metrics_put() if f'"{name}"' not in shown] == []


# --- a bucket

_BUCKET = re.compile(r"(?:s3://|--bucket )(reconciliation-[a-z-]*[a-z])")
PAGES = [
    "README.md",
    *(str(p.relative_to(ROOT)) for f in ("docs", "runbooks") for p in (ROOT / f).glob("*.md")),
]


@pytest.mark.parametrize("page", sorted(PAGES))
def test_a_page_names_buckets_that_there_are(page: str) -> None:
    named = {name.removesuffix("-dev") for name in _BUCKET.findall(text_of(page))}
    assert named - set(BUCKETS.values()) == set()


# --- the longest deadline

SAID: Final = {
    "README.md": ["{minutes} minutes at most"],
    "docs/design.md": ["{minutes} minutes at most"],
    "docs/deploy.md": ["a run takes {minutes} minutes at most"],
    "docs/settings.md": ["| `deadline_s` | `{usual}` |", "{seconds} at most"],
    "infra/settings.py": ["{seconds} at most"],
    "runbooks/README.md": ["Timeout de {minutes} minutos", "≤ {minutes} minutos", "dos {minutes} minutos"],
    "runbooks/2.1-falha-na-ingestao.md": ["O prazo de {minutes} minutos"],
    "runbooks/2.2-timeout.md": ["timeout de {minutes} minutos", "Timer de {minutes} minutos"],
    "runbooks/2.4-falha-na-entrega.md": ["em {minutes} minutos no máximo"],
    "runbooks/diferencas.md": ["o prazo total é de {minutes} minutos"],
    "state_machine/reconciliation.asl.json": ["at most {minutes} minutes"],
}


@pytest.mark.parametrize("file", SAID)
def test_the_longest_deadline_is_the_one_that_is_said(file: str) -> None:
    words = {"minutes": DEADLINE_MAX_S // 60, "seconds": DEADLINE_MAX_S, "usual": Tuning.deadline_s}
    said = [sentence.format(**words) for sentence in SAID[file]]
    assert [sentence for sentence in said if sentence not in text_of(file)] == []


# --- how much of a bucket the daily check counts


def test_the_objects_that_are_counted_are_as_many_as_is_said() -> None:
    assert f"a mensagem conta até {number(daily.COUNTED_MAX)} objetos" in text_of("runbooks/README.md")
