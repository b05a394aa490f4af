"""Names and values put into the base to hurt: read as they are, told in one line, run by nobody.

Invalid encodings: test_unreadable.py; awkward texts, drawn: test_texts.py; sentences, drawn:
tests/attacks/test_names_of_the_base.py.
"""

from collections.abc import Iterator
from typing import Any

import pytest

from local.postgres import READER
from reconciliation.adapters.database.base import Share
from tests.database.bases import refused, rows, snapshot
from tests.database.conftest import ALTER, DAY, MYSQL, POSTGRES, Server

pytestmark = pytest.mark.stack
MIB = 1_000_000
VALUES = (
    "=cmd|' /C calc'!A0", "@SUM(1)", "\x1b[2J\x07", "a\x7f\x85b", "\u202eofni",
    "'; DROP TABLE transacoes; --",

    "{{7*7}}<script>alert(1)</script>", "\\N", "\\.", "NULL", "x" * MIB, "\n" * 1_000, "é\u0301" * 100_000,
)  # fmt: skip
HOSTILE_SCHEMA = '"<schema>; DROP TABLE vitima; --"'


@pytest.fixture
def wide(server: Server) -> Server:
    """Its names take any text."""
    change = "ALTER COLUMN nome TYPE text" if server.engine == "postgres" else "MODIFY nome longtext"
    server.execute(f"{ALTER} {change}")
    return server


@pytest.mark.parametrize("readers", [1, 3])
def test_values_are_read_as_they_are(wide: Server, readers: int) -> None:
    values = VALUES if wide.engine == "postgres" else (*VALUES, "a\0b", "\0")
    wide.insert(*(("F1", f"O{n}", value, "A", DAY, "1.00") for n, value in enumerate(values)))
    wanted = sorted(("F1", f"O{n}", value.strip(" \t"), "A", DAY, 100) for n, value in enumerate(values))
    with snapshot(wide.secret, 60) as base:
        shares = base.share(readers) if readers > 1 else []
        found = [row for share in shares for row in rows_of(share)] or rows(base.day_rows(DAY))
        assert sorted(found) == wanted
        assert rows(base.rows_of([row[1] for row in wanted])) == wanted


def rows_of(share: Share) -> list[tuple[Any, ...]]:
    with share.open() as reader:
        return rows(reader.day_rows(DAY))


@MYSQL
def test_a_frame_of_long_rows_is_a_short_one(wide: Server) -> None:
    """20,000 rows of a megabyte each would be one list in memory."""
    wide.insert(*(("F1", f"O{n}", "x" * MIB, "A", DAY, "1.00") for n in range(120)))
    with snapshot(wide.secret, 60) as base:
        heights = [frame.height for frame in base.day_rows(DAY)]
    assert sum(heights) == 120
    assert max(heights) <= 100


def test_a_password_of_any_letters_is_one(server: Server) -> None:
    """pymysql sends a text as Latin-1, which has no `Ā` and another `é`."""
    at = "" if server.engine == "postgres" else "@'%'"
    password = "PASSWORD" if server.engine == "postgres" else "IDENTIFIED BY"
    everything = "transacoes" if server.engine == "postgres" else "conciliacao.*"
    server.execute(
        f"DROP USER IF EXISTS alguem{at}", f"CREATE USER alguem{at} {password} 'sénha-Ā-日本'",
        f"GRANT SELECT ON {everything} TO alguem{at}",
    )  # fmt: skip
    try:
        with snapshot({**server.secret, "username": "alguem", "password": "sénha-Ā-日本"}, 60) as base:
            assert rows(base.day_rows(DAY)) == []
    finally:
        server.execute(f"REVOKE SELECT ON {everything} FROM alguem{at}", f"DROP USER alguem{at}")


@POSTGRES
def test_a_key_without_end_is_read(server: Server) -> None:
    """An index takes a key of some 100 KB where it compresses well."""
    server.execute(f"{ALTER} ALTER COLUMN ordem_id TYPE text")
    server.insert(("F1", "k" * 100_000, "Ana", "A", DAY, "1.00"))
    with snapshot(server.secret, 60) as base:
        assert [len(row[1]) for row in rows(base.day_rows(DAY))] == [100_000]


@pytest.fixture
def elsewhere(server: Server) -> Iterator[Server]:
    server.execute(
        "DROP TABLE transacoes", "CREATE TABLE vitima (a int)", f"CREATE SCHEMA {HOSTILE_SCHEMA}",
        f"CREATE TABLE {HOSTILE_SCHEMA}.transacoes (a int)",
    )  # fmt: skip
    yield server
    server.execute(
        f"DROP SCHEMA {HOSTILE_SCHEMA} CASCADE", "DROP TABLE IF EXISTS vitima",
        f"ALTER ROLE {READER} IN DATABASE {server.secret['dbname']} RESET search_path",
    )  # fmt: skip


@POSTGRES
def test_a_schemas_name_runs_nothing(elsewhere: Server) -> None:
    """What the message offers does what it says, pasted whole by the table's owner, and nothing else."""
    failure = refused(elsewhere)
    assert failure is not None
    assert failure.code == "E_BASE_SCHEMA"
    offered = str(failure).partition(": ")[2].replace("usuário", READER)
    connection = elsewhere.connect()
    with connection.cursor() as cursor:
        cursor.execute(offered)  # several statements at once, as a person pastes them
    connection.close()
    assert elsewhere.ask("SELECT count(*) FROM vitima") == 0, "the table is there"
    with_rights = f"SELECT has_table_privilege('{READER}', '{HOSTILE_SCHEMA}.transacoes', 'SELECT')"
    assert elsewhere.ask(with_rights) is True


@POSTGRES
def test_columns_and_policies_with_any_name(server: Server) -> None:
    """A table may have 1,600 columns of 63 bytes each."""
    names = [
        '"c: DROP TABLE transacoes;"',
        '"a\nRDS_AUTH: b"',
        '"<!channel>"',
        *(f'"{"x" * 55}{n}"' for n in range(600)),
    ]
    server.execute(f"{ALTER} DROP COLUMN nome, {', '.join(f'ADD COLUMN {name} int' for name in names)}")
    failure = refused(server)
    assert failure is not None
    assert failure.code == "E_BASE_SCHEMA"
    assert len(str(failure)) < 6_000
    assert str(failure).isprintable()
    assert '"c: DROP TABLE transacoes;"' in str(failure)
