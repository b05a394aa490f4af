"""The table as PostgreSQL's catalogue has it, and the types there that hold the contract."""

import re
from typing import Any, NamedTuple

from reconciliation import advice
from reconciliation.adapters.database import failures, part_failures
from reconciliation.adapters.database.postgres import collations
from reconciliation.adapters.database.postgres.statements import execute
from reconciliation.adapters.database.table import Column, Outdated, Table
from reconciliation.contract import TABLE, TEXTS, VALOR_MAX_INTEGER_DIGITS, VALOR_SCALE
from reconciliation.errors import ReconciliationError

# a domain may be over a domain: the last one's modifier counts
_COLUMNS = """
    WITH RECURSIVE typed AS (
        SELECT attname, format_type(atttypid, atttypmod) AS shown, atttypid AS type, atttypmod AS mod
        FROM pg_attribute WHERE attrelid = to_regclass(%s) AND attnum > 0 AND NOT attisdropped
      UNION ALL
        SELECT attname, shown, t.typbasetype, t.typtypmod
        FROM typed JOIN pg_type t ON t.oid = typed.type WHERE t.typtype = 'd'
    )
    SELECT attname, shown, format_type(type, mod), format_type(type, -1),
           CASE WHEN typtype = 'e' THEN 'enum' WHEN typname = 'citext' THEN 'citext' ELSE '' END
    FROM typed JOIN pg_type t ON t.oid = typed.type WHERE t.typtype <> 'd'
"""
# an expression's column number is 0, so that it finds no attribute; only a B-tree finds the newest date;
# of partitions only their order counts
_INDEXES = """
    WITH RECURSIVE parts AS (
        SELECT to_regclass(%s)::oid AS oid
      UNION ALL
        SELECT inhrelid FROM pg_inherits JOIN parts ON inhparent = parts.oid
    )
    SELECT a.attname, i.indisunique AND i.indnkeyatts = 1,
           i.indrelid = to_regclass(%s) AND i.indisvalid AND i.indpred IS NULL AND m.amname = 'btree',
           {outdated}
    FROM parts JOIN pg_index i ON i.indrelid = parts.oid
    JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_am m ON m.oid = c.relam
    LEFT JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
"""
_RELATION = """
    SELECT c.relkind, c.relpersistence,
           CASE WHEN n.nspname = 'public' AND NOT EXISTS (SELECT FROM pg_class t WHERE t.relname = c.relname
                                                          AND t.oid <> c.oid) THEN ''
                ELSE quote_ident(n.nspname) || '.' END || quote_ident(c.relname),
           pg_get_partkeydef(c.oid),
           (SELECT inhparent::regclass::text FROM pg_inherits WHERE inhrelid = c.oid AND c.relispartition),
           (SELECT string_agg(inhrelid::regclass::text, ', ') FROM pg_inherits WHERE inhparent = c.oid),
           (SELECT string_agg(DISTINCT d.refobjid::regclass::text, ', ')
            FROM pg_rewrite r JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid
            WHERE r.ev_class = c.oid AND d.refclassid = 'pg_class'::regclass AND d.refobjid <> c.oid),
           ARRAY(SELECT relid::regclass::text FROM pg_partition_tree(c.oid) JOIN pg_class p ON p.oid = relid
                 WHERE p.relkind NOT IN ('r', 'p') ORDER BY 1)
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = to_regclass(%s)
"""
_TAKEN = """
    SELECT relname FROM pg_class
    WHERE relnamespace = (SELECT relnamespace FROM pg_class WHERE oid = to_regclass(%s))
"""
# what has the name elsewhere, or in other letters
_NAMESAKES = """
    SELECT n.nspname, c.relname, c.relkind IN ('r', 'p'), quote_ident(n.nspname),
           quote_ident(n.nspname) || '.' || quote_ident(c.relname), has_schema_privilege(n.oid, 'USAGE'),
           n.nspname = ANY(ARRAY(SELECT trim(both '" ' FROM s)
                                 FROM unnest(string_to_array(current_setting('search_path'), ',')) AS s)),
           quote_ident(current_database()), current_setting('search_path')
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE lower(c.relname) = %s AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND c.relpersistence <> 't'
    ORDER BY 1, 2
"""
_RIGHTS = """
    SELECT has_table_privilege(to_regclass(%s), 'SELECT'), has_any_column_privilege(to_regclass(%s), 'SELECT')
"""
_TABLES = {"r", "p"}
_KINDS = {
    "v": "uma view",
    "m": "uma view materializada",
    "f": "uma foreign table, cujos dados estão em outro servidor",
    "S": "uma sequência",
    "i": "um índice",
    "I": "um índice",
    "c": "um tipo composto",
}

_CHARACTERS = r"enum|citext|text|name|character varying(\(\d+\))?|character\(\d+\)|bpchar"
_BY_DATE = re.compile(r"(RANGE|LIST) \(data\b")
_NAMES = re.compile(rf"{_CHARACTERS}|smallint|integer|bigint|numeric\(\d+,0\)|uuid")
NEWEST = f"""
    SELECT to_char(max(data), 'YYYY-MM-DD HH24:MI:SS') FROM {TABLE}
    WHERE data >= '0001-01-01' AND data < '10000-01-01'
"""  # noqa: S608
_FIT = {
    **dict.fromkeys(TEXTS, _NAMES),
    "ordem_id": re.compile(_CHARACTERS),
    "data": re.compile(r"date|timestamp(\([0-6]\))? with(out)? time zone"),
    "valor": re.compile(r"numeric\((\d+),(-?\d+)\)|smallint|integer"),
}


