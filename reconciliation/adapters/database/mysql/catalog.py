"""The table as MySQL's information schema has it, and the types there that hold the contract."""

import re
from typing import Any, NamedTuple

import pymysql
from pymysql.constants import ER

from reconciliation import advice
from reconciliation.adapters.database import failures
from reconciliation.adapters.database.mysql.generated import Definition, require_alike
from reconciliation.adapters.database.mysql.statements import execute
from reconciliation.adapters.database.table import Column, Table
from reconciliation.contract import COLUMNS, TABLE, TEXTS
from reconciliation.errors import ReconciliationError

_COLUMNS = """
    SELECT LOWER(column_name), column_type,
           CASE WHEN extra LIKE '%%VIRTUAL GENERATED%%' THEN COALESCE(generation_expression, '') END
    FROM information_schema.columns
    WHERE table_schema = DATABASE() AND BINARY table_name = %s
"""
_INDEXES = """
    SELECT index_name, LOWER(MAX(CASE WHEN seq_in_index = 1 THEN column_name END)),
           MAX(non_unique) = 0 AND COUNT(*) = 1 AND COUNT(sub_part) = 0, {is_seen}
    FROM information_schema.statistics
    WHERE table_schema = DATABASE() AND BINARY table_name = %s GROUP BY index_name
"""
# whether the optimizer looks at an index: MySQL since 8.0, MariaDB since 10.6 (a proxy may tell otherwise)
_SAYS_WHAT_IS_SEEN = """
    SELECT LOWER(column_name) FROM information_schema.columns
    WHERE table_schema = 'information_schema' AND LOWER(table_name) = 'statistics'
      AND LOWER(column_name) IN ('is_visible', 'ignored')
"""
_IS_SEEN = {"is_visible": "MIN(is_visible = 'YES')", "ignored": "MIN(ignored = 'NO')"}
_SHOWING = {"is_visible": "mysql.visible", "ignored": "mysql.not_ignored"}
_RELATION = """
    SELECT table_type, engine FROM information_schema.tables
    WHERE table_schema = DATABASE() AND BINARY table_name = %s
"""
_PARTITIONED = """
    SELECT MAX(partition_method), MAX(partition_expression) FROM information_schema.partitions
    WHERE table_schema = DATABASE() AND BINARY table_name = %s AND partition_name IS NOT NULL
"""
# what has the name in another database, or in other letters; the user sees only what it may read
_NAMESAKES = """
    SELECT CONCAT(table_schema, '.', table_name), BINARY table_name = %s
    FROM information_schema.tables WHERE LOWER(table_name) = %s ORDER BY 1
"""
_UNREADABLE = {
    ER.NO_SUCH_TABLE,
    ER.TABLEACCESS_DENIED_ERROR,
    ER.COLUMNACCESS_DENIED_ERROR,
    ER.VIEW_INVALID,
}
_TABLES = {"BASE TABLE", "SYSTEM VERSIONED"}  # the latter MariaDB's, read as it is now

_COMMENT = re.compile(r"\s*/\*.*?\*/")  # MariaDB's own options of a column
_CHARACTERS = r"(var)?char\(\d+\)|(tiny|medium|long)?text|(enum|set)\(.*\)"
_SIGN = r"( unsigned)?( zerofill)?"
_INTEGERS = rf"(tiny|small|medium)?int(\(\d+\))?{_SIGN}"
_BY_DATE = re.compile(
    r"(RANGE|LIST) COLUMNS `?data\b.*|RANGE \(?(to_days|to_seconds|unix_timestamp)\(`?data`?\)\)?",
    re.IGNORECASE,
)
_NAMES = re.compile(
    rf"{_CHARACTERS}|{_INTEGERS}|bigint(\(\d+\))?{_SIGN}|decimal\(\d+,0\){_SIGN}|uuid", re.DOTALL
)
_FIT = {
    **dict.fromkeys(TEXTS, _NAMES),
    "ordem_id": re.compile(_CHARACTERS, re.DOTALL),
    "data": re.compile(r"date|(datetime|timestamp)(\([0-6]\))?"),
    "valor": re.compile(rf"decimal\(([1-9]|1[0-8]),[0-2]\){_SIGN}|{_INTEGERS}"),
}


class _Index(NamedTuple):
    """An index by its first column; one that is not seen still keeps its keys unique, and is not read."""

    name: str
    first: str | None
    is_unique: int
    """Whole, and of that column alone."""
    is_seen: int


