"""PostgreSQL itself: the file copied in, one full join, the divergences copied out as CSV."""

from __future__ import annotations

from typing import Any

import psycopg2

from benchmarks.peers.base import COLUMNS, COMPARED, Task, task

_TEXTS = COLUMNS[:4]
_BLANKS = "E' \\t'"


def typed(table: str) -> str:
    """Blanks around a text do not count, and a NULL is an empty text."""
    texts = [f"coalesce(btrim({table}.{name}::text, {_BLANKS}), '') as {name}" for name in _TEXTS]
    others = (
        f"nullif(btrim({table}.{name}::text, {_BLANKS}), '')::{kind} as {name}"
        for name, kind in (("data", "date"), ("valor", "numeric(18, 2)"))
    )
    return ", ".join([*texts, *others])


_DIFFERS = {name: f"f.{name} is distinct from b.{name}" for name in COMPARED}
_FIELDS = ", ".join(f"case when {differs} then '{name}' end" for name, differs in _DIFFERS.items())
_LOADED = f"create temp table file as select {typed('copied')} from copied"  # noqa: S608 - constants
_DIVERGENCES = f"""
    with base as (
        select {typed("t")} from transacoes t where t.data = %(day)s
        union all
        select {typed("t")} from transacoes t join file f using (ordem_id)
        where t.data is distinct from %(day)s
    )
    select case when b.ordem_id is null then 'TIPO_1' when f.ordem_id is null then 'TIPO_2' else 'TIPO_3' end
               as tipo_divergencia,
           ordem_id,
           case when f.ordem_id is not null and b.ordem_id is not null then concat_ws(',', {_FIELDS}) end
               as campos_divergentes,
           coalesce(f.valor, 0) - coalesce(b.valor, 0) as diferenca_valor
    from file f full join base b using (ordem_id)
    where f.ordem_id is null or b.ordem_id is null or {" or ".join(_DIFFERS.values())}"""  # noqa: S608 - constants


def load(cursor: Any, asked: Task) -> None:
    """The file as a table `file` of this session, typed and with statistics."""
    cursor.execute(f"create temp table copied ({', '.join(f'{name} text' for name in COLUMNS)})")
    with asked.file.open("rb") as file:
        cursor.copy_expert("copy copied from stdin (format csv, header, delimiter ';')", file, 1 << 20)
    cursor.execute(_LOADED)
    cursor.execute("analyze file")


def main() -> None:
    asked = task()
    connection = psycopg2.connect(asked.url)
    with connection, connection.cursor() as cursor, asked.out.open("wb") as to:
        load(cursor, asked)
        query = cursor.mogrify(_DIVERGENCES, {"day": asked.day}).decode()
        cursor.copy_expert(f"copy ({query}) to stdout (format csv, header)", to, 1 << 20)
    connection.close()


if __name__ == "__main__":
    main()
