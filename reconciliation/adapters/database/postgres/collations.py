"""Which indexes stand in an order that the server no longer has.

An index on texts is as good as the order by which it was made. That order is the operating system's or
ICU's, and changes with them: then a look-up goes astray in the tree, and misses rows that are there. The
server records the version of each order, and knows its own; a replica has one of its own, too. Whichever
index on the key or the date may be read through counts, not only the unique one: the planner chooses.
Source: PostgreSQL's manual, the notes of the statement that alters a collation.
"""

from typing import Any

_KNOWS_THE_DATABASES, _SKIPS = 150_000, 180_000
# The base is read by `ordem_id` or by `data`, and an index misses a row by the orders alone that its search
# goes through. A B-tree's go as far as the column that is sought: what stands behind it is only carried
# along, what stands before it is skipped through from PostgreSQL 18 on (before, all is read and sifted). Any
# other kind has its columns each for itself (BRIN, GiST). A hash has no order, nor have the pattern classes,
# which compare bytes. An index in another collation than the column's is not sought in; where it alone keeps
# keys unique it proves so by its order. What is in a partial index was decided by its condition's order then,
# and it is read where the condition is of the key. An expression that names the key counts as the key.
# NULL is recorded of what has no order that changes (C), or nobody wrote down; a partition's is its parent's.
_OUTDATED = """
    CASE WHEN (i.indisvalid OR c.relkind = 'I') AND NOT c.relispartition THEN (
        WITH sought AS (
            SELECT attnum, attcollation, attname = 'ordem_id' AS is_key,
                   ':varattno ' || attnum || ' ' AS named
            FROM pg_attribute WHERE attrelid = i.indrelid AND attname IN ('ordem_id', 'data')
        ), columns AS (
            SELECT u.n, u.ordered_by,
                   coalesce(o.collisdeterministic AND (m.amname = 'hash' OR p.opcname LIKE '%%pattern_ops'),
                            false) AS is_by_bytes,
                   EXISTS (SELECT FROM sought s
                           WHERE (s.attnum = u.attnum
                                  OR s.is_key AND u.attnum = 0 AND i.indexprs::text ~ s.named)
                             AND (s.attcollation = u.ordered_by
                                  OR i.indisunique AND i.indnkeyatts = 1)) AS is_sought
            FROM unnest(i.indkey::int2[], i.indcollation::oid[], i.indclass::oid[])
                 WITH ORDINALITY AS u (attnum, ordered_by, class, n)
            JOIN pg_opclass p ON p.oid = u.class LEFT JOIN pg_collation o ON o.oid = u.ordered_by
        ), used AS (
            SELECT ordered_by AS oid FROM columns
            WHERE NOT is_by_bytes
              AND (is_sought OR {skips} AND m.amname = 'btree'
                                AND n < (SELECT max(n) FROM columns WHERE is_sought))
          UNION
            SELECT attcollation FROM sought
            WHERE is_key AND i.indpred::text ~ named
              AND i.indpred::text ~ (':inputcollid ' || attcollation || ' ')
        )
        SELECT json_agg(json_build_array(i.indexrelid::regclass::text, v.name, v.is_database, v.recorded,
                                         v.actual, pg_is_in_recovery(), {in_ranges}))
        FROM used JOIN pg_collation o ON o.oid = used.oid JOIN pg_namespace s ON s.oid = o.collnamespace
        CROSS JOIN LATERAL ({versions}) v
        WHERE v.recorded IS DISTINCT FROM v.actual AND v.recorded IS NOT NULL
          AND (coalesce(i.indpred::text, '') !~ ':varattno'
               OR EXISTS (SELECT FROM sought WHERE is_key AND i.indpred::text ~ named))
    ) END
"""
# by ranges of the key in that very order: in any other one, what is made anew is right
_IN_RANGES = """
    EXISTS (SELECT FROM parts JOIN pg_partitioned_table t ON t.partrelid = parts.oid
            JOIN pg_attribute k ON k.attrelid = t.partrelid AND k.attname = 'ordem_id'
            CROSS JOIN unnest(t.partattrs::int2[], t.partcollation::oid[]) AS b (attnum, ordered_by)
            WHERE t.partstrat = 'r' AND b.ordered_by = o.oid AND b.attnum IN (k.attnum, 0))
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
    """An expression on an index, `pg_index i`, `pg_class c` and `pg_am m`, of one of the tables `parts`.

    A list of Outdated's members as JSON, or NULL. Before PostgreSQL 15 nothing is recorded of the database's
    own order.
    """
    knows_all = connection.server_version >= _KNOWS_THE_DATABASES
    versions = f"{_OWN} UNION ALL {_DATABASES}" if knows_all else _OWN
    skips = str(connection.server_version >= _SKIPS)
    return _OUTDATED.format(versions=versions, in_ranges=_IN_RANGES, skips=skips)