def table(connection: Any) -> Table:
    """Raises E_BASE_SCHEMA where `transacoes` is no table, has no snapshots, or computes what it says."""
    _require_table(connection)
    definitions = {
        name: Definition(kind, expression) for name, kind, expression in execute(connection, _COLUMNS, TABLE)
    }
    columns = {name: _column(name, defined.kind) for name, defined in definitions.items()}
    if any(_is_hidden(connection, name) for name in COLUMNS if name not in columns):
        raise failures.not_granted(_grant(), partly=True)
    require_alike(definitions)
    says = next((name for (name,) in execute(connection, _SAYS_WHAT_IS_SEEN)), "")
    indexes = [
        _Index(*row) for row in execute(connection, _INDEXES.format(is_seen=_IS_SEEN.get(says, "1")), TABLE)
    ]
    ((method, expression),) = execute(connection, _PARTITIONED, TABLE)
    has_date_parts = _BY_DATE.fullmatch(f"{method} {expression}") is not None
    has_unique_key = any(index.first == "ordem_id" and index.is_unique for index in indexes)
    needed = {"ordem_id": has_unique_key, "data": not has_date_parts}  # else keys are not looked up
    return Table(
        TABLE,
        columns,
        frozenset(index.name for index in indexes),
        has_unique_key=has_unique_key,
        has_date_index=any(index.first == "data" and index.is_seen for index in indexes),
        has_moments="data" in columns and columns["data"].base.startswith("timestamp"),
        has_date_parts=has_date_parts,
        parts=f"é particionada por {method} ({expression})" if method else "",
        unhide={
            column: advice.statement(_SHOWING[says], index=f"`{hidden.name.replace('`', '``')}`")
            for column in needed
            if needed[column] and (hidden := _hidden(indexes, column))
        },
    )


def table_if_any(connection: Any) -> Table | None:
    """As `table`; None where nothing has that name. Raises E_BASE_SCHEMA for what has it elsewhere."""
    if execute(connection, _RELATION, TABLE):
        return table(connection)
    if namesakes := execute(connection, _NAMESAKES, TABLE, TABLE):
        raise _absent(namesakes)
    return None


def cause(connection: Any, exc: Exception) -> ReconciliationError | None:
    """Why the table could not be read, where its own error does not say."""
    number = exc.args[0] if exc.args else None
    if number not in _UNREADABLE:
        return None
    if number in (ER.TABLEACCESS_DENIED_ERROR, ER.COLUMNACCESS_DENIED_ERROR):
        return failures.not_granted(_grant())
    if number == ER.VIEW_INVALID:
        return failures.not_a_table("uma view, que já não se pode ler")
    return _absent(execute(connection, _NAMESAKES, TABLE, TABLE))


def newest(table: Table) -> str:
    """The query of the newest date by one look-up: zeros are no day, and MAX would answer one.

    What a type cannot hold is no bound: before the first `timestamp` MySQL makes `IS NOT NULL` of it, and
    reads the whole index.
    """
    first = "1970-01-01 00:00:01" if table.has_moments else "0001-01-01"
    return f"SELECT CAST(MAX(data) AS CHAR) FROM {TABLE} WHERE data >= '{first}'"  # noqa: S608


def newest_text(connection: Any, table: Table) -> str | None:
    ((found,),) = execute(connection, newest(table))
    return found or None


def _hidden(indexes: list[_Index], column: str) -> _Index | None:
    """What would find that column's values if the optimizer saw it, and saw nothing else that does."""
    finding = sorted(
        (index for index in indexes if index.first == column), key=lambda index: -index.is_unique
    )
    return finding[0] if finding and not any(index.is_seen for index in finding) else None


def _require_table(connection: Any) -> None:
    found = execute(connection, _RELATION, TABLE)
    if not found:  # it was read a moment ago
        raise failures.not_a_table("uma tabela temporária da sessão, que encobre a verdadeira")
    kind, stored_by = found[0]
    if kind not in _TABLES:
        raise failures.not_a_table(
            {"VIEW": "uma view", "SEQUENCE": "uma sequência"}.get(kind, f"do tipo {kind}")
        )
    if stored_by != "InnoDB":
        raise failures.no_snapshot(str(stored_by))


def _absent(namesakes: list[tuple[Any, ...]]) -> ReconciliationError:
    return failures.no_table(
        [f"{name}{'' if exact else ', com outras letras, que é outro nome'}" for name, exact in namesakes]
    )


def _is_hidden(connection: Any, column: str) -> bool:
    """Whether the catalogue keeps it from a user that has rights on other columns alone."""
    try:
        execute(connection, f"SELECT {column} FROM {TABLE} LIMIT 0")  # noqa: S608
    except pymysql.MySQLError as exc:
        if exc.args[0] not in (ER.BAD_FIELD_ERROR, ER.COLUMNACCESS_DENIED_ERROR):
            raise
        return bool(exc.args[0] == ER.COLUMNACCESS_DENIED_ERROR)
    return False


def _grant() -> str:
    return advice.statement("mysql.grant_select")


def _column(name: str, kind: str) -> Column:
    plain = _COMMENT.sub("", kind)
    return Column(plain, plain, "", fits=name not in _FIT or _FIT[name].fullmatch(plain) is not None)
