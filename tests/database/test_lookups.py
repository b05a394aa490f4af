"""What a look-up and a scan leave alone: the other keys, the index, the snapshot."""

import gc
import sys
from collections.abc import Callable, Iterator

import psycopg2
import psycopg2.extensions
import pytest
from hypothesis import given
from hypothesis import strategies as st

from local import postgres
from reconciliation.adapters.database.base import SqlBase
from reconciliation.adapters.database.mysql import charset
from reconciliation.adapters.database.mysql import padding as mysql_padding
from reconciliation.adapters.database.postgres import encoding
from reconciliation.adapters.database.postgres import padding as postgres_padding
from reconciliation.adapters.database.session import ScanStopped
from tests.database.bases import keys, snapshot
from tests.database.conftest import DAY, MYSQL, POSTGRES, Server
from tests.database.drawn_days import ON_SERVERS, check
from tests.oracle import BaseRow
from tests.strategies import SmallDay, days, held_by, twin_days

pytestmark = pytest.mark.stack

WIDE = "(SELECT a.ordem_id FROM transacoes a, transacoes b, transacoes c, transacoes d) AS wide"
"""A table that nobody can read in a second."""


def padded(base: SqlBase, limit_s: int) -> list[str]:
    return sorted(key for frame in base.padded_keys(limit_s) for key in frame["padded_key"])


