"""PostgreSQL: `session` (how it is spoken to), `catalog` (what the table is), `reading` (its rows)."""
