"""An index that MySQL's or MariaDB's optimizer does not see keeps keys unique, and nothing is read by it."""

import pymysql
import pytest

from reconciliation import wording
from reconciliation.adapters.database import preflight
from reconciliation.adapters.database.base import SqlBase
from reconciliation.adapters.database.mysql.statements import execute
from reconciliation.errors import ReconciliationError
from tests.database.awkward import offered, run
from tests.database.bases import keys, snapshot
from tests.database.conftest import ALTER, DAY, MYSQL, Server

pytestmark = [pytest.mark.stack, MYSQL]
HIDDEN = {"mysql": "INVISIBLE", "mariadb": "IGNORED"}
NAMED = {"mysql": " MySQL: ", "mariadb": " MariaDB: "}
SHOWN = {"mysql": "mysql.visible", "mariadb": "mysql.not_ignored"}


@pytest.fixture
def plain(server: Server) -> Server:
    """Keys may be NULL, as in the runbook's table: a unique index on ones that may not is the primary key."""
    server.execute(f"{ALTER} MODIFY ordem_id varchar(255) NULL")
    server.insert(*(("F", f"O{n}", "a", "A", DAY, 1) for n in range(50)))
    return server


def hide(server: Server, index: str) -> None:
    server.execute(f"{ALTER} ALTER INDEX {index} {HIDDEN[server.name]}")


def warnings(server: Server) -> dict[str, int]:
    with snapshot(server.secret, 60) as base:
        assert base.facts["unique_proof"] == "index"
        assert keys(base.rows_of(["O1", "O2", "X"])) == ["O1", "O2"], "slow, and right"
        return base.warnings


@pytest.mark.parametrize("index", ["idx_ordem_id", "idx_data"])
def test_it_alone_is_told_and_shown_by_the_offered_statement(plain: Server, index: str) -> None:
    hide(plain, index)
    assert warnings(plain) == {preflight.INVISIBLE_INDEX: 1}, "another index on data would be a second one"
    with pytest.raises(Exception, match="O1"):
        plain.insert(("F", "O1", "a", "A", DAY, 1))
    _, _, its_own = wording.WARNINGS[preflight.INVISIBLE_INDEX].partition(NAMED[plain.name])
    run(plain, offered(SHOWN[plain.name], its_own).replace("NOME", index))
    assert warnings(plain) == {}


def test_by_a_date_index_that_is_not_seen_nothing_is_asked(plain: Server) -> None:
    hide(plain, "idx_data")
    with snapshot(plain.secret, 60) as base:
        assert base.facts["newest_date"] is None, "it would cost a whole reading"
    plain.execute("CREATE INDEX another ON transacoes(data, nome)")
    assert warnings(plain) == {}
    plain.execute("DROP INDEX another ON transacoes", "DROP INDEX idx_data ON transacoes")
    assert warnings(plain) == {preflight.NO_DATE_INDEX: 1}


@pytest.mark.parametrize("besides", ["(ordem_id, nome)", "(ordem_id(9))"])
def test_another_index_that_finds_keys_will_do(plain: Server, besides: str) -> None:
    hide(plain, "idx_ordem_id")
    plain.execute(f"CREATE INDEX besides ON transacoes {besides}")
    assert warnings(plain) == {}


def test_read_by_dates_alone_no_index_on_the_key_is_needed(plain: Server) -> None:
    plain.execute("DROP INDEX idx_ordem_id ON transacoes", "CREATE INDEX several ON transacoes(ordem_id)")
    hide(plain, "several")
    with snapshot(plain.secret, 60, window_days=9) as base:
        assert base.warnings == {}


def test_a_reading_that_takes_too_long_names_them(plain: Server) -> None:
    """The statements are the server's own, and the indexes' own names are in them."""
    plain.execute(f"{ALTER} RENAME INDEX idx_ordem_id TO `da ``chave`, RENAME INDEX idx_data TO por_data")
    hide(plain, "`da ``chave`")
    hide(plain, "por_data")
    with pytest.raises(ReconciliationError) as failed, snapshot(plain.secret, 1) as base:
        too_long(base)
    text = str(failed.value)
    assert failed.value.code == "RDS_QUERY_TIMEOUT"
    assert "da ``chave`" in text
    assert "por_data" in text
    assert ("INVISIBLE" in text, text.count(": ")) == (True, 1)
    run(plain, text.partition(": ")[2])
    assert warnings(plain) == {}
    with pytest.raises(ReconciliationError) as failed, snapshot(plain.secret, 1) as base:
        too_long(base)
    assert str(failed.value).endswith("ou esperou por um lock")


def test_who_waits_for_a_lock_is_told_of_no_index(plain: Server) -> None:
    hide(plain, "idx_data")
    with snapshot(plain.secret, 60) as base:
        waited = base.session.told(pymysql.err.OperationalError(1205, "Lock wait timeout exceeded"))
    assert waited.code == "RDS_QUERY_TIMEOUT"
    assert str(waited).endswith("ou esperou por um lock")


def too_long(base: SqlBase) -> None:
    execute(
        base.session._connection,
        "SELECT COUNT(*) FROM transacoes a, transacoes b, transacoes c, transacoes d, transacoes e"
        " WHERE CONCAT(a.nome, b.nome, c.nome, d.nome, e.nome) = 'x'",
    )
