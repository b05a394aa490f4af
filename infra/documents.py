"""`make docs`: the pages of docs/ that are made from the code; a test says when they are old."""

import ast
import inspect
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, Field, fields
from itertools import pairwise
from pathlib import Path

from infra import costs, reference
from infra.settings import Settings
from reconciliation.config import Rules

ROOT = Path(__file__).resolve().parents[1]
SQL = "reconciliation/adapters/database/{}"
BY_HAND = (
    *("criar_tabela", "criar_indice_unico", "criar_indice_data"),
    *("criar_usuario", "dar_leitura", "criar_extensao"),
)
"""Of a base's statements those to be run one after the other; none takes anything away."""
_MADE = "<!-- made by `make docs`: change infra/{}.py instead -->"


def pages() -> Mapping[str, str]:
    """Name in docs/ and text."""
    return {
        "settings.md": settings_page(),
        "costs.md": costs_page(),
        "base.md": base_page(),
        "reference.md": reference.page(_MADE.format("reference")),
    }


def settings_page() -> str:
    rows, rules = _rows(Settings), _rows(Rules)
    return "\n".join(
        (
            _MADE.format("settings"),
            "# Settings",
            "",
            "Every choice of a deployment: in the context of `cdk.json`, or for one deployment",
            '`make deploy SETTINGS="suffix=-dev workers=20"`. Lists are written `a,b`, `rules` as JSON.',
            "What cannot be deployed fails at the synth, with one sentence.",
            "",
            "| setting | default | |",
            "|---|---|---|",
            *rows,
            "",
            "## Rules",
            "",
            """What `rules` may hold, in `cdk.json`'s context: `"rules": {"base_unique": "in_scope"}`.""",
            "A run's summary has them all. By them a file is checked on one's own machine, too:",
            """`make validate CSV=mine.csv RULES='{"decimal_separator": ","}'`.""",
            "",
            "| rule | default | |",
            "|---|---|---|",
            *rules,
            "",
        )
    )


def _rows(of: type[Settings | Rules]) -> list[str]:
    notes = dict(_notes(of))
    return [f"| `{item.name}` | {_default(item)} | {notes.get(item.name, '')} |" for item in fields(of)]


def costs_page() -> str:
    imported = Settings(
        database="import",
        vpc_id="vpc-0123456789abcdef0",
        subnet_ids=("subnet-0123456789abcdef0",),
        availability_zones=("sa-east-1a",),
        database_security_group_id="sg-0123456789abcdef0",
        quicksight=False,
    )
    return "\n".join(
        (
            _MADE.format("costs"),
            "# What it costs",
            "",
            "What is billed, and how much of it. With the region these are the fields of",
            f"[AWS's calculator]({costs.CALCULATOR}), which knows today's prices; none stands here.",
            "",
            f"Assumed: {costs.RUN}; a year's days are kept. Free tiers, traffic and backups are left out.",
            "Every assumption is a constant of `infra/costs.py`, and",
            "`python -m infra.costs worker_type=G.2X multi_az=false` shows the table of other settings. The",
            "last column names the settings that move a line.",
            "",
            "The database and its network's endpoints run all day, whether a file comes or not; QuickSight",
            "is paid by person; the jobs by worker and minute. InspectFile has counted the lines before a",
            "job starts, so a day gets the workers that it needs: two for two million lines, one more for",
            "each two million, at most the setting `workers`; an execution's own `workers` is used as given.",
            "Glue's auto scaling is not used: it adds workers while a stage runs, by the tasks that wait,",
            "but a stage is over before one has come, and it is billed all the same.",
            "",
            "## As `cdk.json` has it",
            "",
            costs.table(Settings()),
            "",
            "## With the company's own database and network, without QuickSight",
            "",
            costs.table(imported),
            "",
        )
    )


def base_page() -> str:
    return "\n".join(
        (
            f"<!-- made by `make docs`: change the files base.sql in {SQL.format('…')} instead -->",
            "# Table, indexes and reader, by hand",
            "",
            "What `reconciliation-prepare-base` makes. That function is made for a created database alone:",
            "the owner of an imported one (`database=import`) finds here what to run, with a name and a",
            "password of their own, which then go into `reconciliation-rds-credentials` (deploy.md, step 3).",
            "An imported table with these columns and a unique index on exactly `ordem_id` lacks reader and",
            "right alone.",
            "",
            "PostgreSQL's order of texts is the operating system's or ICU's. Where an upgrade of the system,",
            "libc or ICU changes it, the next day is refused (`E_BASE_NO_UNIQUE_INDEX`): let the upgrade end",
            "with `REINDEX` of the indexes on texts, then `ALTER DATABASE … REFRESH COLLATION VERSION`",
            "(`ALTER COLLATION … REFRESH VERSION` where a column has a collation of its own).",
            "",
            *_sql_of("PostgreSQL", "postgres"),
            *_sql_of("MySQL", "mysql"),
        )
    )


def _sql_of(title: str, engine: str) -> Iterator[str]:
    """A block of the file is its comment, its name and its statements."""
    blocks = (ROOT / SQL.format(engine) / "base.sql").read_text().strip().split("\n\n")
    named = {found[1]: block for block in blocks if (found := re.search(r"^-- name: (\w+)$", block, re.M))}
    text = "\n\n".join(named[name] for name in BY_HAND if name in named)
    for part, shown in (("<usuario>", Settings.database_user), ("<senha>", "'…'")):
        text = text.replace(part, shown)
    yield from (f"## {title}", "", "```sql", text, "```", "")


def _default(item: Field[object]) -> str:
    value = item.default if item.default is not MISSING else {}
    if value in ("", (), {}):
        return ""
    return f"`{json.dumps(value) if not isinstance(value, str) else value}`"


def _notes(of: type[Settings | Rules]) -> Iterator[tuple[str, str]]:
    """Each setting's docstring, which stands below it."""
    (body,) = (node.body for node in ast.parse(inspect.getsource(of)).body if isinstance(node, ast.ClassDef))
    for setting, note in pairwise(body):
        if isinstance(setting, ast.AnnAssign) and isinstance(note, ast.Expr):
            assert isinstance(setting.target, ast.Name)
            yield setting.target.id, " ".join(ast.literal_eval(note.value).split())


def main() -> None:
    for name, text in pages().items():
        (ROOT / "docs" / name).write_text(text)


if __name__ == "__main__":
    main()
