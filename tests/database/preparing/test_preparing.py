"""Table, indexes, reader and extension come into being on real servers, and nothing that is there changes."""

from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg2
import pymysql
import pytest

from reconciliation.access.preparing import ACTIONS, MAKING, Preparation, action_of
from reconciliation.adapters.database.connecting import engine_of, session
from reconciliation.errors import ReconciliationError
from tests.database.awkward import seen
from tests.database.bases import rows, snapshot
from tests.database.conftest import DAY, POSTGRES
from tests.database.emptied import OWNER, USER, Empty
from tests.database.tls import front, without
from tests.smoke import file_of_the_page

pytestmark = pytest.mark.stack
STEPS = ["tabela", "indice_unico", "indice_data", "usuario", "leitura", "extensao"]
ORACLES = pytest.mark.parametrize("started", ["mysql"], indirect=True)
FITTING = """
CREATE TABLE transacoes (fornecedor_id varchar(40), ordem_id varchar(40) NOT NULL, nome varchar(40),
                         ativo_id varchar(40), data date, valor numeric(12,2), criado timestamp NULL)
"""


def all_but_the_extension(state: str) -> dict[str, str]:
    """No server here brings it, and none is waited for."""
    return dict.fromkeys(STEPS, state) | {"extensao": "nada_a_fazer"}


def test_from_an_empty_server_to_a_base_that_a_run_reads(empty: Empty) -> None:
    assert empty.states("verificar") == all_but_the_extension("falta")
    assert empty.states("tudo") == all_but_the_extension("feito")
    with snapshot(empty.reader, 60) as base:
        assert (list(base.day_rows(DAY)), base.warnings) == ([], {})
    before = seen(empty.server)
    for action in ("tudo", "verificar"):
        assert empty.states(action) == all_but_the_extension("nada_a_fazer")
    assert seen(empty.server) == before


def test_each_part_goes_on_where_another_ended(empty: Empty) -> None:
    for action in ("criar_indices", "criar_usuario"):
        assert "criar_tabela" in empty.refused(action).detalhe
    assert empty.states("criar_tabela") == {"tabela": "feito"}
    assert empty.states("criar_usuario")["usuario"] == "nada_a_fazer", "made before its right was refused"
    assert empty.states("tudo") == all_but_the_extension("nada_a_fazer") | {
        "indice_unico": "feito",
        "indice_data": "feito",
    }


def test_the_reader_only_reads(empty: Empty) -> None:
    empty.prepare("tudo")
    empty.server.insert(("F", "O1", "a", "A", DAY, "10.50"), ("F", "o1", "a", "A", DAY, "10.50"))
    with snapshot(empty.reader, 60) as base:
        assert sum(frame.height for frame in base.day_rows(DAY)) == 2, "keys are told apart by their bytes"
        with base.session._connection.cursor() as cursor:
            cursor.execute("ROLLBACK")
            with pytest.raises((psycopg2.Error, pymysql.MySQLError), match="denied"):
                cursor.execute("DELETE FROM transacoes")
    assert empty.server.ask("SELECT count(*) FROM transacoes") == 2


def test_a_table_that_holds_the_contract_is_kept_as_it_is(empty: Empty) -> None:
    empty.server.execute(FITTING)
    before = seen(empty.server)
    assert empty.states("criar_tabela") == {"tabela": "nada_a_fazer"}
    assert seen(empty.server) == before


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ("valor numeric(12,2)", "valor numeric(12,3)", "valor"),
        ("data date", "data varchar(10)", "data"),
        ("nome varchar(40),", "", "nome"),
    ],
)
def test_a_table_that_differs_is_refused_by_its_column(empty: Empty, old: str, new: str, named: str) -> None:
    empty.server.execute(FITTING.replace(old, new))
    before = seen(empty.server)
    outcomes = empty.prepare("tudo")
    assert [(outcome.passo, outcome.codigo) for outcome in outcomes] == [("tabela", "E_BASE_SCHEMA")]
    assert named in outcomes[0].detalhe
    assert seen(empty.server) == before
    looked = empty.prepare("verificar")
    assert [outcome.passo for outcome in looked] == STEPS, "looking goes on"


