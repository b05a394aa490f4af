"""Five changes of docs/changing.md as edits: what stands in each file, and what the change makes of it.

The new words are examples. What counts is which files change together, and who says so where one does not.
"""

from dataclasses import dataclass

REPEATED = "pytest tests/test_repeated.py"
TYPES = "mypy lambdas/context.py"
"""Reads all that the functions are made of; the slowest check, so the last."""


@dataclass(frozen=True)
class Edit:
    """In a file, one text for another: it stands there once, or `everywhere` at least once."""

    file: str
    old: str
    new: str
    everywhere: bool = False

    def of(self, text: str) -> str:
        """The file's text with the edit. Raises ValueError where the old text does not stand there so."""
        found = text.count(self.old)
        if found != 1 and not (found and self.everywhere):
            raise ValueError(f"{self.file} has {found} times: {self.old}")
        return text.replace(self.old, self.new)


@dataclass(frozen=True)
class Change:
    """All edits pass all checks; without those of any one file, a check fails."""

    name: str
    edits: tuple[Edit, ...]
    checks: tuple[str, ...]
    """Arguments of `python -m`, the cheapest first."""

    @property
    def files(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(edit.file for edit in self.edits))


def _after(file: str, text: str, added: str) -> Edit:
    return Edit(file, text, text + added)


def _everywhere(old: str, new: str, *files: str) -> tuple[Edit, ...]:
    return tuple(Edit(file, old, new, everywhere=True) for file in files)


BOOK, OPERATING = "runbooks", "docs/operating.md"
INGESTION, TIMEOUT, TOOLS = (
    f"{BOOK}/{page}.md" for page in ("2.1-falha-na-ingestao", "2.2-timeout", "4-ferramentas")
)
CONTRACT, TOTALS = "reconciliation/contract.py", "reconciliation/totals.py"
CLASSIFY, RUN = "reconciliation/kernels/classify.py", "reconciliation/run.py"
BALANCE, STYLE = "reconciliation/report/balance.py", "reconciliation/report/templates/estilo.css"
METRICS, FINISHING = "reconciliation/adapters/metrics.py", "reconciliation/lifecycle/finishing.py"
MADE_BY = [f"reconciliation/adapters/database/{engine}/base.sql" for engine in ("postgres", "mysql")]
PROMISES, TEST = "tests/runbooks/test_pages.py", "tests/test_repeated.py"
FORMAT = (
    Edit("reconciliation/plan.py", "INTERMEDIATE_FORMAT: Final = 2", "INTERMEDIATE_FORMAT: Final = 3"),
    Edit(TEST, "INTERMEDIATE: Final = (\n    2,", "INTERMEDIATE: Final = (\n    3,"),
)
_HEADER = ("ativo_id;data;valor", "ativo_id;moeda;data;valor")

COLUMN = Change(
    "A column in the contract",
    (
        Edit(CONTRACT, '"nome", "ativo_id")', '"nome", "ativo_id", "moeda")'),
        _after("reconciliation/line.py", "    ativo_id: str\n", "    moeda: str\n"),
        Edit(
            "reconciliation/line.py",
            "ativo_id, data, valor = fields",
            "ativo_id, moeda, data, valor = fields",
        ),
        Edit("reconciliation/line.py", "nome, ativo_id, _date(data)", "nome, ativo_id, moeda, _date(data)"),
        Edit("reconciliation/kernels/lines.py", "{_TEXT};{data}", "{_TEXT};{_TEXT};{data}"),
        _after(
            "reconciliation/kernels/schemas.py",
            '("ativo_id_base", pl.String),\n',
            '        ("moeda_csv", pl.String),\n        ("moeda_base", pl.String),\n',
        ),
        *(_after(file, "    ativo_id varchar(255),\n", "    moeda varchar(255),\n") for file in MADE_BY),
        Edit("docs/deploy.md", *_HEADER),
        Edit("docs/design.md", "nome, ativo_id` String", "nome, ativo_id, moeda` String"),
        Edit("README.md", *_HEADER),
        *_everywhere(*_HEADER, INGESTION),
        Edit(PROMISES, *_HEADER),
        *FORMAT,
        *_everywhere("nome ativo_id data", "nome ativo_id moeda data", TEST),
        Edit(TEST, "ativo_id_base data_csv", "ativo_id_base moeda_csv moeda_base data_csv"),
    ),
    (f"{REPEATED} {PROMISES}",),
)

