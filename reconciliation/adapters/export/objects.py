"""Which objects of `base-export/DAY/` make the base: one snapshot, whole, and of no other table.

Two layouts. Ours: `base-export/DAY/*.parquet`, all of them. RDS's own export of a snapshot with that prefix:
`EXPORT/DATABASE/SCHEMA.TABLE/BATCH/part-*.gz.parquet` (of MySQL the database's name stands for the schema's),
beside documents that say whether it is complete and which type each column had. Source: the RDS user guide,
"File naming conventions for exports"; runbook 2.3.
"""

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import PurePosixPath
from typing import Any

from reconciliation.adapters.export.taken import moment_of
from reconciliation.adapters.store import Store
from reconciliation.contract import TABLE
from reconciliation.documents.snapshot import BaseFacts
from reconciliation.errors import error
from reconciliation.layout import Location
from reconciliation.objects import Listed

_INFO, _TABLES = "export_info_", "export_tables_info_"
_COMPLETE = "COMPLETE"
_MOST_SHOWN = 10


@dataclass(frozen=True)
class Exported:
    """`etags` by key. `original_types` are the source's by column, where RDS names them.

    What happened after `until` is not in it: RDS's own time of the snapshot, if it tells one; of an export of
    ours, which names no moment, when its first object was written. `is_warned`: RDS remarks on the table.
    """

    etags: dict[str, str]
    until: datetime | None
    is_warned: bool = False
    original_types: dict[str, str] = field(default_factory=dict)
    facts: BaseFacts = field(default_factory=BaseFacts)


def chosen(store: Store, prefix: Location) -> Exported:
    """Raises BASE_EMPTY where there is none or it is not complete yet, E_BASE_SCHEMA where there are two."""
    listed = {found.key.removeprefix(prefix.key): found for found in store.list(prefix)}
    parquet = {name: found for name, found in listed.items() if name.endswith(".parquet")}
    own = {found.key: found.etag for name, found in parquet.items() if "/" not in name}
    if strange := [name for name in listed if "/" not in name and _is_strange(name)]:
        raise error(
            "E_BASE_SCHEMA",
            f"{prefix} tem {strange[0]}, que não termina em .parquet; talvez o export ainda esteja sendo"
            " escrito: espere que termine, ou tire dali o que não é da base",
        )
    folders = sorted({name.split("/", 1)[0] for name in listed if "/" in name})
    if (own and folders) or len(folders) > 1:
        raise error(
            "E_BASE_SCHEMA", f"{prefix} tem mais de um export ({', '.join(folders)}): deixe só um, completo"
        )
    if own:
        return Exported(own, until=min(found.modified for found in parquet.values()))
    if not folders:
        raise error("BASE_EMPTY", f"não há export da base em {prefix}")
    return _of_rds(store, prefix / folders[0], listed, folders[0])


def _is_strange(name: str) -> bool:
    """What may hold rows under another name; not a folder's mark, nor what writers leave beside."""
    is_mark = not name or name.startswith(("_SUCCESS", ".")) or name.endswith((".crc", "_$folder$"))
    return not is_mark and not name.endswith(".parquet")


def _of_rds(store: Store, root: Location, listed: dict[str, Listed], folder: str) -> Exported:
    documents = {PurePosixPath(name).name: found for name, found in listed.items() if name.count("/") == 1}
    info = [_document(store, root, found) for name, found in documents.items() if name.startswith(_INFO)]
    if [document.get("status") for document in info] != [_COMPLETE]:
        told = ", ".join(str(document.get("status")) for document in info) or "sem export_info_*.json"
        raise error("BASE_EMPTY", f"o export {root} não está completo ({told}): espere que termine e retome")
    tables = [
        table
        for name, found in documents.items()
        if name.startswith(_TABLES)
        for table in _document(store, root, found).get("perTableStatus", ())
        if str(table.get("target", "")).endswith(f".{TABLE}")  # a database has its entry, too, without a dot
    ]
    if len(tables) != 1:
        targets = ", ".join(str(table["target"]) for table in tables) or "nenhuma"
        raise error("E_BASE_SCHEMA", f"o export {root} deve ter uma só tabela {TABLE}; tem: {targets}")
    (table,) = tables
    if table.get("status") != _COMPLETE:
        raise error(
            "BASE_EMPTY", f"o export de {table['target']} está {table.get('status')}: exporte de novo"
        )
    columns = table.get("schemaMetadata", {}).get("originalTypeMappings", ())
    snapshot_time = info[0].get("snapshotTime")
    within = {name.removeprefix(f"{folder}/"): found for name, found in listed.items()}
    return Exported(
        _objects_of(str(table["target"]), root, within),
        moment_of(snapshot_time),
        bool(table.get("warningMessage")),
        {str(column["columnName"]): str(column["originalType"]).lower() for column in columns},
        {"export": folder, "snapshot_time": None if snapshot_time is None else str(snapshot_time)},
    )


def _objects_of(target: str, root: Location, listed: dict[str, Listed]) -> dict[str, str]:
    """ETags by key. Raises BASE_EMPTY where there are none, E_BASE_SCHEMA where two folders have some."""
    places = _places(target)
    of_table = {name: found for name, found in listed.items() if name.startswith(places)}
    if strange := [name for name in of_table if _is_strange(PurePosixPath(name).name)]:
        raise error(
            "E_BASE_SCHEMA", f"{root} tem {strange[0]}, que não é um objeto do export; exporte de novo"
        )
    parquet = {name: found for name, found in of_table.items() if name.endswith(".parquet")}
    filled = [place for place in places if any(name.startswith(place) for name in parquet)]
    if len(filled) > 1:
        raise error(
            "E_BASE_SCHEMA", f"o export {root} tem objetos de {TABLE} em {', '.join(filled)}: deixe um só"
        )
    if not filled:
        there = {"/".join(name.split("/", 2)[:2]) + "/" for name in listed if name.count("/") > 1}
        by_likeness = sorted(there, key=lambda name: (TABLE not in name, name))
        shown = ", ".join(by_likeness[:_MOST_SHOWN]) or "nada"
        raise error(
            "BASE_EMPTY",
            f"o export {root} não tem nenhum objeto em {' nem em '.join(places)}; tem: {shown}",
        )
    return {found.key: found.etag for found in parquet.values()}


def _places(target: str) -> tuple[str, ...]:
    """Where a table's objects may be, the documented first: `DATABASE.TABLE` names no schema."""
    database, qualified = target.split(".", 1)
    if "." in qualified:
        return (f"{database}/{qualified}/",)
    return f"{database}/{database}.{qualified}/", f"{database}/{qualified}/"


def _document(store: Store, root: Location, listed: Listed) -> dict[str, Any]:
    where = Location(root.bucket, listed.key)
    found = store.get(where)
    try:
        content = found.json() if found else None
    except ValueError:
        content = None
    if not isinstance(content, dict):
        raise error("BASE_EMPTY", f"{where} não pode ser lido: o export não está completo")
    return content
