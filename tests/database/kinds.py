"""The types of each server, and what is read of a column of each: `test_types` goes through the table."""

from typing import Any, NamedTuple

from tests.database import citext
from tests.database.conftest import DAY


class Kind(NamedTuple):
    """A type; what is written into it as SQL, and what must be read: without that, it is refused."""

    sql: str
    written: str = "NULL"
    read: Any = None


PLACES = {"fornecedor_id": 0, "ordem_id": 1, "nome": 2, "ativo_id": 3, "data": 4, "valor": 5}
NAMES, KEYS, DATES, AMOUNTS = "fornecedor_id", "ordem_id", "data", "valor"
TEXTS = [
    Kind("varchar(10)", "'Ação'", "Ação"),
    Kind("text", "'Ação'", "Ação"),
    Kind("char(8)", "'Ação'", "Ação"),
]
NUMBERS = [
    Kind("smallint", "-7", "-7"),
    Kind("integer", "7", "7"),
    Kind("bigint", "9007199254740993", "9007199254740993"),
    Kind("numeric(20,0)", "90071992547409931", "90071992547409931"),
]
NO_NAMES = [Kind("double precision"), Kind("real"), Kind("numeric(10,2)"), Kind("date")]
MONEY = [
    Kind("numeric(18,2)", "9999999999999999.99", 999999999999999999),
    Kind("numeric(17,1)", "-0.1", -10),
    Kind("numeric(5,0)", "12345", 1234500),
    Kind("smallint", "-7", -700),
    Kind("integer", "2147483647", 214748364700),
    Kind("numeric(19,2)"),
    Kind("numeric(20,2)"),
    Kind("numeric(18,3)"),
    Kind("numeric(18,4)"),
    Kind("bigint"),
    Kind("double precision"),
    Kind("real"),
    Kind("varchar(30)"),
    Kind("date"),
]

