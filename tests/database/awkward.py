"""A table of awkward rows, on which a message's statements are run: what was there is there afterwards.

Rows are compared as the server writes them out, definitions as its catalogue has them.
"""

import re
from contextlib import closing
from io import BytesIO
from typing import Any, NamedTuple

from local.postgres import READER
from reconciliation import advice
from tests.database.bases import refused
from tests.database.conftest import Server

AWKWARD = {
    "postgres": (
        "CREATE TABLE {table} (id bigint GENERATED ALWAYS AS IDENTITY, ordem_id varchar(255),"
        " fornecedor_id text NOT NULL DEFAULT 'F''1', nome varchar(40), ativo_id char(6),"
        " data date DEFAULT '2026-02-16', valor {amount} CHECK (valor IS DISTINCT FROM 99),"
        " centavos numeric GENERATED ALWAYS AS (valor * 100) STORED, criado timestamptz DEFAULT now())",
        "COMMENT ON COLUMN {table}.valor IS 'em reais; ação'",
        "COMMENT ON TABLE {table} IS 'da tesouraria'",
        "CREATE INDEX por_nome ON {table} (lower(nome)) WHERE nome <> ''",
    ),
    "mysql": (
        "CREATE TABLE {table} (id bigint unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY, ordem_id varchar(255),"
        " fornecedor_id varchar(255) NOT NULL DEFAULT 'F''1' COMMENT 'quem envia; ação', nome varchar(40)"
        " CHARACTER SET latin1, ativo_id char(6) COLLATE utf8mb4_bin, data date DEFAULT '2026-02-16',"
        " valor {amount} COMMENT 'em reais', centavos decimal(26,4) AS (valor * 100) STORED,"
        " dobro decimal(26,4) AS (valor * 2) VIRTUAL, criado timestamp NULL DEFAULT CURRENT_TIMESTAMP"
        " ON UPDATE CURRENT_TIMESTAMP, KEY por_nome (nome(5)))"
        " AUTO_INCREMENT = 1000 COMMENT = 'da tesouraria'",
    ),
}
ROWS = {
    "postgres": (
        "INSERT INTO {table} (ordem_id, nome, ativo_id, data, valor) VALUES"
        " ('O1', 'Ação', 'A', DEFAULT, 10.50), ('O2 ', 'x', NULL, '2026-02-15', -0.01),"
        " (E'\tO3', '', '', 'infinity', 'NaN'), ('ç😀', NULL, 'B', NULL, NULL),"
        " ('o9', 'y', 'C', '0044-03-15 BC', 1)",
        "DELETE FROM {table} WHERE ordem_id = 'o9'",
    ),
    "mysql": (
        "SET SESSION sql_mode = ''",
        "INSERT INTO {table} (ordem_id, nome, ativo_id, data, valor) VALUES"
        " ('O1', 'Ação', 'A', DEFAULT, 10.50), ('O2 ', 'x', NULL, '2026-02-15', -0.01),"
        " ('\tO3', '', '', '0000-00-00', 0), ('ç😀', NULL, 'B', NULL, NULL),"
        " ('o9', 'y', 'C', '2026-02-00', 1)",
        "DELETE FROM {table} WHERE ordem_id = 'o9'",
    ),
}


def make(server: Server, table: str = "transacoes", amount: str = "numeric(18,2)", *besides: str) -> None:
    """The awkward table, in another schema too, and readable."""
    if server.engine == "postgres":
        server.execute('DROP SCHEMA IF EXISTS outro, "Outro" CASCADE', "DROP TABLE IF EXISTS transacoes")
        server.execute('CREATE SCHEMA outro; CREATE SCHEMA "Outro"')
    else:
        server.execute("DROP TABLE IF EXISTS transacoes")
    texts = (*AWKWARD[server.engine], *ROWS[server.engine], *besides)
    server.execute(*(text.replace("{table}", table).replace("{amount}", amount) for text in texts))
    if server.engine == "postgres":
        server.execute(f"GRANT SELECT ON {table} TO {READER}")


_DEFINITION = """
    SELECT concat_ws(' ', attnum, attname, format_type(atttypid, atttypmod), attnotnull, attidentity,
                     attgenerated, pg_get_expr(adbin, adrelid), col_description(attrelid, attnum))
    FROM pg_attribute LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
    WHERE attrelid = {0} AND attnum > 0
    UNION ALL SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = {0}
    UNION ALL SELECT pg_get_indexdef(indexrelid) || CASE WHEN indisvalid THEN '' ELSE ' INVALID' END
              FROM pg_index WHERE indrelid = {0}
    UNION ALL SELECT obj_description({0})
"""


class Seen(NamedTuple):
    """A table as it stands: `rows` as bytes, `definition` by line, indexes among it."""

    rows: bytes
    definition: frozenset[str]


def seen(server: Server, table: str = "transacoes") -> Seen:
    with closing(server.connect()) as connection, connection.cursor() as cursor:
        if server.engine == "postgres":
            out = BytesIO()
            cursor.copy_expert(f"COPY (SELECT * FROM {table} ORDER BY 1) TO STDOUT", out)
            cursor.execute(_DEFINITION.format(f"'{table}'::regclass"))
            return Seen(out.getvalue(), frozenset(line for (line,) in cursor.fetchall()))
        cursor.execute(f"SELECT * FROM {table} ORDER BY 1")
        stored = repr(cursor.fetchall()).encode()
        cursor.execute(f"SHOW CREATE TABLE {table}")
        return Seen(stored, frozenset(line.strip(" ,") for line in cursor.fetchone()[1].splitlines()))


def offered(name: str, text: str) -> str:
    """The statement of that name in a message. AssertionError where it has none."""
    template = re.sub(r"<\w+>", "(.*?)", re.escape(advice.STATEMENTS[name]))
    found = re.search(template, text)
    assert found, f"{name} is not in: {text}"
    return found[0].replace("usuário", READER)


def run(server: Server, statement: str) -> list[tuple[Any, ...]]:
    """Its last answer; in one session, each statement in a transaction of its own, as a person pastes it."""
    answer: list[tuple[Any, ...]] = []
    with closing(server.connect()) as connection, connection.cursor() as cursor:
        for part in filter(str.strip, statement.split(";")):
            cursor.execute(part)
            answer = list(cursor.fetchall()) if cursor.description else []
    return answer


def message(server: Server) -> str:
    failure = refused(server)
    assert failure is not None
    return str(failure)