def test_no_twin_is_made_beside_a_table_of_other_letters(empty: Empty) -> None:
    name = {"postgres": '"Transacoes"', "mysql": "Transacoes"}[empty.server.engine]
    empty.server.execute(FITTING.replace("TABLE transacoes", f"TABLE {name}"))
    try:
        assert "outras letras" in empty.refused("tudo").detalhe
    finally:
        empty.server.execute(f"DROP TABLE {name}")


def test_a_reader_with_another_password_gets_the_secrets_only_when_asked(empty: Empty) -> None:
    assert "criar_usuario" in empty.refused("trocar_senha").detalhe
    empty.prepare("tudo", password="an-0lder-0ne")
    refusal = empty.refused("tudo")
    assert (refusal.passo, refusal.codigo) == ("usuario", "RDS_AUTH")
    assert "trocar_senha" in refusal.detalhe
    looked = empty.states("verificar")
    assert (looked["usuario"], looked["leitura"]) == ("recusado", "recusado"), "its rights are not missing"
    assert empty.states("trocar_senha") == {"senha": "feito"}
    assert empty.states("trocar_senha") == {"senha": "nada_a_fazer"}
    assert empty.states("verificar") == all_but_the_extension("nada_a_fazer")


def test_a_user_that_may_write_is_no_reader_and_keeps_its_password(empty: Empty) -> None:
    """`database_user` may name somebody else's by mistake: a new password would shut them out."""
    empty.prepare("tudo", password="theirs-0f-01d")
    host = "" if empty.server.engine == "postgres" else "@'%'"
    empty.server.execute(f"GRANT INSERT ON transacoes TO {USER}{host}")
    for action in ("criar_usuario", "trocar_senha", "tudo"):
        refusal = empty.refused(action)
        assert (refusal.codigo, "mais do que ler" in refusal.detalhe) == ("RDS_AUTH", True)
    with snapshot({**empty.reader, "password": "theirs-0f-01d"}, 60):
        pass


ELSEWHERE = {
    "postgres": [
        "CREATE TABLE outro.ordens (id int); GRANT INSERT ON outro.ordens TO leitora",
        "CREATE TABLE outro.ordens (id int); GRANT UPDATE (id) ON outro.ordens TO leitora",
        "CREATE SEQUENCE outro.ids; GRANT USAGE ON SEQUENCE outro.ids TO leitora",
        "CREATE TABLE outro.ordens (id int); ALTER TABLE outro.ordens OWNER TO leitora",
        "GRANT CREATE ON SCHEMA outro TO leitora",
        "GRANT pg_write_all_data TO leitora",
    ],
    "mysql": ["CREATE TABLE outro.ordens (id int); GRANT INSERT ON outro.ordens TO leitora@'%'"],
}


def test_a_user_of_another_systems_keeps_its_password(empty: Empty) -> None:
    """The table that is read says nothing of it, nor has to be there."""
    engine = empty.server.engine
    for given in ELSEWHERE[engine]:
        empty.server.execute("DROP SCHEMA IF EXISTS outro" + (" CASCADE" if engine == "postgres" else ""))
        empty.server.execute("CREATE SCHEMA outro")
        empty.prepare("criar_usuario", password="theirs-0f-01d")
        assert empty.prepare("verificar", password="theirs-0f-01d")[3].estado == "nada_a_fazer"
        for statement in given.split("; "):
            empty.server.execute(statement)
        refusal = empty.refused("trocar_senha")
        assert (refusal.codigo, "mais do que ler" in refusal.detalhe) == ("RDS_AUTH", True), given
        empty.server.execute("DROP SCHEMA outro" + (" CASCADE" if engine == "postgres" else ""))
        if engine == "postgres":
            empty.server.execute(f"DROP OWNED BY {USER}; DROP ROLE {USER}")
    if engine == "postgres":
        empty.server.execute("DROP SCHEMA IF EXISTS outro")


def test_the_owner_itself_is_no_reader(empty: Empty) -> None:
    assert "mais do que ler" in empty.prepare("criar_usuario", username=OWNER)[-1].detalhe


