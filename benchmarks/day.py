"""The day that is measured: the whole file for us, the peers' part of it for the peers, and their answers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from local import mix
from local.generated_day import GeneratedDay
from local.mix import Expected
from local.verify import mistakes

__all__ = ["Files", "PeerDay", "mistakes", "peer_mistakes", "write"]


class PeerDay(GeneratedDay):
    """Without the lines that are refused and the repeated ones: a peer cannot tell them from good lines.

    Both sides then have the very keys that they have in the whole day, so the answer is the same but for
    the motives.
    """

    def _orders(
        self, kinds: tuple[mix.Kind, ...], day: date | None = None, prefix: str = "ORD-"
    ) -> Iterator[Any]:
        clean = tuple(replace(kind, lines=kind.lines[:1] if kind.is_valid else ()) for kind in kinds)
        return super()._orders(clean, day, prefix)


@dataclass(frozen=True)
class Files:
    """A day on disk. `peer_file` is `file` without what peers cannot decide."""

    file: Path
    peer_file: Path
    base: Path


def write(day: GeneratedDay, folder: Path, *, for_peers: bool = True) -> Files:
    folder.mkdir(parents=True, exist_ok=True)
    files = Files(folder / "input.csv", folder / "peer.csv", folder / "base.csv")
    peers = PeerDay(day.rows, day.reference_date, day.skew, day.base_factor)
    for path, chunks in (
        (files.file, day.csv_chunks()),
        (files.peer_file, peers.csv_chunks() if for_peers else ()),
        (files.base, day.base_chunks()),
    ):
        with path.open("wb") as to:
            to.writelines(chunks)
    return files


def peer_mistakes(out: Path, expected: Expected) -> list[str]:
    """What is wrong with a peer's answer, as far as it can be held to it: an empty list is a right one."""
    found = _answer(out)
    fields = found["campos_divergentes"].drop_nulls().str.split(",").explode()
    cents = int(found.select((pl.col("diferenca_valor").cast(pl.Decimal(38, 2)) * 100).sum()).item())
    types = {"TIPO_1": expected.tipo_1, "TIPO_2": expected.tipo_2, "TIPO_3": expected.tipo_3}
    checks: dict[str, tuple[object, object]] = {
        "keys": (found["ordem_id"].n_unique(), expected.divergences),
        "types": (_counts(found["tipo_divergencia"]), {name: n for name, n in types.items() if n}),
        "fields": (_counts(fields), expected.fields),
        "difference in cents": (cents, expected.difference_cents),
    }
    return [f"{name}: {_difference(got, wanted)}" for name, (got, wanted) in checks.items() if got != wanted]


def _answer(out: Path) -> pl.DataFrame:
    """Parquet, of which Spark writes a folder, or CSV."""
    if out.is_dir():
        return pl.read_parquet(out / "*.parquet")
    with out.open("rb") as file:
        is_parquet = file.read(4) == b"PAR1"
    if is_parquet:
        return pl.read_parquet(out)
    return pl.read_csv(out, infer_schema=False).with_columns(
        pl.col("diferenca_valor").cast(pl.Decimal(38, 2))
    )


def _difference(got: object, wanted: object) -> str:
    """Of counts, only those that differ."""
    if isinstance(got, dict) and isinstance(wanted, dict):
        names = [name for name in {**wanted, **got} if got.get(name, 0) != wanted.get(name, 0)]
        return ", ".join(f"{name} {got.get(name, 0)} of {wanted.get(name, 0)}" for name in names)
    return f"{got} of {wanted}"


def _counts(column: pl.Series) -> dict[str, int]:
    return dict(sorted(column.value_counts().rows()))
