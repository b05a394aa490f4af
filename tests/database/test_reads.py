"""What the base's readers give back, on real servers: values, keys byte for byte, one snapshot."""

from datetime import date

import pytest

from reconciliation.errors import ReconciliationError
from tests.database.bases import keys, rows, snapshot
from tests.database.conftest import DAY, MYSQL, POSTGRES, Server

pytestmark = pytest.mark.stack
NASTY = "O'; DROP TABLE transacoes; --\\"


def refusal(server: Server, day: date = DAY) -> ReconciliationError:
    with pytest.raises(ReconciliationError) as refused, snapshot(server.secret, 60) as base:
        list(base.day_rows(day))
    return refused.value


def test_rows_and_keys_travel_as_data(server: Server) -> None:
    server.insert(
        (" F1 ", "O1", 'a "quoted",\nname;ç😀', None, DAY, "10.50"),
        ("F1", NASTY, "", "A", date(2026, 2, 1), "-0.01"),
        ("F1", "o2", None, "\t ", None, None),
        ("\u00a0F1", "o3\u2003", "\u00a0a\u3000", "A", None, None),  # no blanks of ASCII: kept
    )
    with snapshot(server.secret, 60) as base:
        assert rows(base.day_rows(DAY)) == [("F1", "O1", 'a "quoted",\nname;ç😀', "", DAY, 1050)]
        assert rows(base.rows_of([NASTY, "o2", "absent"])) == [
            ("F1", NASTY, "", "A", date(2026, 2, 1), -1),
            ("F1", "o2", "", "", None, None),
        ]
        assert rows(base.rows_of(["o3\u2003", "o3"])) == [
            ("\u00a0F1", "o3\u2003", "\u00a0a\u3000", "A", None, None)
        ]
        assert rows(base.day_rows(date(2020, 1, 1))) == []
        assert rows(base.rows_of([])) == []


@pytest.mark.parametrize(
    ("valor", "cents"),
    [
        ("9999999999999999.99", 999999999999999999),
        ("-9999999999999999.99", -999999999999999999),
        ("0.07", 7),
        ("-0.00", 0),
        ("1152921504606846.97", 115292150460684697),  # no float holds it
    ],
)
def test_money_is_exact(server: Server, valor: str, cents: int) -> None:
    server.insert(("F", "O1", "a", "A", DAY, valor))
    with snapshot(server.secret, 60) as base:
        assert [row[-1] for row in rows(base.day_rows(DAY))] == [cents]


@pytest.mark.parametrize("kind", ["numeric(17,1)", "numeric(5,0)", "integer", "smallint"])
def test_money_of_a_narrower_type_is_money(server: Server, kind: str) -> None:
    server.execute(
        "ALTER TABLE transacoes DROP COLUMN valor", f"ALTER TABLE transacoes ADD COLUMN valor {kind}"
    )
    server.insert(("F", "O1", "a", "A", DAY, 12))
    with snapshot(server.secret, 60) as base:
        assert [row[-1] for row in rows(base.day_rows(DAY))] == [1200]


def test_an_amount_beyond_the_contract_is_no_null(server: Server) -> None:
    server.execute(
        "ALTER TABLE transacoes DROP COLUMN valor", "ALTER TABLE transacoes ADD COLUMN valor numeric(18,0)"
    )
    server.insert(("F", "O1", "a", "A", DAY, "99999999999999999"))
    refused = refusal(server)
    assert (refused.code, "valor" in str(refused)) == ("E_BASE_SCHEMA", True)


@POSTGRES
def test_what_is_no_amount_is_refused(server: Server) -> None:
    server.insert(("F", "O1", "a", "A", DAY, "NaN"), ("F", "o1", "a", "A", "2026-02-15", "NaN"))
    refused = refusal(server)
    assert refused.code == "E_BASE_SCHEMA"
    assert str(refused).endswith("SELECT ordem_id FROM transacoes WHERE valor = 'NaN';")
    with pytest.raises(ReconciliationError, match="valor = 'NaN'"), snapshot(server.secret, 60) as base:
        list(base.rows_of(["o1"]))


def test_keys_are_compared_byte_for_byte(server: Server) -> None:
    elsewhere = date(2026, 2, 1)
    server.insert(*(("F", key, "a", "A", elsewhere, 1) for key in ("ORD-1", "é", "straße", "ABC")))
    with snapshot(server.secret, 60) as base:
        assert keys(base.rows_of(["ord-1", "e", "strasse", "abc", "ABC "])) == []
        assert keys(base.rows_of(["ORD-1", "ord-1", "é", "ABC"])) == ["ABC", "ORD-1", "é"]