class _Relation(NamedTuple):
    """What `transacoes` stands for in this session; texts in SQL's own writing."""

    kind: str
    persistence: str
    name: str
    """With its schema where another table could be meant."""
    partitioned_by: str | None
    part_of: str | None
    children: str | None
    reads: str | None
    """Of a view: the relations it is over."""
    foreign_parts: list[str]
    """Partitions, at any depth, whose rows another server has, in a snapshot of its own."""


class _Namesake(NamedTuple):
    """What has the table's name in another schema, or in other letters; `sql_…` as SQL writes it."""

    schema: str
    relation: str
    is_table: bool
    sql_schema: str
    sql_name: str
    may_use_schema: bool
    on_path: bool
    sql_database: str
    search_path: str


def table(connection: Any) -> Table:
    """Raises E_BASE_SCHEMA where `transacoes` is no table, or a part of one."""
    relation = _relation(connection)
    if relation is None:
        raise failures.no_table()
    _require_table(relation)
    indexes = execute(connection, _INDEXES.format(outdated=collations.outdated(connection)), TABLE, TABLE)
    whole = {(first, unique) for first, unique, usable, _ in indexes if usable}
    inherited = relation.children if relation.kind == "r" else None
    columns = {row[0]: _column(*row) for row in execute(connection, _COLUMNS, TABLE)}
    return Table(
        relation.name,
        columns,
        frozenset(name for (name,) in execute(connection, _TAKEN, TABLE)),
        has_unique_key=("ordem_id", True) in whole and not inherited,
        has_date_index="data" in {first for first, _ in whole},
        has_moments="data" in columns and columns["data"].base.endswith("with time zone"),
        is_inherited=bool(inherited),
        has_date_parts=_BY_DATE.match(relation.partitioned_by or "") is not None,
        parts=(
            f"é particionada por {relation.partitioned_by}"
            if relation.partitioned_by
            else f"tem tabelas que a herdam ({inherited})"
            if inherited
            else ""
        ),
        outdated=tuple(sorted(Outdated(*each) for *_, found in indexes for each in found or ())),
    )


def table_if_any(connection: Any) -> Table | None:
    """As `table`; None where nothing has that name. Raises E_BASE_SCHEMA for what has it elsewhere."""
    if _relation(connection) is not None:
        return table(connection)
    if namesakes := execute(connection, _NAMESAKES, TABLE):
        raise _absent([_Namesake(*row) for row in namesakes])
    return None


def cause(connection: Any) -> ReconciliationError | None:
    """Why the table could not be locked: asked in a transaction of its own, once that one has failed."""
    execute(connection, "ROLLBACK")
    relation = _relation(connection)
    if relation is None:
        return _absent([_Namesake(*row) for row in execute(connection, _NAMESAKES, TABLE)])
    _require_table(relation)
    whole, some = execute(connection, _RIGHTS, TABLE, TABLE)[0]
    if whole:
        return None
    return failures.not_granted(advice.statement("postgres.grant_select", relation.name), partly=some)


def newest_text(connection: Any) -> str | None:
    """`infinity` is none, nor is a year 20026."""
    ((newest,),) = execute(connection, NEWEST)
    return newest or None


def _relation(connection: Any) -> _Relation | None:
    found = execute(connection, _RELATION, TABLE)
    return _Relation(*found[0]) if found else None


def _require_table(relation: _Relation) -> None:
    if relation.kind not in _TABLES:
        over = f" sobre {relation.reads}" if relation.reads else ""
        raise failures.not_a_table(_KINDS.get(relation.kind, "outra coisa") + over)
    if relation.persistence == "t":
        raise failures.not_a_table("uma tabela temporária da sessão, que encobre a verdadeira")
    if relation.part_of:
        raise part_failures.part_of(relation.part_of)
    if relation.foreign_parts:
        raise part_failures.foreign_parts(relation.foreign_parts)


def _column(name: str, shown: str, bottom: str, castable: str, family: str) -> Column:
    kind = shown if shown == bottom else f"{shown} (domínio sobre {bottom})"
    return Column(kind, family or bottom, castable, fits=_fits(name, family or bottom))


def _fits(name: str, bottom: str) -> bool:
    if name not in _FIT:
        return True
    match = _FIT[name].fullmatch(bottom)
    if match is None or name != "valor" or match[1] is None:
        return match is not None
    precision, scale = int(match[1]), int(match[2])
    return scale <= VALOR_SCALE and precision - min(scale, 0) <= VALOR_MAX_INTEGER_DIGITS + VALOR_SCALE


def _absent(namesakes: list[_Namesake]) -> ReconciliationError:
    """No statement where it would have to choose one of several."""
    seen = [_described(namesake) for namesake in namesakes]
    tables = [it for it in namesakes if it.relation == TABLE and it.is_table]
    if len(tables) != 1:
        return failures.no_table(seen)
    (only,) = tables
    granted = advice.statement("postgres.grant_usage", only.sql_name, schema=only.sql_schema)
    sought_so_far = "" if only.search_path == '""' else only.search_path  # one that names nothing
    path = ", ".join(filter(None, (only.sql_schema, sought_so_far)))
    sought = advice.statement("postgres.search_path", database=only.sql_database, path=path)
    return failures.no_table(
        seen, " ".join(([] if only.may_use_schema else [granted]) + ([] if only.on_path else [sought]))
    )


def _described(namesake: _Namesake) -> str:
    letters = "" if namesake.relation == TABLE else ", com outras letras, que é outro nome"
    closed = "" if namesake.may_use_schema else ", em um esquema sem o direito USAGE"
    view = "" if namesake.is_table else ", que não é tabela"
    return f"{namesake.sql_name}{letters}{closed}{view}"
