"""A published day on S3, small enough to be written out: what its report is made of."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any, Final

import polars as pl

from glue_jobs.report import Reports
from reconciliation import layout, places
from reconciliation.adapters.store import Store
from reconciliation.kernels.codec import to_parquet
from reconciliation.kernels.schemas import DIVERGENCES, REJECTS
from reconciliation.layout import RunPaths
from reconciliation.objects import FINGERPRINT, to_json
from tests import documents

DAY: Final = "2026-02-16"
KEY: Final = f"{DAY}/input.csv"
_EMPTY: Final[dict[str, Any]] = dict.fromkeys(DIVERGENCES.names())


def tipo_1(order: str, supplier: str, line: int, valor: str = "10.00", nome: str = "Ana") -> dict[str, Any]:
    """An order of the file that the base does not have."""
    return _row("TIPO_1", "AUSENTE_NA_BASE", order, supplier, csv=_side(supplier, nome, valor), linha=line)


def tipo_2(order: str, supplier: str, valor: str = "10.00") -> dict[str, Any]:
    """An order of the base that the file does not have."""
    return _row("TIPO_2", "AUSENTE_NO_CSV", order, supplier, base=_side(supplier, "Ana", valor))


def tipo_3(
    order: str, supplier: str, line: int, fields: str = "valor", mine: str = "10.00", **base: str
) -> dict[str, Any]:
    """An order that differs in these fields; `base` is what the base has otherwise."""
    theirs = _side(base.get("fornecedor_id", supplier), base.get("nome", "Ana"), base.get("valor", "9.50"))
    ours = _side(supplier, "Ana", mine)
    row = _row("TIPO_3", "CAMPOS", order, supplier, csv=ours, base=theirs, linha=line)
    return {**row, "campos_divergentes": fields}


def refused(
    line: int, supplier: str | None, code: str = "E_VALOR", detail: str = "valor não é um número"
) -> dict[str, Any]:
    return {
        "linha": line,
        "codigo": code,
        "detalhe": detail,
        "ordem_id": f"R{line}",
        "fornecedor_id": supplier,
    }


def _side(supplier: str, nome: str, valor: str) -> dict[str, Any]:
    return {
        "fornecedor_id": supplier, "nome": nome, "ativo_id": "PETR4", "data": date(2026, 2, 16),
        "valor": Decimal(valor),
    }  # fmt: skip


def _row(
    kind: str,
    motive: str,
    order: str,
    supplier: str,
    *,
    csv: dict[str, Any] | None = None,
    base: dict[str, Any] | None = None,
    linha: int | None = None,
) -> dict[str, Any]:
    sides = {
        f"{name}_{side}": value
        for side, of in (("csv", csv), ("base", base))
        for name, value in (of or {}).items()
    }
    difference = (csv or {}).get("valor", Decimal(0)) - (base or {}).get("valor", Decimal(0))
    return {
        **_EMPTY, **sides, "tipo_divergencia": kind, "motivo": motive, "ordem_id": order,
        "job_id": documents.JOB, "campos_divergentes": "", "fornecedor_id": supplier,
        "diferenca_valor": difference, "linha": linha, "campos_so_invisiveis": "",
    }  # fmt: skip


@dataclass
class PublishedDay:
    """What the jobs left of a day, and its report as it is read back."""

    store: Store
    rows: Sequence[dict[str, Any]]
    rejects: Sequence[dict[str, Any]] = ()
    day: str = DAY
    fingerprint: str = "f"
    etag: str = field(init=False)

    def __post_init__(self) -> None:
        self.etag = self.publish()

    @property
    def divergences(self) -> pl.DataFrame:
        return pl.DataFrame(list(self.rows), schema=DIVERGENCES).sort("tipo_divergencia", "ordem_id")

    @property
    def refused(self) -> pl.DataFrame:
        return pl.DataFrame(list(self.rejects), schema=REJECTS).sort("linha")

    def publish(self) -> str:
        """Answers the ETag."""
        of = {FINGERPRINT: self.fingerprint}
        etag = self.store.put(layout.published("output", self.day), to_parquet(self.divergences), of)
        paths = RunPaths.of("intermediate", self.day, self.fingerprint)
        for partition in range(2):
            part = self.refused.filter(pl.col("linha") % 2 == partition)
            self.store.put(layout.part(paths.rejects, partition), to_parquet(part))
        summary = {**self.summary(), "published_etag": etag}
        self.store.put(layout.summary("output", self.day), to_json(summary), of)
        return etag

    def summary(self) -> dict[str, Any]:
        whole = json.loads(json.dumps(documents.SUMMARY))
        kinds = ("TIPO_1", "TIPO_2", "TIPO_3")
        whole["types"] = {kind: sum(row["tipo_divergencia"] == kind for row in self.rows) for kind in kinds}
        whole["totals"]["lines"]["rejected"] = len(self.rejects)
        whole["totals"]["lines"] |= {kind.lower(): count for kind, count in whole["types"].items()}
        whole["value_by_type_cents"] = {
            kind: sum(
                int(abs(row["diferenca_valor"]) * 100) for row in self.rows if row["tipo_divergencia"] == kind
            )
            for kind in kinds
        }
        net_cents = sum(int(row["diferenca_valor"] * 100) for row in self.rows)
        whole["totals"]["cents"] = {"file": net_cents, "base": 0, "difference": net_cents}
        return {**whole, "day": self.day, "fingerprint": self.fingerprint}

    def make_report(self, **limits: Any) -> dict[str, bytes]:
        """Answers the day's folder, by the names in it."""
        replace(reports_of(self.store), **limits).make(self.day)
        return self.report()

    def report(self) -> dict[str, bytes]:
        folder = places.report_folder("output", self.day)
        found = {
            listed.key: self.store.get(layout.Location("output", listed.key))
            for listed in self.store.list(folder)
        }
        return {key.removeprefix(folder.key): stored.body for key, stored in found.items() if stored}


def reports_of(store: Store) -> Reports:
    return Reports(store=store, intermediate_bucket="intermediate", output_bucket="output")


ROWS = [tipo_1("A", "F1", 2), tipo_2("B", "F2"), tipo_3("C", "F3", 4)]