def test_a_scan_that_is_stopped_leaves_the_snapshot(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    server.fill(2_000)
    server.insert(("F", " O1", "a", "A", "2026-02-01", 1))
    with snapshot(server.secret, 60) as base:
        assert padded(base, 60) == [" O1"]
        assert base.facts["padded_keys"] == "scan"
        limits = {"postgres": "statement_timeout", "mariadb": "@@max_statement_time"}
        limit = limits.get(server.name, "@@max_execution_time")
        before = asked(base, limit)
        with monkeypatch.context() as slow:
            slow.setattr(
                postgres_padding, "_SCAN", postgres_padding._SCAN.replace("FROM transacoes", f"FROM {WIDE}")
            )
            slow.setattr(mysql_padding, "TABLE", WIDE)
            with pytest.raises(ScanStopped):
                padded(base, 1)
        assert base.facts["padded_keys"] == "unproved"
        server.insert(("F", "late", "a", "A", DAY, 1))
        assert len(keys(base.day_rows(DAY))) == 2_000
        assert keys(base.rows_of(["K7", "late", " O1"])) == ["K7", "O1"]
        assert padded(base, 60) == [" O1"]
        assert asked(base, limit) == before


def asked(base: SqlBase, setting: str) -> object:
    with base.session._connection.cursor() as cursor:
        cursor.execute(f"SHOW {setting}" if "@" not in setting else f"SELECT {setting}")
        return cursor.fetchall()


@POSTGRES
def test_who_fails_amid_a_scan_is_told_alone(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """The scan is left only once the connection is closed."""
    server.insert(("F", " O1", "a", "A", "2026-02-01", 1))
    behind: list[object] = []
    monkeypatch.setattr(sys, "unraisablehook", behind.append)
    left = []

    def fail_amid(scan: Iterator[object]) -> None:
        left.append(scan)
        raise ZeroDivisionError(next(scan))

    with pytest.raises(ZeroDivisionError), snapshot(server.secret, 60) as base:
        fail_amid(base.padded_keys(60))
    left.clear()
    gc.collect()
    assert behind == []


@POSTGRES
def test_a_character_is_asked_for_once(
    encoded: Callable[[str], Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, converts = list[str](), encoding._converts
    monkeypatch.setattr(encoding, "_converts", lambda at, text: asked.append(text) or converts(at, text))
    with snapshot(encoded("LATIN1").secret, 60) as base:
        for seen in ["é", "😀", "é😀"], ["é", "😀"], ["o1"]:
            assert keys(base.rows_of(seen)) == []
        assert asked == ["é😀", "é", "😀"]
        assert keys(base.rows_of(["éç"])) == []
        assert asked[3:] == ["ç"]


@MYSQL
def test_a_character_of_a_column_is_asked_for_once(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    server.execute("ALTER TABLE transacoes MODIFY ordem_id varchar(255) CHARACTER SET latin1 NOT NULL")
    asked, execute = list[object](), charset.execute
    with snapshot(server.secret, 60) as base:
        assert keys(base.rows_of(["x"])) == []  # by now the column's set is known
        monkeypatch.setattr(charset, "execute", lambda *said: asked.extend(said[2:]) or execute(*said))
        for seen in ["é", "😀"], ["é", "😀x"], ["ç"]:
            assert keys(base.rows_of(seen)) == []
    assert asked == ["é", "😀", "ç"]


def test_a_base_whose_every_key_is_padded(server: Server) -> None:
    server.fill(30_000)
    server.execute("UPDATE transacoes SET ordem_id = concat(' ', ordem_id)")
    with snapshot(server.secret, 60) as base:
        frames = [frame.height for frame in base.padded_keys(60)]
        assert sum(frames) == 30_000
        stored = [f" K{n}" for n in range(1, 3_001)]
        assert len(keys(base.rows_of([key.strip() for key in stored], stored))) == 3_000
        assert keys(base.rows_of(["K1"], stored, DAY)) == []


STRANGE = [f"O–{n}" for n in range(500)] + [f"😀Ω\x81{n}" for n in range(500)]


@MYSQL
@pytest.mark.parametrize("charset", ["latin1", "utf8mb3", "ascii", "ucs2", "utf8mb4"])
def test_keys_that_the_column_lacks_cost_the_others_no_index(server: Server, charset: str) -> None:
    server.execute(f"ALTER TABLE transacoes MODIFY ordem_id varchar(190) CHARACTER SET {charset} NOT NULL")
    server.fill(20_000)
    server.execute("ANALYZE TABLE transacoes")
    wanted = [f"K{n}" for n in range(1, 1_001)]
    with snapshot(server.secret, 60) as base:
        reads_before = rows_read(base)
        assert keys(base.rows_of([*wanted, *STRANGE], (), None)) == sorted(wanted)
        assert rows_read(base) - reads_before < 10_000, "of 20,000: by the index, not the table"


def rows_read(base: SqlBase) -> int:
    """By this session, in whatever order, from tables and indexes."""
    with base.session._connection.cursor() as cursor:
        cursor.execute("SHOW SESSION STATUS LIKE 'Handler_read%'")
        counted = dict(cursor.fetchall())
    return sum(int(counted[f"Handler_read_{how}"]) for how in ("next", "rnd_next", "first", "key"))


@POSTGRES
@pytest.mark.parametrize("proof", ["", "CREATE UNIQUE INDEX t ON transacoes (btrim(ordem_id, E' \\t'))"])
@pytest.mark.parametrize("kind", ["varchar(255)", "text", "char(40)"])
def test_the_index_is_used(server: Server, kind: str, proof: str) -> None:
    server.execute(f"ALTER TABLE transacoes ALTER ordem_id TYPE {kind}", *filter(None, [proof]))
    server.fill(20_000)
    server.execute("ANALYZE transacoes")
    before = index_scans(server)
    wanted = [f"K{n}" for n in range(1, 101)]
    with snapshot(server.secret, 60) as base:
        assert keys(base.rows_of(wanted, (), DAY)) == []
        assert keys(base.rows_of(wanted)) == sorted(wanted)
    for _ in range(100):  # told some time after the session's end
        if index_scans(server) - before >= 2:
            return
    raise AssertionError("the table was read")


def index_scans(server: Server) -> int:
    return int(
        server.ask(
            "SELECT coalesce(sum(idx_scan), 0) FROM pg_stat_user_indexes WHERE relname = 'transacoes'"
            " AND indexrelname IN ('idx_ordem_id', 't')"
        )
    )


@pytest.fixture
def encoded(started: Server) -> Callable[[str], Server]:
    """A database of that encoding, with an empty table."""

    def create(encoding: str) -> Server:
        name = f"in_{encoding.lower()}"
        started.execute(
            f"DROP DATABASE IF EXISTS {name}",
            f"CREATE DATABASE {name} ENCODING '{encoding}' TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'",
        )

        def connect() -> object:
            url = psycopg2.extensions.make_dsn(started.connect().dsn, dbname=name)
            password = started.connect().info.password
            connection = psycopg2.connect(url, password=password)
            connection.autocommit = True
            connection.set_client_encoding("UTF8")
            return connection

        other = Server("postgres", {**started.secret, "dbname": name}, started.certificates, connect)
        other.execute(
            "CREATE TABLE transacoes (fornecedor_id text, ordem_id varchar(255) NOT NULL, nome text,"
            " ativo_id text, data date, valor numeric(18,2))",
            "CREATE UNIQUE INDEX idx_ordem_id ON transacoes(ordem_id)",
            "CREATE INDEX idx_data ON transacoes(data)",
            f"GRANT SELECT ON transacoes TO {postgres.READER}",
        )
        return other

    return create


ENCODINGS = {"LATIN1": "latin-1", "WIN1252": "cp1252", "SQL_ASCII": "utf-8", "EUC_JP": "euc_jp"}


@POSTGRES
@pytest.mark.deep
@pytest.mark.parametrize("encoding", sorted(ENCODINGS))
def test_a_character_that_the_database_lacks(encoded: Callable[[str], Server], encoding: str) -> None:
    server = encoded(encoding)

    @ON_SERVERS
    @given(day=st.one_of(days(), twin_days()), readers=st.integers(1, 2))
    def run(day: SmallDay, readers: int) -> None:
        anchor = BaseRow("F1", "ANCORA", "Ana", "PETR4", DAY, None)
        texts = held_by(day.base, ENCODINGS[encoding])
        plain = [row for row in texts if all(str(text or "").isascii() for text in (row[0], row[2], row[3]))]
        check(server, SmallDay(day.file, [*plain, anchor]), "varchar(255)", readers)

    run()
    with snapshot(server.secret, 60) as base:
        assert keys(base.rows_of([*STRANGE, "ANCORA"])) == ["ANCORA"]
