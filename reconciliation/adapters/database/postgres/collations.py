"""Which indexes stand in an order that the server no longer has.

An index on texts is as good as the order by which it was made. That order is the operating system's or
ICU's, and changes with them: then a look-up goes astray in the tree, and misses rows that are there. The
server records the version of each order, and knows its own; a replica has one of its own, too. Whichever
index on the key or the date may be read through counts, not only the unique one: the planner chooses.
Source: PostgreSQL's manual, the notes of the statement that alters a collation.
"""

from typing import Any

_KNOWS_THE_DATABASES = 150_000
# what is recorded as NULL has no order that changes (C), or nobody wrote it down; an index on an expression
# depends on the columns that it names; one of a partition is as its parent's
_OUTDATED = """
    CASE WHEN (i.indisvalid OR c.relkind = 'I') AND NOT c.relispartition AND EXISTS (
        SELECT FROM pg_attribute k
        WHERE k.attrelid = i.indrelid AND k.attname IN ('ordem_id', 'data') AND (
            k.attnum = ANY(i.indkey::int2[])
            OR EXISTS (SELECT FROM pg_depend p WHERE p.classid = 'pg_class'::regclass
                       AND p.objid = i.indexrelid AND p.refobjid = i.indrelid AND p.refobjsubid = k.attnum))
    ) THEN (
        SELECT json_agg(json_build_array(i.indexrelid::regclass::text, v.name, v.is_database, v.recorded,
                                         v.actual, pg_is_in_recovery(), {in_ranges}))
        FROM (SELECT DISTINCT unnest(i.indcollation::oid[]) AS oid) used
        JOIN pg_collation o ON o.oid = used.oid JOIN pg_namespace s ON s.oid = o.collnamespace
        CROSS JOIN LATERAL ({versions}) v
        WHERE v.recorded IS DISTINCT FROM v.actual AND v.recorded IS NOT NULL
    ) END
"""
_IN_RANGES = """
    EXISTS (SELECT FROM parts JOIN pg_partitioned_table t ON t.partrelid = parts.oid
            WHERE t.partstrat = 'r' AND EXISTS (SELECT FROM unnest(t.partcollation::oid[]) o WHERE o <> 0))
"""
_OWN = """
    SELECT quote_ident(s.nspname) || '.' || quote_ident(o.collname) AS name, false AS is_database,
           o.collversion AS recorded, pg_collation_actual_version(o.oid) AS actual
    WHERE o.collprovider <> 'd'
"""
_DATABASES = """
    SELECT quote_ident(d.datname), true, d.datcollversion, pg_database_collation_actual_version(d.oid)
    FROM pg_database d WHERE o.collprovider = 'd' AND d.datname = current_database()
"""


def outdated(connection: Any) -> str:
    """An expression on an index, `pg_index i` and `pg_class c`, of one of the tables `parts`.

    A list of Outdated's members as JSON, or NULL. Before PostgreSQL 15 nothing is recorded of the database's
    own order.
    """
    knows_all = connection.server_version >= _KNOWS_THE_DATABASES
    versions = f"{_OWN} UNION ALL {_DATABASES}" if knows_all else _OWN
    return _OUTDATED.format(versions=versions, in_ranges=_IN_RANGES)
