"""Imports run one way (docs/adr/0001): a breach names the file and what it took."""

import ast
import re
import subprocess
import sys
import tomllib
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
HEAVY = {"boto3", "botocore", "polars", "pyspark", "psycopg2", "pymysql"}
DATABASE_FUNCTIONS = {"connection_check", "prepare_base", "query", "rotate_secret"}
BROUGHT = {"explain": {"polars"}}
"""What a function has in a package of its own."""
OURS = {"glue_jobs", "lambdas", "infra", "local", "benchmarks", "tests"}
KERNELS, ADAPTERS = "reconciliation.kernels", "reconciliation.adapters"
DATABASE, EXPORT = f"{ADAPTERS}.database", f"{ADAPTERS}.export"
LIFECYCLE, ACCESS = "reconciliation.lifecycle", "reconciliation.access"

FORBIDDEN = {
    **dict.fromkeys(
        ("reconciliation", "reconciliation/documents", "reconciliation/report"),
        HEAVY | OURS | {KERNELS, ADAPTERS, LIFECYCLE, ACCESS},
    ),
    "reconciliation/kernels": (HEAVY - {"polars"}) | OURS | {ADAPTERS, LIFECYCLE, ACCESS},
    "reconciliation/lifecycle": HEAVY | OURS | {KERNELS, ACCESS, DATABASE, EXPORT},
    "reconciliation/explaining": (HEAVY - {"polars"}) | OURS | {LIFECYCLE, ACCESS, DATABASE, EXPORT},
    "reconciliation/access": HEAVY | OURS | {KERNELS, EXPORT, LIFECYCLE},
    **dict.fromkeys(
        (
            "reconciliation/adapters",
            "reconciliation/adapters/database",
            "reconciliation/adapters/database/postgres",
            "reconciliation/adapters/database/mysql",
            "reconciliation/adapters/export",
        ),
        {"pyspark"} | OURS | {LIFECYCLE, ACCESS},
    ),
    "lambdas": {"polars", "pyspark", "psycopg2", "pymysql", KERNELS} | (OURS - {"lambdas"}),
    "glue_jobs": (OURS - {"glue_jobs"}) | {ACCESS},
    "infra": HEAVY | {KERNELS, ADAPTERS, LIFECYCLE, ACCESS} | (OURS - {"infra"}),
    "local": {"glue_jobs", "lambdas", KERNELS, "tests", "benchmarks"},
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


def is_within(name: str, package: str) -> bool:
    return name == package or name.startswith(f"{package}.")


def is_edge(path: Path) -> bool:
    """Whether a function or a job begins there."""
    body = ast.parse(path.read_text(encoding="utf-8")).body
    return any(isinstance(node, ast.FunctionDef) and node.name in ("handler", "main") for node in body)


@pytest.mark.parametrize("folder", FORBIDDEN)
def test_imports_run_one_way(folder: str) -> None:
    breaches = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in sorted((ROOT / folder).glob("**/*.py" if folder in ("local", "benchmarks") else "*.py"))
        for name in imported(path)
        for forbidden in FORBIDDEN[folder]
        if is_within(name, forbidden)
    ]
    assert (ROOT / folder).is_dir()
    assert not breaches


def test_every_folder_of_the_core_has_its_rule() -> None:
    folders = {str(path.parent.relative_to(ROOT)) for path in (ROOT / "reconciliation").glob("**/*.py")}
    assert folders <= set(FORBIDDEN)


def test_no_edge_imports_another() -> None:
    """What two of them call stands where both may take it from."""
    edges = {
        f"{folder}.{path.stem}": path
        for folder in ("lambdas", "glue_jobs")
        for path in (ROOT / folder).glob("*.py")
        if is_edge(path)
    }
    others = {name: (imported(path) & set(edges)) - {name} for name, path in edges.items()}
    assert len(edges) > 10
    assert not any(others.values()), others


def test_no_module_needs_one_that_needs_it() -> None:
    """Wherever in it the import stands; a package's own `__init__` runs before any of its modules."""
    modules = {
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
        for folder in (OURS | {"reconciliation"})
        for path in (ROOT / folder).glob("**/*.py")
    }
    needs = {
        module: {before for name in (module, *imported(path)) for before in packages(name)} - {module}
        for module, path in modules.items()
    }
    assert "reconciliation.adapters.database.rows" in needs["reconciliation.adapters.database.base"]
    TopologicalSorter(needs).prepare()  # a CycleError names them


def packages(name: str) -> list[str]:
    """`a`, `a.b` and `a.b.c` for the last one: what is loaded in order to load it."""
    parts = name.split(".")
    return [".".join(parts[:end]) for end in range(1, len(parts) + 1)]


@pytest.mark.parametrize("handler", sorted(path.stem for path in (ROOT / "lambdas").glob("[a-z]*.py")))
def test_a_function_loads_nothing_that_its_package_lacks(handler: str) -> None:
    code = f"import sys, lambdas.{handler}; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=True, text=True
    )
    lacks = {"pyspark", "awsglue", "moto"} | ({"polars"} - BROUGHT.get(handler, set()))
    drivers = (
        set() if handler in DATABASE_FUNCTIONS else {"psycopg2", "pymysql"}
    )  # a cold start of 50 ms more
    assert not (lacks | drivers) & set(loaded.stdout.split())


def test_the_types_of_each_service_that_we_import_are_read() -> None:
    """mypy skips the others: one that is missing there would be `Any`, unseen."""
    overrides = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["mypy"]["overrides"]
    read = {name for each in overrides if each["follow_imports"] == "normal" for name in each["module"]}
    ours = {
        name
        for folder in OURS - {"tests"}
        for path in (ROOT / folder).glob("**/*.py")
        for name in imported(path)
    }
    assert {name for name in ours if re.match(r"aws_cdk(\.aws_\w+)?$", name)} == read


def test_nothing_is_taken_from_a_test_module() -> None:
    """What two of them share stands in a module of its own, or in a conftest."""
    breaches = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in sorted((ROOT / "tests").glob("**/*.py"))
        for name in imported(path)
        if name.startswith("tests.") and any(part.startswith("test_") for part in name.split(".")[:-1])
    ]
    assert not breaches


@pytest.mark.parametrize("folder", ["lambdas", "reconciliation", "glue_jobs"])
def test_nothing_but_the_settings_reads_the_environment(folder: str) -> None:
    readers = {
        path.stem
        for path in (ROOT / folder).glob("**/*.py")
        if path.stem != "settings"
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if (isinstance(node, ast.Attribute) and node.attr in ("environ", "getenv"))
        or (isinstance(node, ast.alias) and node.name in ("environ", "getenv"))
    }
    assert not readers
