"""`docs/reference.md`: what goes in and what comes out, by the names that the code has for them."""

import ast
from collections.abc import Iterator
from pathlib import Path

from infra.published import COLUMNS as PUBLISHED
from reconciliation import wording
from reconciliation.contract import (
    COLUMNS,
    HEADER,
    KEY_MAX_CHARS,
    LINE_MAX_BYTES,
    VALOR_MAX_INTEGER_DIGITS,
    VALOR_SCALE,
    YEAR_MAX,
    YEAR_MIN,
)
from reconciliation.errors import FAILURES
from reconciliation.run import RANGES, WORKER_TYPES

ROOT = Path(__file__).resolve().parents[1]
_FIELDS = {
    "fornecedor_id": "the supplier; not empty",
    "ordem_id": f"the key; 1 to {KEY_MAX_CHARS} characters, none of them invisible; compared by its bytes",
    "nome": "may be empty",
    "ativo_id": "not empty",
    "data": f"`YYYY-MM-DD`, a real date of the years {YEAR_MIN} to {YEAR_MAX}",
    "valor": f"`-?[0-9]+(.[0-9]+)?`: at most {VALOR_MAX_INTEGER_DIGITS} digits before the point, and"
    f" {VALOR_SCALE} after it that are not zeros",
}
_MEANS = {
    "tipo_divergencia": "the type, below",
    "motivo": "why it is one, below",
    "ordem_id": "the key",
    "job_id": "the run that published it",
    "campos_divergentes": "of a `TIPO_3` the fields that differ, `a,b`; else empty",
    "fornecedor_id": "the file's, else the base's",
    "diferenca_valor": "file less base, in R$; a side that is absent or null counts 0",
    "linha": "of the file, its header being line 1",
    "campos_so_invisiveis": "of the fields that differ those whose texts look the same",
}
_INPUT = {
    "s3_key": "`YYYY-MM-DD/NAME.csv` in the ingress bucket: the file to reconcile",
    "version_id": "that version of it; without it the newest at the start",
    "force_reprocess": "`true`: also where the day is published",
    "job_id": "with the next two: the run to go on with",
    "checkpoint_location": "its checkpoint, as the alert names it",
    "reprocess_from_checkpoint": "`true`",
}


def page(made: str) -> str:
    """Markdown; `made` is its first line."""
    return "\n".join((made, *_contract(), *_codes(), *_published(), *_input(), *_metrics(), ""))


def _contract() -> Iterator[str]:
    yield from (
        "# Reference",
        "",
        "What goes in and what comes out. Every choice of a deployment: [settings.md](settings.md).",
        "",
        "## The supplier's file",
        "",
        "`YYYY-MM-DD/NAME.csv`: UTF-8, a BOM is accepted; lines end in LF or CRLF, and have",
        f"{LINE_MAX_BYTES:,} bytes at most. Fields may be quoted as in RFC 4180, but hold no line break;",
        "blanks around them count for nothing. The first line is literally",
        "",
        f"    {HEADER}",
        "",
        *_table("field", "", {name: _FIELDS[name] for name in COLUMNS}),
        "",
        "The base's table `transacoes` has the same columns: [base.md](base.md).",
    )


def _codes() -> Iterator[str]:
    yield from ("", "## Codes", "", "### A line is refused, the others count", "")
    yield from _table("code", "", wording.REJECTS)
    yield from ("", "### An alert: that run published nothing, unless its words say so", "")
    yield from ("| code | severity | runbook | |", "|---|---|---|---|")
    for code, failure in FAILURES.items():
        yield f"| `{code}` | {failure.severity} | {failure.playbook} | {wording.OUTCOMES[code]} |"
    yield from ("", "### A warning: the run goes on, the summary counts it", "")
    yield from _table("code", "", {code: text.split(".")[0] for code, text in wording.WARNINGS.items()})


def _published() -> Iterator[str]:
    yield from (
        "",
        "## What is published",
        "",
        "`YYYY-MM-DD/divergencias.parquet`: a row a divergence, in order of `tipo_divergencia`, `ordem_id`;",
        "Athena's table `divergencias` adds `dia`. Sides: `_csv` the file's, `_base` the base's.",
        "",
        "| column | type | |",
        "|---|---|---|",
    )
    yield from (f"| `{name}` | {kind} | {_MEANS.get(name, '')} |" for name, kind in PUBLISHED)
    yield ""
    yield from _table("`tipo_divergencia`", "", wording.TYPES)
    yield ""
    yield from _table("`motivo`", "", wording.MOTIVES)


def _input() -> Iterator[str]:
    numbers = {name: f"{least:,} to {most:,}" for name, (least, most) in RANGES.items()}
    numbers["partition_lines"] += "; whatever it is, a partition for each 256 MB of the file at least"
    yield from (
        "",
        "## An execution's input",
        "",
        "A file, or a run to go on with; the numbers may be given with either, and are the deployment's",
        "where they are not. What is unknown is refused (`INVALID_INPUT`).",
        "",
    )
    yield from _table("field", "", {**_INPUT, **numbers, "worker_type": f"one of {', '.join(WORKER_TYPES)}"})


def _metrics() -> Iterator[str]:
    """Of the methods that put them, what each says of itself."""
    module = ast.parse((ROOT / "reconciliation" / "adapters" / "metrics.py").read_text())
    (metrics,) = (node for node in module.body if isinstance(node, ast.ClassDef))
    yield from ("", "## Metrics", "", "Namespace `Reconciliation`; their dimensions: runbook 4.1.", "")
    for method in metrics.body:
        if isinstance(method, ast.FunctionDef) and method.name.startswith("put_"):
            yield f"- {' '.join((ast.get_docstring(method) or '').split())}"


def _table(left: str, right: str, rows: dict[str, str]) -> Iterator[str]:
    yield from (f"| {left} | {right} |", "|---|---|")
    yield from (f"| `{name}` | {text} |" for name, text in rows.items())
