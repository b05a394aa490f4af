"""The same in DuckDB."""

from __future__ import annotations

from pathlib import Path

import duckdb

from benchmarks.peers.base import COLUMNS, COMPARED, snapshot, task

_TYPED = ", ".join(
    [
        *(f"coalesce(trim({name}, ' \t'), '') as {name}" for name in COLUMNS[:4]),
        "cast(trim(data, ' \t') as date) as data",
        "cast(trim(valor, ' \t') as decimal(18, 2)) as valor",
    ]
)
_NAMES = "{" + ", ".join(f"'{name}': 'VARCHAR'" for name in COLUMNS) + "}"
_DIFFERS = {name: f"f.{name} is distinct from b.{name}" for name in COMPARED}
_FIELDS = ", ".join(f"case when {differs} then '{name}' end" for name, differs in _DIFFERS.items())
_TIPO = f"""
    case when b.ordem_id is null then 'TIPO_1' when f.ordem_id is null then 'TIPO_2'
         when {" or ".join(_DIFFERS.values())} then 'TIPO_3' end"""
_BOTH = ", ".join(f"f.{name}, b.{name} as {name}_base" for name in COMPARED)
_COMPARED = f"""
    select {_TIPO} as tipo_divergencia, coalesce(f.ordem_id, b.ordem_id) as ordem_id,
           case when tipo_divergencia = 'TIPO_3' then concat_ws(',', {_FIELDS}) end as campos_divergentes,
           {_BOTH}, coalesce(f.valor, 0) - coalesce(b.valor, 0) as diferenca_valor
    from file f full join base b using (ordem_id) where tipo_divergencia is not null"""  # noqa: S608 - constants


def read(path: Path, options: str) -> str:
    return f"select {_TYPED} from read_csv('{path}', columns={_NAMES}, {options})"  # noqa: S608 - own paths


def main() -> None:
    asked = task()
    copied, moved = asked.scratch / "day.csv", asked.scratch / "moved.csv"
    by_copy = "delim=',', header=false, quote='\"', escape='\"', auto_detect=false"
    db = duckdb.connect()
    db.execute("set preserve_insertion_order = false")
    supplied = read(asked.file, "delim=';', header=true, quote='\"', escape='\"', auto_detect=false")
    db.execute(f"create table file as {supplied}")
    with snapshot(asked.url) as base:
        with copied.open("wb") as to:
            base.copy_day(asked.day, to)
        db.execute(f"create table base as {read(copied, by_copy)}")
        absent = db.execute("select ordem_id from file anti join base using (ordem_id)").fetchall()
        with moved.open("wb") as to:
            base.copy_keys([key for (key,) in absent], to)
    if moved.stat().st_size:
        db.execute(f"insert into base {read(moved, by_copy)}")
    db.execute(f"copy ({_COMPARED}) to '{asked.out}' (format parquet)")


if __name__ == "__main__":
    main()