def test_two_at_once_do_not_meet(empty: Empty) -> None:
    """The command line asks again after a minute without an answer (aws/aws-cli#2657)."""
    lock = {"postgres": "SELECT pg_advisory_lock(7263544118)", "mysql": None}[empty.server.engine]
    lock = lock or "SELECT GET_LOCK('reconciliation-prepare-base', 0)"
    with closing(empty.server.connect()) as other, other.cursor() as cursor:
        cursor.execute(lock)
        cursor.fetchall()
        refusal = empty.refused("tudo")
        assert (refusal.passo, refusal.codigo) == ("conexao_do_dono", "RDS_QUERY_TIMEOUT")
        assert empty.states("verificar") == all_but_the_extension("falta"), "looking waits for nobody"


def test_the_next_call_meets_nobody_although_the_server_has_not_seen_this_one_leave(empty: Empty) -> None:
    """A server ends a session, and what it holds, some time after the client has hung up."""
    with session(engine_of(empty.owner), empty.owner, MAKING, "") as connected:
        Preparation(connected, empty.reader, "").run("criar_tabela")
        assert empty.states("criar_tabela") == {"tabela": "nada_a_fazer"}


@POSTGRES
def test_no_log_of_postgresql_has_the_password(empty: Empty) -> None:
    empty.server.execute("ALTER ROLE dona SET log_statement = 'all'")
    empty.prepare("tudo", password="an-0lder-0ne")
    empty.prepare("trocar_senha")
    log = (Path(empty.server.ask("SHOW data_directory")).parent / "log").read_text(errors="replace")
    assert f'CREATE ROLE "{USER}" LOGIN PASSWORD ' in log or f"CREATE ROLE {USER} LOGIN PASSWORD " in log
    assert "SCRAM-SHA-256$" in log
    assert not [word for word in ("an-0lder-0ne", empty.reader["password"]) if word in log]


@ORACLES
def test_no_log_of_mysql_has_the_password(empty: Empty) -> None:
    """It puts its hash in their place (manual: "Passwords and Logging")."""
    empty.server.execute("SET GLOBAL log_output = 'TABLE'", "SET GLOBAL general_log = ON")
    try:
        empty.prepare("tudo", password="an-0lder-0ne")
        empty.prepare("trocar_senha")
    finally:
        empty.server.execute("SET GLOBAL general_log = OFF", "SET GLOBAL log_output = 'FILE'")
    said = "SELECT group_concat(CONVERT(argument USING utf8mb4)) FROM mysql.general_log"
    kept = "SELECT group_concat(SQL_TEXT) FROM performance_schema.events_statements_history_long"
    empty.server.execute("SET GLOBAL group_concat_max_len = 10000000")
    logged = f"{empty.server.ask(said)}{empty.server.ask(kept)}"
    assert f"CREATE USER '{USER}'@'%'" in logged
    assert not [word for word in ("an-0lder-0ne", empty.reader["password"]) if word in logged]


def test_the_server_has_to_prove_its_name(empty: Empty) -> None:
    tls, secret = empty.server.certificates, empty.server.secret
    if empty.server.engine == "postgres":
        with front(secret["port"], tls) as port:
            refused = empty.prepare("tudo", str(tls.wrong_ca), port=port)
            done = empty.prepare("tudo", str(tls.ca), port=port)
    else:
        refused, done = (empty.prepare("tudo", str(ca)) for ca in (tls.wrong_ca, tls.ca))
    assert [(outcome.passo, outcome.codigo) for outcome in refused] == [
        ("conexao_do_dono", "RDS_UNREACHABLE")
    ]
    assert {outcome.passo: outcome.estado for outcome in done} == all_but_the_extension("feito")


@ORACLES
def test_no_password_is_set_without_tls(empty: Empty) -> None:
    with without(empty.server.secret["port"]) as (port, sent):
        outcomes = empty.prepare("criar_usuario", port=port)
    assert outcomes[-1].codigo == "RDS_AUTH"
    assert empty.reader["password"].encode() not in sent


