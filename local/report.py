"""What an operator reads at the end of a run, in Portuguese. Texts from plain values, no I/O."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from local.results import OUTPUT
from reconciliation import layout
from reconciliation.layout import Location
from reconciliation.places import report_page
from reconciliation.wording import TYPES, brl, number

_LINES = {
    "data_lines": "linhas de dados no arquivo",
    "rejected": "linhas rejeitadas",
    "identical_duplicates": "duplicatas idênticas",
    "valid_keys": "ordens válidas",
    "equal": "ordens iguais nos dois lados",
    "base_in_scope": "linhas da base comparadas",
}
_CENTS = {"file": "arquivo", "base": "base", "difference": "diferença"}
_STAGES = {"validation": "validação", "reconciliation": "conciliação", "output": "saída", "total": "total"}


def success(summary: Mapping[str, Any]) -> Iterator[str]:
    """The day's result from its `resumo.json`."""
    totals, types = summary["totals"], summary["types"]
    yield f"{summary['status']}: dia {summary['day']}, {summary['job_id']}, tentativa {summary['attempt']}"
    yield from _table("Linhas", {text: number(totals["lines"][key]) for key, text in _LINES.items()})
    yield from _table("Valores", {text: brl(totals["cents"][key]) for key, text in _CENTS.items()})
    rate = f"{summary['divergence_rate_percent']:.2f}".replace(".", ",")
    title = f"Divergências: {number(sum(types.values()))} ({rate} % das ordens dos dois lados)"
    yield from _table(title, {f"{key}  {text}": number(types[key]) for key, text in TYPES.items()})
    yield from _counts("Divergências por motivo", summary["motives"])
    yield from _counts("Linhas rejeitadas por código", summary["rejects_by_code"])
    yield from _counts("Avisos", summary["warnings"])
    suppliers = {top["fornecedor_id"]: top["divergences"] for top in summary["top_suppliers"][:5]}
    yield from _counts("Fornecedores com mais divergências", suppliers)
    absent = {one["fornecedor_id"]: one["base_rows"] for one in summary["suppliers_absent"]["largest"]}
    yield from _counts("Fornecedores da base sem nenhuma linha no arquivo (linhas da base)", absent)
    took_s = summary["seconds_by_stage"]
    seconds = {text: decimal(took_s[stage]) for stage, text in _STAGES.items() if stage in took_s}
    yield from _table("Segundos por etapa", seconds)


def places(uploaded: Location, day: str) -> Iterator[str]:
    """Where things are on S3, while the stack runs."""
    yield from _table(
        "Onde está (no S3 deste ambiente)",
        {
            "arquivo": str(uploaded),
            "divergências": str(layout.published(OUTPUT, day)),
            "rejeitos": str(layout.published_rejects(OUTPUT, day)),
            "resumo": str(layout.summary(OUTPUT, day)),
            "relatório": str(report_page(OUTPUT, day)),
        },
        align="<",
    )


def failure(outcome: Mapping[str, Any]) -> Iterator[str]:
    """How a run failed, from the JSON of its cause."""
    said = (outcome.get("status") or "FAILED", outcome.get("code"), outcome.get("message"))
    yield ": ".join(str(text) for text in dict.fromkeys(said))  # a TIMEOUT's code is TIMEOUT
    facts = {
        "execução": outcome.get("job_id") and f"{outcome['job_id']}, tentativa {outcome.get('attempt')}",
        "etapa": outcome.get("stage"),
        "severidade": outcome.get("severity"),
        "checkpoint": outcome.get("checkpoint_location"),
    }
    yield from _table("Detalhes", {name: str(fact) for name, fact in facts.items() if fact}, align="<")


def alerts(deliveries: list[dict[str, Any]], *, in_full: bool) -> Iterator[str]:
    """A line for each e-mail and Slack message; `in_full`, the text too, which ends with the next command."""
    yield ""
    yield f"Alertas entregues: {len(deliveries)}"
    for delivery in deliveries:
        first_line = (delivery["assunto"] or delivery["corpo"]).strip().split("\n", 1)[0]
        yield f"  {delivery['canal']:<6} {delivery['destino']}: {first_line}"
    if in_full and deliveries:
        yield ""
        yield from (f"  | {line}" for line in deliveries[0]["corpo"].strip().split("\n"))


def decimal(value: float) -> str:
    """Seconds and megabytes, with one place."""
    return f"{value:.1f}".replace(".", ",")


def _counts(title: str, counts: Mapping[str, int]) -> Iterator[str]:
    if counts:
        yield from _table(title, {name: number(count) for name, count in counts.items()})


def _table(title: str, rows: Mapping[str, str], align: str = ">") -> Iterator[str]:
    yield ""
    yield title
    left = max((len(name) for name in rows), default=0)
    right = max((len(value) for value in rows.values()), default=0) if align == ">" else 0
    yield from (f"  {name:<{left}}  {value:{align}{right}}".rstrip() for name, value in rows.items())
