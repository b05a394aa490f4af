"""Imports run one way (docs/adr/0001): a breach names the file and what it took."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
HEAVY = {"boto3", "botocore", "polars", "pyspark", "psycopg2", "pymysql"}
DATABASE_FUNCTIONS = {"connection_check", "rotate_secret"}
OURS = {"glue_jobs", "lambdas", "infra", "local", "benchmarks", "tests"}

FORBIDDEN = {
    **dict.fromkeys(
        ("reconciliation", "reconciliation/documents"),
        HEAVY | OURS | {"reconciliation.kernels", "reconciliation.adapters"},
    ),
    "reconciliation/kernels": (HEAVY - {"polars"}) | OURS | {"reconciliation.adapters"},
    "reconciliation/adapters": {"pyspark"} | OURS,
    **dict.fromkeys(
        (
            "reconciliation/adapters/database",
            "reconciliation/adapters/database/postgres",
            "reconciliation/adapters/database/mysql",
            "reconciliation/adapters/export",
        ),
        {"pyspark"} | OURS,
    ),
    "lambdas": {"polars", "pyspark", "psycopg2", "pymysql", "reconciliation.kernels"} | (OURS - {"lambdas"}),
    "glue_jobs": OURS - {"glue_jobs"},
    "infra": HEAVY | {"reconciliation.kernels", "reconciliation.adapters"} | (OURS - {"infra"}),
    "local": {"glue_jobs", "lambdas", "reconciliation.kernels", "tests", "benchmarks"},
    "benchmarks": {"lambdas", "infra", "tests"},
}


def imported(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return names


@pytest.mark.parametrize("folder", FORBIDDEN)
def test_imports_run_one_way(folder: str) -> None:
    breaches = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in sorted((ROOT / folder).glob("**/*.py" if folder in ("local", "benchmarks") else "*.py"))
        for name in imported(path)
        for forbidden in FORBIDDEN[folder]
        if name == forbidden or name.startswith(f"{forbidden}.")
    ]
    assert (ROOT / folder).is_dir()
    assert not breaches


@pytest.mark.parametrize("handler", sorted(path.stem for path in (ROOT / "lambdas").glob("[a-z]*.py")))
def test_a_function_loads_nothing_that_its_package_lacks(handler: str) -> None:
    code = f"import sys, lambdas.{handler}; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=True, text=True
    )
    lacks = {"polars", "pyspark", "awsglue", "moto"}
    drivers = (
        set() if handler in DATABASE_FUNCTIONS else {"psycopg2", "pymysql"}
    )  # a cold start of 50 ms more
    assert not (lacks | drivers) & set(loaded.stdout.split())
