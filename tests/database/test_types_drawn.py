"""Amounts of any precision and enumerations of any labels, drawn: read as they are stored, or refused."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from reconciliation.errors import ReconciliationError
from tests.database.bases import rows, snapshot
from tests.database.conftest import DAY, Server
from tests.depth import at_depth

pytestmark = [pytest.mark.stack, pytest.mark.deep]
DRAWN = settings(
    max_examples=at_depth(5), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
# no two are alike to a collation, as C and Ç are; digits, for a label that looks like another's number
LABELS = st.text("ABÇ0123456789,;'\"%\\()_- ", min_size=1, max_size=20).filter(
    lambda text: text == text.strip()
)


def retype(server: Server, column: str, kind: str, depth: int = 0) -> None:
    """The column anew; on PostgreSQL under that many domains."""
    there = f"FROM information_schema.columns WHERE table_name = 'transacoes' AND column_name = '{column}'"
    server.execute("TRUNCATE TABLE transacoes")
    if server.ask(f"SELECT count(*) {there}"):  # a draw before may have ended half way
        server.execute(f"ALTER TABLE transacoes DROP COLUMN {column}")
    if server.engine == "postgres":
        server.execute(*(f"DROP DOMAIN IF EXISTS d{level} CASCADE" for level in range(4)))
        for level in range(depth):
            server.execute(f"CREATE DOMAIN d{level} AS {kind} CHECK (VALUE IS NOT NULL)")
            kind = f"d{level}"
    server.execute(f"ALTER TABLE transacoes ADD COLUMN {column} {kind} NOT NULL")


def read(server: Server, key: str | None = None) -> list[tuple[Any, ...]] | str:
    """The day's rows, or a key's; the code where the base is refused."""
    try:
        with snapshot(server.secret, 60) as base:
            return rows(base.day_rows(DAY) if key is None else base.rows_of([key]))
    except ReconciliationError as exc:
        return exc.code


@given(
    precision=st.integers(1, 38),
    scale=st.integers(-4, 6),
    depth=st.integers(0, 3),
    share=st.fractions(-1, 1),
)
@example(precision=18, scale=2, depth=3, share=1)
@example(precision=18, scale=0, depth=0, share=1)
@example(precision=5, scale=-2, depth=1, share=-1)
@example(precision=18, scale=3, depth=2, share=0)
@DRAWN
def test_an_amount_is_exact_or_refused(
    server: Server, precision: int, scale: int, depth: int, share: Any
) -> None:
    if server.engine == "mysql":
        scale = min(abs(scale), precision)
    written = Decimal(f"{int(share * (10**precision - 1))}e{-scale}")
    retype(server, "valor", f"numeric({precision},{scale})", depth)
    server.execute(f"INSERT INTO transacoes (ordem_id, data, valor) VALUES ('K', '{DAY}', {written:f})")
    holds_cents = scale <= 2 and precision - min(scale, 0) <= 18 and abs(written) < 10**16
    cents = int(written.scaleb(2)) if holds_cents else 0
    assert read(server) == ([("", "K", "", "", DAY, cents)] if holds_cents else "E_BASE_SCHEMA")


@given(labels=st.lists(LABELS, min_size=1, max_size=12, unique=True), depth=st.integers(0, 2))
@example(labels=["2", "1", "K'1", "50%"], depth=1)
@DRAWN
def test_an_enumeration_is_its_text(server: Server, labels: list[str], depth: int) -> None:
    quoted = [label.replace("'", "''") for label in labels]
    if server.engine == "mysql":
        quoted = [label.replace("\\", "\\\\") for label in quoted]
    listed = ", ".join(f"'{label}'" for label in quoted)
    if server.engine == "postgres":
        server.execute(
            "DROP TYPE IF EXISTS drawn CASCADE",  # and the column
            "ALTER TABLE transacoes ADD COLUMN IF NOT EXISTS ordem_id text",
            f"CREATE TYPE drawn AS ENUM ({listed})",
        )
    retype(server, "ordem_id", "drawn" if server.engine == "postgres" else f"enum({listed})", depth)
    server.execute(
        "CREATE UNIQUE INDEX drawn_key ON transacoes(ordem_id)",
        *(f"INSERT INTO transacoes (ordem_id, data) VALUES ('{label}', '{DAY}')" for label in quoted),
    )
    wanted = sorted(("", label, "", "", DAY, None) for label in labels)
    assert read(server) == wanted
    for row in wanted:
        assert read(server, row[1]) == [row]
    assert read(server, "absent") == []