@POSTGRES
@pytest.mark.parametrize(
    ("trusted", "script", "states"),
    [
        (True, "CREATE VIEW pg_stat_statements AS SELECT 1 AS calls", ["feito", "nada_a_fazer"]),
        (False, "CREATE VIEW pg_stat_statements AS SELECT 1 AS calls", ["recusado", "recusado"]),
        (
            True,
            "CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION"
            " USING ERRCODE = 'object_not_in_prerequisite_state'; END $$;"
            " CREATE VIEW pg_stat_statements AS SELECT f() AS calls",
            ["recusado", "recusado"],
        ),
    ],
    ids=["made", "not the owner's to make", "not loaded"],
)
def test_the_extension_is_made_where_the_owner_may(
    empty: Empty, tmp_path: Path, trusted: bool, script: str, states: list[str]
) -> None:
    """A stand-in of that name: the embedded server has none. RDS lets its master user make the real one."""
    folder = tmp_path / "extension"
    folder.mkdir()
    control = f"default_version = '1.0'\nsuperuser = true\ntrusted = {str(trusted).lower()}\n"
    (folder / "pg_stat_statements.control").write_text(control)
    (folder / "pg_stat_statements--1.0.sql").write_text(
        f"{script}; GRANT SELECT ON pg_stat_statements TO PUBLIC;\n"
    )
    empty.server.execute(f"ALTER ROLE dona SET extension_control_path = '{tmp_path}:$system'")
    assert [empty.states("criar_extensao")["extensao"] for _ in range(2)] == states
    if "recusado" in states:
        assert ("reinicie" if trusted else "direito") in empty.refused("criar_extensao").detalhe


def test_the_smoke_tests_rows_give_a_divergence_of_each_type(empty: Empty) -> None:
    empty.prepare("tudo")
    assert empty.states("inserir_linhas_de_teste") == {"linhas_de_teste": "feito"}
    assert empty.states("inserir_linhas_de_teste") == {"linhas_de_teste": "nada_a_fazer"}
    with snapshot(empty.reader, 60) as base:
        there = rows(base.day_rows(DAY))
    file = {line.split(";")[1]: line.split(";") for line in file_of_the_page()[1:]}
    shown = {row[1]: [*row[:4], str(row[4]), f"{row[5] / 100:.2f}"] for row in there}
    assert (file.keys() - shown.keys(), shown.keys() - file.keys()) == ({"TESTE-4"}, {"TESTE-3"})
    assert [key for key in file.keys() & shown.keys() if file[key] != shown[key]] == ["TESTE-2"]
    assert empty.states("remover_linhas_de_teste") == {"linhas_de_teste": "feito"}
    assert empty.states("remover_linhas_de_teste") == {"linhas_de_teste": "nada_a_fazer"}
    assert empty.server.ask("SELECT count(*) FROM transacoes") == 0


def test_rows_of_others_are_left_alone(empty: Empty) -> None:
    """Also those that came while the test's were there."""
    empty.prepare("tudo")
    empty.prepare("inserir_linhas_de_teste")
    empty.server.insert(("TESTE", "TESTE-9", "a", "A", DAY, "1.00"), ("F", "O1", "a", "A", DAY, "1.00"))
    assert empty.states("remover_linhas_de_teste") == {"linhas_de_teste": "feito"}
    assert empty.server.ask("SELECT count(*) FROM transacoes") == 2
    assert empty.refused("inserir_linhas_de_teste").codigo == "INVALID_INPUT"
    assert empty.server.ask("SELECT count(*) FROM transacoes") == 2


WRONG: list[Any] = [
    None, {}, [], "tudo", {"acao": "apagar"}, {"acao": ["tudo"]}, {"acao": None},
    {"acao": "tudo", "tabela": "x"}, {"acao": "TUDO"}, {"sql": "DROP TABLE transacoes"},
]  # fmt: skip


@pytest.mark.parametrize("event", WRONG, ids=str)
def test_nothing_but_the_name_of_an_action_is_taken(event: Any) -> None:
    with pytest.raises(ReconciliationError, match="criar_tabela") as refused:
        action_of(event)
    assert refused.value.code == "INVALID_INPUT"


def test_every_action_is_taken() -> None:
    assert [action_of({"acao": action}) for action in ACTIONS] == list(ACTIONS)