TYPE = Change(
    "A fourth type",
    (
        _after(CONTRACT, 'TIPO_3: Final = "TIPO_3"\n', 'TIPO_4: Final = "TIPO_4"\n'),
        Edit(CONTRACT, "TIPO_2, TIPO_3)", "TIPO_2, TIPO_3, TIPO_4)"),
        _after(CLASSIFY, "    TIPO_3,\n", "    TIPO_4,\n"),
        Edit(
            CLASSIFY,
            "        .when(pl.any_horizontal",
            '        .when(differs["fornecedor_id"]).then(pl.lit(TIPO_4))\n        .when(pl.any_horizontal',
        ),
        Edit(CLASSIFY, "pl.when(tipo == TIPO_3)", "pl.when(tipo.is_in([TIPO_3, TIPO_4]))"),
        Edit(CLASSIFY, "        .when(tipo == TIPO_3)", "        .when(tipo.is_in([TIPO_3, TIPO_4]))"),
        Edit(TOTALS, "import TIPO_1, TIPO_2, TIPO_3", "import TIPO_1, TIPO_2, TIPO_3, TIPO_4"),
        _after(TOTALS, "    tipo_3: int\n", "    tipo_4: int\n"),
        Edit(
            TOTALS,
            "valid_keys - self.equal - self.tipo_1",
            "valid_keys - self.equal - self.tipo_4 - self.tipo_1",
        ),
        Edit(
            TOTALS, "in_scope - self.equal - self.tipo_2", "in_scope - self.equal - self.tipo_4 - self.tipo_2"
        ),
        _after(TOTALS, "TIPO_3: self.tipo_3", ", TIPO_4: self.tipo_4"),
        _after("reconciliation/documents/summary.py", "    tipo_3: int\n", "    tipo_4: int = 0\n"),
        _after(
            "reconciliation/rates.py",
            "{number(today.types['TIPO_3'])}\",\n",
            "            f\"- Tipo 4 (outro fornecedor): {number(today.types['TIPO_4'])}\",\n",
        ),
        _after(
            "reconciliation/wording.py",
            '"TIPO_3": "campos divergentes",\n',
            '    "TIPO_4": "outro fornecedor",\n',
        ),
        Edit(BALANCE, "import TIPO_1, TIPO_2, TIPO_3", "import TIPO_1, TIPO_2, TIPO_3, TIPO_4"),
        _after(BALANCE, "TIPO_3: lines.tipo_3", ", TIPO_4: lines.tipo_4"),
        Edit(BALANCE, "TIPO_1, TIPO_3)]", "TIPO_1, TIPO_3, TIPO_4)]"),
        Edit(BALANCE, "TIPO_2, TIPO_3)]", "TIPO_2, TIPO_3, TIPO_4)]"),
        _after(STYLE, "rect.tipo-3 { fill: var(--tipo-3) }\n", "rect.tipo-4 { fill: #666666 }\n"),
        Edit("docs/design.md", "tipo_2, tipo_3, base_in_scope}", "tipo_2, tipo_3, tipo_4, base_in_scope}"),
        Edit("README.md", "| `TIPO_3` |", "| `TIPO_4` | another supplier's |\n| `TIPO_3` |"),
        _after(TOOLS, "`TIPO_2`, `TIPO_3`", ", `TIPO_4`"),
        *FORMAT,
        Edit(TEST, "TIPO_2 TIPO_3", "TIPO_2 TIPO_3 TIPO_4"),
        _after(TEST, "TIPO_2, TIPO_3, ", "TIPO_4, "),
        _after(
            TEST,
            '(True, {"nome": "another"}, "CAMPOS"),\n',
            '    TIPO_4: (True, {"fornecedor_id": "another"}, "CAMPOS"),\n',
        ),
    ),
    (f"{REPEATED} tests/test_design.py",),
)

DEADLINE = Change(
    "A 40-minute deadline",
    (
        Edit(RUN, "DEADLINE_MAX_S: Final = 1200", "DEADLINE_MAX_S: Final = 2400"),
        Edit("infra/settings.py", "1200 at most", "2400 at most"),
        *_everywhere("1200", "2400", "docs/settings.md"),
        *_everywhere("20 minutes at most", "40 minutes at most", "README.md", "docs/design.md"),
        Edit("docs/deploy.md", "20 minutes at most", "40 minutes at most"),
        Edit("state_machine/reconciliation.asl.json", "at most 20 minutes", "at most 40 minutes"),
        *_everywhere("20 minutos", "40 minutos", INGESTION, TIMEOUT, f"{BOOK}/README.md"),
        *_everywhere("20 minutos", "40 minutos", f"{BOOK}/2.4-falha-na-entrega.md", f"{BOOK}/diferencas.md"),
        *_everywhere("20 minutos", "40 minutos", PROMISES),
        Edit("tests/test_run.py", "1201", "2401"),
        Edit("tests/infra/test_settings.py", '"deadline_s": 1201', '"deadline_s": 2401'),
        Edit(
            "tests/infra/test_settings.py",
            "deadline_s 1201: write 1 to 1200",
            "deadline_s 2401: write 1 to 2400",
        ),
    ),
    (f"{REPEATED} {PROMISES} tests/test_run.py tests/infra/test_settings.py",),
)

BUCKET = Change(
    "A renamed bucket",
    (
        Edit("reconciliation/deployment.py", "reconciliation-checkpoints", "reconciliation-state"),
        *_everywhere("reconciliation-checkpoints", "reconciliation-state", OPERATING, INGESTION, TIMEOUT),
        *_everywhere(
            *("reconciliation-checkpoints", "reconciliation-state"),
            *(f"{BOOK}/2.3-falha-na-conciliacao.md", f"{BOOK}/2.4-falha-na-entrega.md", f"{BOOK}/README.md"),
            "tests/test_alerts.py",
        ),
    ),
    (f"{REPEATED} tests/test_alerts.py",),
)

_SIGNATURE = (
    "lines: int, rejected: int, at: datetime",
    "lines: int, rejected: int, repeated: int, at: datetime",
)
METRIC = Change(
    "A new metric",
    (
        Edit(METRICS, *_SIGNATURE),
        Edit(METRICS, '"RejectedLines": rejected}', '"RejectedLines": rejected, "RepeatedLines": repeated}'),
        Edit("reconciliation/lifecycle/ports.py", *_SIGNATURE),
        Edit(FINISHING, "rejected, now)", "rejected, summary.totals.lines.identical_duplicates, now)"),
        _after(
            "infra/observability.py",
            '"RejectedLines": "rejeitadas",\n',
            '        "RepeatedLines": "repetidas",\n',
        ),
        _after(TOOLS, "`Lines`, `RejectedLines`", ", `RepeatedLines`"),
    ),
    (REPEATED, TYPES),
)

CHANGES = (COLUMN, TYPE, DEADLINE, BUCKET, METRIC)
