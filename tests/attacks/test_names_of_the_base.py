"""Whoever may name columns, schemas or policies of the base: a name speaks for nobody, and never without end.

On real servers: tests/database/test_hostile.py.
"""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from reconciliation import advice
from reconciliation.adapters.database import failures, index_failures, part_failures, secret
from reconciliation.adapters.database.connecting import engine_of, session
from reconciliation.adapters.database.limits import Limits
from reconciliation.adapters.database.table import Outdated
from reconciliation.errors import ReconciliationError, message_of
from tests.attacks.anything import ANYTHING, TEXTS
from tests.attacks.secrets import MEMBERS, PASSWORD, Secrets

_HOSTILE = st.text(alphabet="ab:;.,<>\"'`\n\r\x1b\u2028\u202e é", max_size=63)
NAMES = st.lists(st.one_of(TEXTS, _HOSTILE), min_size=1, max_size=20)


def _outdated(name: str) -> Outdated:
    return Outdated(name, name, False, "1", "2", False, False)


FAILURES: tuple[Callable[[list[str]], ReconciliationError], ...] = (
    lambda names: failures.no_column("nome", names),
    failures.row_security,
    failures.no_table,
    lambda names: failures.not_a_table(f"uma view sobre {', '.join(names)}"),
    lambda names: part_failures.part_of(names[0]),
    part_failures.foreign_parts,
    lambda names: failures.unfit_column("valor", names[0], ""),
    lambda names: index_failures.no_unique_key_over(f"tem tabelas que a herdam ({', '.join(names)})"),
    lambda names: index_failures.outdated([_outdated(name) for name in names], ""),
    lambda names: failures.unreadable_text("nome", names[0]),
)


@pytest.mark.parametrize("failure", FAILURES)
@given(names=NAMES)
@example(names=["x" * 63] * 1_600)
@example(names=["k" * 200_000])
@example(names=["a\nRDS_AUTH: b", "c: DROP TABLE transacoes;"])
def test_a_sentence_with_names_is_one_short_line(
    failure: Callable[[list[str]], ReconciliationError], names: list[str]
) -> None:
    said = str(failure(names))
    assert len(said) < 6_000
    assert said.isprintable()
    assert message_of(f"E_BASE_SCHEMA: {said}").rstrip("…") == said[:4_000].strip()


def test_what_a_name_says_stands_in_quotes() -> None:
    """And behind the sentence's own colon there is nothing but what `advice` has."""
    told = str(failures.row_security(["p: DROP TABLE transacoes;"]))
    assert '(política "p: DROP TABLE transacoes;")' in told
    assert told.endswith(f": {advice.statement('postgres.bypass_rls')}")


@given(parts=st.dictionaries(st.sampled_from(("schema", "table", "index", "as", "path")), TEXTS))
@example(parts={"schema": '"<schema>; DROP TABLE x; --"', "table": '"<schema>; DROP TABLE x; --".transacoes'})
def test_what_was_put_into_a_statement_is_put_into_nothing(parts: dict[str, str]) -> None:
    first, between, last = re.split(r"<\w+>", advice.STATEMENTS["postgres.grant_usage"])
    schema, table = parts.get("schema", "<schema>"), parts.get("table", "transacoes")
    assert advice.statement("postgres.grant_usage", **parts) == f"{first}{schema}{between}{table}{last}"


def test_an_index_has_a_name_that_is_free_however_many_are_taken() -> None:
    taken = frozenset({"i", *(f"i_{n}" for n in range(2, 5_000))})
    assert advice.free_name("i", taken) == "i_5000"


@contextmanager
def connected_by_the_secret() -> Iterator[None]:
    read = secret.read_secret("credentials")
    assert all(type(read[name]) in (str, int) for name in MEMBERS)
    with session(engine_of(read), read, Limits(60)):
        yield


@given(
    engine=st.sampled_from(("postgres", "mysql")),
    given_=st.dictionaries(st.sampled_from(("dbname", "username", "other", "sslmode")), ANYTHING),
    password=st.one_of(ANYTHING, st.text().map(lambda text: f"{PASSWORD}{text}")),
)
@example(engine="postgres", given_={}, password=f"{PASSWORD}\0")
@example(engine="postgres", given_={}, password=f"{PASSWORD}\ud800")
@example(engine="mysql", given_={"username": 1}, password=[PASSWORD])
def test_a_secret_of_anything_ends_in_a_code(
    engine: str, given_: dict[str, object], password: object
) -> None:
    """At a place where nobody listens: whatever a driver makes of it, no driver's own error comes out."""
    place = {"engine": engine, "host": "127.0.0.1", "port": 9, "dbname": "d", "username": "u"}
    content = json.dumps({**place, **given_, "password": password})
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(secret.boto3, "client", lambda _, config: Secrets(content))
        with pytest.raises(ReconciliationError) as failed, connected_by_the_secret():
            raise AssertionError("nobody listens there")
    assert failed.value.code in ("RDS_AUTH", "RDS_UNREACHABLE")
    assert PASSWORD not in str(failed.value)
    assert len(str(failed.value)) < 1_000
