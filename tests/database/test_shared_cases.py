"""The shared inputs that went wrong, as far as a base decides them: each on the servers of its name."""

import csv
from pathlib import Path
from typing import Any

import pytest

from local.postgres import READER
from reconciliation.config import Rules
from reconciliation.errors import ReconciliationError
from tests.cases.case import HEADER
from tests.database.awkward import run
from tests.database.bases import advised, refused, snapshot
from tests.database.conftest import MYSQL, POSTGRES, Pooled, Server
from tests.jobs.whole_day import run_day

pytestmark = pytest.mark.stack
CASES = Path(__file__).resolve().parents[1] / "jobs" / "shared_cases"
LINES = ("F1;O1;Ana;PETR4;2026-02-16;10.50", "FP;PAD-1;pad;A;2026-02-16;1.00")


def make(server: Server, name: str) -> None:
    """The base of that case in the place of the fixture's; what follows a statement is a remark."""
    server.execute("DROP TABLE transacoes")
    statements = (CASES / f"{name}.sql").read_text(encoding="utf-8").splitlines()
    server.execute(*(statement.partition("; --")[0].removesuffix(";") for statement in statements))
    if server.engine == "postgres":
        server.execute(f"GRANT SELECT ON transacoes TO {READER}")


def published(secret: dict[str, Any], lines: tuple[str, ...]) -> list[tuple[str, str, str]]:
    """Of each divergence its type, key and fields."""
    file = "\n".join((HEADER, *lines, "")).encode()
    day = run_day(file, [], Rules(max_rejected_share=1), open_base=lambda: snapshot(secret, 60))
    names = ("tipo_divergencia", "ordem_id", "campos_divergentes")
    return [tuple(row[name] for name in names) for row in day.divergences]


@POSTGRES
def test_a_padded_key_of_another_date(server: Server) -> None:
    make(server, "A2-padded-key-postgres")
    assert published(server.secret, LINES) == [("TIPO_3", "O1", "data")]


@pytest.mark.parametrize("started", ["postgres", "mysql"], indirect=True)
def test_two_keys_that_only_blanks_set_apart(server: Server) -> None:
    """Where the base takes both: MariaDB's default collation does not."""
    with (CASES / "A2-base.csv").open(encoding="utf-8", newline="") as rows:
        server.insert(*(tuple(row) for row in list(csv.reader(rows, delimiter=";"))[1:]))
    lines = (CASES / "A2-file.csv").read_text(encoding="utf-8").splitlines()[1:]
    with pytest.raises(ReconciliationError) as failed:
        published(server.secret, tuple(lines))
    assert failed.value.code == "E_BASE_DUP_OR_NULL_KEY"
    others = tuple(line for line in lines if ";O2;" not in line)
    server.execute("DELETE FROM transacoes WHERE ordem_id = 'O2'")
    assert published(server.secret, others)[:1] == [("TIPO_3", "O1", "data")]


@MYSQL
def test_a_key_that_the_column_s_set_lacks(server: Server) -> None:
    make(server, "A3-latin1-mysql")
    lines = (CASES / "A3-file-en-dash.csv").read_text(encoding="utf-8").splitlines()[1:]
    assert published(server.secret, tuple(lines)) == [("TIPO_1", "O–1", "")]


@POSTGRES
def test_a_pooler_that_ignores_options(server: Server, pooler: Pooled) -> None:
    try:
        make(server, "A4-pooler-timestamptz")
        assert published(pooler("session", "options"), LINES) == []
    finally:
        server.execute("ALTER DATABASE conciliacao RESET timezone")


@MYSQL
def test_a_server_that_limits_rows(server: Server) -> None:
    try:
        make(server, "A5-select-limit-mysql")
        lines = tuple(f"F1;K{n};Ana;PETR4;2026-02-16;1.00" for n in range(1, 1001))
        assert published(server.secret, lines) == []
    finally:
        server.execute("SET GLOBAL init_connect = ''")


@POSTGRES
def test_what_is_advised_for_amounts_without_a_scale_rounds_nothing(server: Server) -> None:
    make(server, "Q1-advice-rounds-postgres")
    failure = refused(server)
    assert failure
    assert failure.code == "E_BASE_SCHEMA"
    assert [run(server, statement)[0][0] for statement in advised(failure)] == ["O1"]
    assert str(server.ask("SELECT valor FROM transacoes")) == "10.505"


@POSTGRES
def test_a_view_is_refused_by_its_name(server: Server) -> None:
    server.execute("DROP TABLE IF EXISTS t_real CASCADE")
    try:
        make(server, "U-view-postgres")
        failure = refused(server)
        assert failure
        assert failure.code == "E_BASE_SCHEMA"
        assert str(failure).startswith("transacoes é uma view sobre t_real")
    finally:
        server.execute("DROP TABLE t_real CASCADE")
