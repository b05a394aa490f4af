"""Every statement that a message offers to whoever looks after the base, by name: tests run each of them.

None loses anything on a production table: no row, type, default or index goes, nobody who writes is kept
waiting (on MySQL, five seconds at most), and where a statement cannot do its work it fails and leaves all as
it was. What has no such statement is told in words. Source: data contract, "Base table"; runbook 2.3.
"""

import re
from itertools import chain, count
from typing import Final

from reconciliation.contract import KEY_INDEX, TABLE

DATE_INDEX: Final = "idx_data"

# both engines read it, and what `\t` stands for; a collation that takes two keys for one shows both
_TRIMMED = r"REGEXP_REPLACE(REGEXP_REPLACE(CONCAT(ordem_id), '^[ \t]+', ''), '[ \t]+$', '')"
_AMOUNT = "'^-?[0-9]{1,16}([.][0-9]{1,2})?$'"
_BEYOND = "valor <> round(valor, 2) OR abs(valor) >= 10000000000000000"
_DATE = "'^[0-9]{4}-[0-9]{2}-[0-9]{2}$'"
# without it the wait for an open transaction has no end, and whoever comes later queues behind it
_NOT_LONG = "SET SESSION lock_wait_timeout = 5;"
_ONLINE = "ALGORITHM=INPLACE, LOCK=NONE;"

STATEMENTS: Final = {
    # rows to look at first: only read
    "find_repeated": (
        f"SELECT chave, COUNT(*) AS linhas FROM (SELECT {_TRIMMED}<as> AS chave FROM <table>) AS chaves"
        " GROUP BY chave HAVING COUNT(*) > 1;"
    ),
    "find_without_key": f"SELECT * FROM <table> WHERE ordem_id IS NULL OR {_TRIMMED} = '';",
    "find_value": "SELECT ordem_id FROM <table> WHERE <column> = '<value>';",  # of an amount or a date
    "postgres.find_amounts": (f"SELECT ordem_id, valor FROM <table> WHERE {_BEYOND};"),
    "mysql.find_amounts": (f"SELECT ordem_id, valor FROM <table> WHERE {_BEYOND};"),
    "postgres.find_texts_of_valor": f"SELECT ordem_id, valor FROM <table> WHERE valor !~ {_AMOUNT};",
    "mysql.find_texts_of_valor": f"SELECT ordem_id, valor FROM <table> WHERE valor NOT REGEXP {_AMOUNT};",
    "postgres.find_texts_of_data": f"SELECT ordem_id, data FROM <table> WHERE data !~ {_DATE};",
    "mysql.find_texts_of_data": f"SELECT ordem_id, data FROM <table> WHERE data NOT REGEXP {_DATE};",
    # an index more
    "postgres.unique_index": "CREATE UNIQUE INDEX CONCURRENTLY <index> ON <table>(ordem_id);",
    "mysql.unique_index": f"{_NOT_LONG} ALTER TABLE <table> ADD UNIQUE INDEX <index> (ordem_id), {_ONLINE}",
    "postgres.date_index": "CREATE INDEX CONCURRENTLY <index> ON <table>(data);",
    "mysql.date_index": f"{_NOT_LONG} ALTER TABLE <table> ADD INDEX <index> (data), {_ONLINE}",
    # the same indexes in today's order; both of the others only write down the version that it has
    "postgres.reindex": "REINDEX TABLE CONCURRENTLY <table>;",
    "postgres.refresh_database": "ALTER DATABASE <database> REFRESH COLLATION VERSION;",
    "postgres.refresh_collation": "ALTER COLLATION <collation> REFRESH VERSION;",
    # the same indexes, seen by the optimizer
    "mysql.visible": f"{_NOT_LONG} ALTER TABLE <table> ALTER INDEX <index> VISIBLE, {_ONLINE}",
    "mysql.not_ignored": f"{_NOT_LONG} ALTER TABLE <table> ALTER INDEX <index> NOT IGNORED, {_ONLINE}",
    # a right more; `usuário` is the secret's, whose content is in no message
    "postgres.grant_select": "GRANT SELECT ON <table> TO usuário;",
    "mysql.grant_select": "GRANT SELECT ON <table> TO usuário;",
    "postgres.bypass_rls": "ALTER ROLE usuário BYPASSRLS;",
    "postgres.grant_usage": "GRANT USAGE ON SCHEMA <schema> TO usuário; GRANT SELECT ON <table> TO usuário;",
    "postgres.search_path": "ALTER ROLE usuário IN DATABASE <database> SET search_path = <path>;",
}
"""By name, `engine.what` or for both engines; `<part>` is put in by `statement`."""


def statement(name: str, table: str = TABLE, **parts: str) -> str:
    """That statement; `table` and the other parts are names as SQL writes them. KeyError for another name.

    In one pass: a schema may be called `<schema>; DROP …`, and is put into nothing that was put in.
    """
    values = {"table": table, "as": "", **parts}
    return re.sub(r"<(\w+)>", lambda part: values.get(part[1], part[0]), STATEMENTS[name])


def free_name(wanted: str, taken: frozenset[str]) -> str:
    """`wanted`, or with the first number that is free: an old index stays until the new one is there."""
    return next(name for name in chain([wanted], (f"{wanted}_{n}" for n in count(2))) if name not in taken)


def key_index(engine: str, table: str = TABLE, taken: frozenset[str] = frozenset(), kind: str = "") -> str:
    """What finds the keys in the way, then what makes the index; `kind` casts to the keys' type."""
    index = free_name(KEY_INDEX, taken)
    found = statement("find_repeated", table, **{"as": kind})
    return f"{found} {statement(f'{engine}.unique_index', table, index=index)}"
