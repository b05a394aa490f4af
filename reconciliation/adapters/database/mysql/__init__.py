"""MySQL and MariaDB: `session` (how they are spoken to), `catalog` (the table), `reading` (its rows)."""