POSTGRES_TYPES = {
    NAMES: [
        *TEXTS, *NUMBERS, *NO_NAMES,
        Kind("bpchar", "'Ação  '", "Ação"),
        Kind("citext", "'Ação'", "Ação"),
        Kind("name", "'Ação'", "Ação"),
        Kind("uuid", "'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"),
        Kind("colour", "'Ação'", "Ação"),
        Kind('"Odd Schema"."50%% off"', "'F1'", "F1"),
        Kind("nested_text", "'F1'", "F1"),
        Kind("domain_enum", "'F1'", "F1"),
        Kind("domain_int", "12", "12"),
        Kind("text GENERATED ALWAYS AS ('F' || 1) STORED", "DEFAULT", "F1"),
        Kind('"char"'), Kind("numeric"), Kind("numeric(10,-2)"), Kind("xml"), Kind("json"), Kind("jsonb"),
        Kind("bytea"), Kind("text[]"), Kind("domain_array"), Kind("money"), Kind("boolean"), Kind("oid"),
        Kind("inet"), Kind("pair"), Kind("int4range"), Kind("bit(3)"), Kind("interval"), Kind("timestamp"),
    ],
    KEYS: [
        *TEXTS,
        Kind("bpchar", "'Ação  '", "Ação"),
        Kind("citext", "'Ação'", "Ação"),
        Kind("name", "'Ação'", "Ação"),
        Kind("colour", "'Ação'", "Ação"),
        Kind('"Odd Schema"."50%% off"', "'F1'", "F1"),
        Kind("nested_text", "'F1'", "F1"),
        Kind("domain_char", "'F1'", "F1"),
        Kind("domain_enum", "'F1'", "F1"),
        Kind("domain_citext", "'F1'", "F1"),
        *(Kind(kind.sql) for kind in NUMBERS),
        Kind("uuid"), Kind("bytea"), Kind('"char"'), Kind("domain_int"),
    ],
    DATES: [
        Kind("date", f"'{DAY}'", DAY),
        Kind("domain_date", f"'{DAY}'", DAY),
        *(Kind(f"timestamp({digits})", f"'{DAY} 23:59:59.4'", DAY) for digits in range(7)),
        Kind("timestamp", f"'{DAY} 23:59:59.999999'", DAY),
        *(Kind(f"timestamptz({digits})", "'2026-02-17 02:59:59.4+00'", DAY) for digits in range(7)),
        Kind("domain_moment", "'2026-02-17 02:59:59+00'", DAY),
        Kind("varchar(10)"), Kind("text"), Kind("time"), Kind("integer"), Kind("daterange"), Kind("colour"),
        Kind("domain_text"), Kind("interval"),
    ],
    AMOUNTS: [
        *MONEY,
        Kind("numeric(5,-2)", "1234500", 123450000),
        Kind("domain_money", "10.50", 1050),
        Kind("nested_money", "10.50", 1050),
        Kind("domain_int", "12", 1200),
        Kind("numeric(18,2) GENERATED ALWAYS AS (10.5) STORED", "DEFAULT", 1050),
        Kind("numeric"), Kind("numeric(18,-2)"), Kind("numeric(2,3)"), Kind("money"), Kind("domain_fine"),
        Kind("domain_open"), Kind("numeric(18,2)[]"), Kind("colour"),
    ],
}  # fmt: skip
FAMILY_TYPES = {
    NAMES: [
        *TEXTS, *NUMBERS, *NO_NAMES,
        *(Kind(f"{size}text", "'Ação'", "Ação") for size in ("tiny", "medium", "long")),
        Kind("varchar(10) CHARACTER SET latin1", "'Ação'", "Ação"),
        Kind("varchar(10) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin", "'Ação'", "Ação"),
        Kind("tinyint", "-7", "-7"), Kind("mediumint", "7", "7"), Kind("tinyint(1)", "1", "1"),
        Kind("bigint unsigned", "18446744073709551615", "18446744073709551615"),
        Kind("int(5) unsigned zerofill", "7", "00007"),
        Kind("decimal(20,0) unsigned", "7", "7"),
        Kind("enum('A','Ação','it''s')", "'Ação'", "Ação"),
        Kind("enum('7','8')", "'8'", "8"),
        Kind("set('A','Ação')", "'Ação'", "Ação"),
        Kind("varchar(10) AS ('F1') STORED", "DEFAULT", "F1"),
        Kind("varchar(10) AS ('F1') VIRTUAL", "DEFAULT", "F1"),
        Kind("varchar(10) INVISIBLE", "'F1'", "F1"),
        Kind("binary(4)"), Kind("varbinary(10)"), Kind("blob"), Kind("year"), Kind("bit(3)"), Kind("time"),
        Kind("datetime"), Kind("point"), Kind("char(4) CHARACTER SET binary"),
    ],
    KEYS: [
        *(kind for kind in TEXTS if kind.sql != "text"),
        Kind("enum('A','Ação','7')", "'Ação'", "Ação"),
        Kind("enum('8','7')", "'7'", "7"),
        Kind("set('A','Ação')", "'Ação'", "Ação"),
        *(Kind(kind.sql) for kind in NUMBERS),
        Kind("varbinary(10)"), Kind("binary(4)"),
    ],
    DATES: [
        Kind("date", f"'{DAY}'", DAY),
        *(Kind(f"datetime({digits})", f"'{DAY} 23:59:59.4'", DAY) for digits in range(7)),
        Kind("datetime", f"'{DAY} 23:59:59'", DAY),
        *(Kind(f"timestamp({digits}) NULL", f"'{DAY} 12:00:00'", DAY) for digits in range(7)),
        Kind("date AS (DATE '2026-02-16') STORED", "DEFAULT", DAY),
        Kind("varchar(10)"), Kind("time"), Kind("year"), Kind("int"), Kind("enum('2026-02-16')"),
    ],
    AMOUNTS: [
        *(kind for kind in MONEY if kind.sql != "numeric(19,2)"),
        Kind("decimal(19,2)"),
        Kind("decimal", "12", 1200),
        Kind("decimal(18,2) unsigned", "10.50", 1050),
        Kind("decimal(18,2) unsigned zerofill", "10.50", 1050),
        Kind("int(5) unsigned zerofill", "7", 700),
        Kind("tinyint", "-7", -700), Kind("mediumint", "7", 700), Kind("int unsigned", "7", 700),
        Kind("decimal(18,2) AS (10.5) STORED", "DEFAULT", 1050),
        Kind("decimal(18,2) AS (10.5) VIRTUAL", "DEFAULT", 1050),
        Kind("bit(3)"), Kind("year"), Kind("enum('10.50')"), Kind("bigint unsigned"), Kind("varbinary(10)"),
    ],
}  # fmt: skip
MARIADB_TYPES = {
    NAMES: [
        Kind("uuid", "'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"),
        Kind("varchar(300) COMPRESSED", "'F1'", "F1"),
        Kind("json", "'\"F1\"'", '"F1"'),  # there, a text with a check
        Kind("inet6"), Kind("inet4"),
    ],
    KEYS: [Kind("uuid")],
}  # fmt: skip
MADE = (
    *citext.MADE,
    'DROP SCHEMA IF EXISTS "Odd Schema" CASCADE',
    'CREATE SCHEMA "Odd Schema"',
    "DROP TYPE IF EXISTS colour, pair CASCADE",
    "DROP DOMAIN IF EXISTS domain_text, domain_char, domain_citext, domain_int, domain_date, domain_moment,"
    " domain_money, domain_fine, domain_open, domain_array CASCADE",
    "CREATE TYPE colour AS ENUM ('A', 'Ação', 'it''s')",
    "CREATE TYPE \"Odd Schema\".\"50% off\" AS ENUM ('A', 'F1')",
    "CREATE TYPE pair AS (a int, b int)",
    "CREATE TYPE \"Odd Schema\".labels AS ENUM ('A', 'F1')",
    'CREATE DOMAIN domain_enum AS "Odd Schema".labels',
    "CREATE DOMAIN domain_text AS varchar(20) CHECK (VALUE <> '')",
    "CREATE DOMAIN nested_text AS domain_text CHECK (length(VALUE) < 9)",
    "CREATE DOMAIN domain_char AS char(9)",
    "CREATE DOMAIN domain_citext AS citext",
    "CREATE DOMAIN domain_int AS integer CHECK (VALUE > 0)",
    "CREATE DOMAIN domain_date AS date",
    "CREATE DOMAIN domain_moment AS timestamptz(3)",
    "CREATE DOMAIN domain_money AS numeric(18,2)",
    "CREATE DOMAIN nested_money AS domain_money CHECK (VALUE > 0)",
    "CREATE DOMAIN domain_fine AS numeric(18,4)",
    "CREATE DOMAIN domain_open AS numeric",
    "CREATE DOMAIN domain_array AS text[]",
)
MYSQL_TYPES = {NAMES: [Kind("json")]}
CASES = {
    "postgres": POSTGRES_TYPES,
    **{
        name: {column: [*kinds, *own.get(column, [])] for column, kinds in FAMILY_TYPES.items()}
        for name, own in (("mariadb", MARIADB_TYPES), ("mysql", MYSQL_TYPES))
    },
}
