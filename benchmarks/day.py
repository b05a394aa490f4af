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


def write(day: GeneratedDay, folder: Path) -> Files:
    folder.mkdir(parents=True, exist_ok=True)
    files = Files(folder / "input.csv", folder / "peer.csv", folder / "base.csv")
    peers = PeerDay(day.rows, day.reference_date, day.skew, day.base_factor)
    for path, chunks in (
        (files.file, day.csv_chunks()),
        (files.peer_file, peers.csv_chunks()),
        (files.base, day.base_chunks()),
    ):
        with path.open("wb") as to:
            to.writelines(chunks)
    return files


def peer_mistakes(out: Path, expected: Expected) -> list[str]:
    """What is wrong with a peer's answer, as far as it can be held to it: an empty list is a right one."""
    found = pl.read_parquet(out / "*.parquet" if out.is_dir() else out)  # Spark writes a folder
    fields = found["campos_divergentes"].drop_nulls().str.split(",").explode()
    cents = sum(int(value.scaleb(2)) for value in found["diferenca_valor"].to_list())
    types = {"TIPO_1": expected.tipo_1, "TIPO_2": expected.tipo_2, "TIPO_3": expected.tipo_3}
    checks: dict[str, tuple[object, object]] = {
        "keys": (found["ordem_id"].n_unique(), expected.divergences),
        "types": (_counts(found["tipo_divergencia"]), {name: n for name, n in types.items() if n}),
        "fields": (_counts(fields), expected.fields),
        "difference in cents": (cents, expected.difference_cents),
    }
    return [f"{name}: {got}, expected {wanted}" for name, (got, wanted) in checks.items() if got != wanted]


def _counts(column: pl.Series) -> dict[str, int]:
    return dict(sorted(column.value_counts().rows()))