@pytest.mark.parametrize("kind", ["char(12)", "varchar(12)"])
def test_padding_is_no_part_of_a_key(server: Server, kind: str) -> None:
    server.execute(
        "ALTER TABLE transacoes DROP COLUMN ordem_id", f"ALTER TABLE transacoes ADD ordem_id {kind}"
    )
    server.execute("CREATE UNIQUE INDEX k ON transacoes(ordem_id)")
    columns = "(ordem_id, fornecedor_id, data, valor)"
    server.execute(
        f"INSERT INTO transacoes {columns} VALUES (' O1  ', 'F', '{DAY}', 1), ('O2', 'F', '2026-02-01', 1)"
    )
    with snapshot(server.secret, 60) as base:
        assert keys(base.day_rows(DAY)) == ["O1"]
        assert keys(base.rows_of(["O2", "o2"])) == ["O2"]


@MYSQL
@pytest.mark.parametrize(
    "charset",
    [
        "latin1",
        "latin1 COLLATE latin1_bin",
        "utf8mb3",
        "utf8mb4 COLLATE utf8mb4_unicode_ci",
        "utf8mb4 COLLATE utf8mb4_bin",
    ],
)
def test_any_character_set_holds_the_keys(server: Server, charset: str) -> None:
    server.execute(f"ALTER TABLE transacoes MODIFY ordem_id varchar(255) CHARACTER SET {charset} NOT NULL")
    server.insert(("F", "ação", "a", "A", DAY, 1), ("F", "O1  ", "a", "A", None, 1))
    with snapshot(server.secret, 60) as base:
        assert keys(base.rows_of(["ação", "acao", "Ω", "😀", "O1", "o1"])) == ["O1", "ação"]


@pytest.mark.parametrize("key", [None, "", " \t "])
def test_a_row_of_the_day_without_a_key_is_refused(server: Server, key: str | None) -> None:
    nullable = {"postgres": "ALTER COLUMN ordem_id DROP NOT NULL", "mysql": "MODIFY ordem_id varchar(255)"}
    server.execute(f"ALTER TABLE transacoes {nullable[server.engine]}")
    server.insert(("F", "O1", "a", "A", DAY, 1), ("F", key, "a", "A", DAY, 1))
    assert refusal(server).code == "E_BASE_DUP_OR_NULL_KEY"


def test_more_keys_than_one_lookup_takes(server: Server) -> None:
    wanted = [f"K{n}" for n in range(1, 12_002)]
    server.fill(12_001)
    with snapshot(server.secret, 60) as base:
        assert keys(base.rows_of(wanted)) == sorted(wanted)
        assert keys(base.day_rows(DAY)) == sorted(wanted)


MOMENTS = {
    "postgres": [("timestamp", "2026-02-16 23:59:59.9"), ("timestamptz", "2026-02-17 02:59:59+00")],
    "mysql": [("datetime(6)", "2026-02-16 23:59:59.9"), ("timestamp", "2026-02-17 02:59:59")],
}


@pytest.mark.parametrize("which", [0, 1])
def test_a_moment_is_a_date_in_sao_paulo(server: Server, which: int) -> None:
    kind, moment = MOMENTS[server.engine][which]
    in_utc = {"postgres": "SET TimeZone = 'UTC'", "mysql": "SET time_zone = '+00:00'"}[server.engine]
    server.execute(
        "ALTER TABLE transacoes DROP COLUMN data",
        f"ALTER TABLE transacoes ADD COLUMN data {kind} NULL",
        in_utc,
        f"INSERT INTO transacoes (ordem_id, data) VALUES ('O1', '{moment}'), ('O2', '2026-02-17 03:00:00')",
    )
    with snapshot(server.secret, 60) as base:
        assert [row[4] for row in rows(base.day_rows(DAY))] == [DAY]
        assert [row[4] for row in rows(base.rows_of(["O1", "O2"]))] == [DAY, date(2026, 2, 17)]


def test_a_writer_during_the_read_changes_nothing(server: Server) -> None:
    server.insert(("F1", "O1", "a", "A", DAY, 1), ("F1", "O9", "a", "A", date(2026, 2, 1), 9))
    with snapshot(server.secret, 60) as base:
        server.insert(("F1", "O0", "a", "A", DAY, 2))
        before = rows(base.day_rows(DAY))
        server.insert(("F1", "O2", "a", "A", DAY, 2))
        server.execute("UPDATE transacoes SET valor = 99", "DELETE FROM transacoes WHERE ordem_id = 'O9'")
        assert rows(base.day_rows(DAY)) == before
        assert [row[1] for row in before] == ["O1"]
        assert [(row[1], row[-1]) for row in rows(base.rows_of(["O0", "O1", "O2", "O9"]))] == [
            ("O1", 100),
            ("O9", 900),
        ]
