"""Every statement that a message offers is run by a test, and no message has one of its own."""

import ast
import re
from collections.abc import Callable
from pathlib import Path

from reconciliation import advice
from tests.database import test_advice_on_indexes as on_indexes
from tests.database import test_advice_on_rights as on_rights
from tests.database import test_advice_on_rows as on_rows
from tests.database import test_invisible_indexes as invisible
from tests.database.collations import test_outdated as collations

RUN_BY: dict[str, Callable[..., None]] = {
    "find_repeated": on_rows.test_the_keys_that_stand_in_an_indexs_way_are_found,
    "find_value": on_rows.test_a_value_that_is_no_amount_is_found,
    "find_without_key": on_rows.test_rows_without_a_key_are_found_on_either_engine,
    "postgres.bypass_rls": on_rights.test_a_policy_is_lifted_from_the_reader_alone,
    "postgres.grant_usage": on_rights.test_a_schema_is_opened_and_sought,
    "postgres.search_path": on_rights.test_a_schema_is_opened_and_sought,
    **dict.fromkeys(
        ("postgres.reindex", "postgres.refresh_collation", "postgres.refresh_database"),
        collations.test_an_index_in_another_order_is_refused_until_it_is_made_anew,
    ),
    **dict.fromkeys(
        ("mysql.visible", "mysql.not_ignored"),
        invisible.test_it_alone_is_told_and_shown_by_the_offered_statement,
    ),
    **{
        f"{engine}.{what}": test
        for engine in ("postgres", "mysql")
        for what, test in {
            "find_amounts": on_rows.test_the_amounts_that_another_type_would_change_are_found,
            "find_texts_of_valor": on_rows.test_the_texts_that_are_no_amounts_or_dates_are_found,
            "find_texts_of_data": on_rows.test_the_texts_that_are_no_amounts_or_dates_are_found,
            "unique_index": on_indexes.test_the_unique_index_is_added_beside_what_is_there,
            "date_index": on_indexes.test_the_date_index_of_the_warning,
            "grant_select": on_rights.test_a_right_to_read_is_added,
        }.items()
    },
}
"""Which test runs a statement, on the servers of its engine."""


def test_each_statement_is_run() -> None:
    assert set(RUN_BY) == set(advice.STATEMENTS)


_CHANGES = re.compile(r"\b(CREATE|ALTER|DROP|GRANT|REVOKE|UPDATE|DELETE|INSERT|TRUNCATE|RENAME)\s+[A-Z]")
_PASSWORDS = {"postgres/session.py", "mysql/session.py"}  # sent by the rotation, shown to nobody


def test_no_message_has_a_statement_of_its_own() -> None:
    root = Path(__file__).resolve().parents[2]
    found = {
        str(path.relative_to(root))
        for folder in ("reconciliation", "glue_jobs", "lambdas")
        for path in (root / folder).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and _CHANGES.search(node.value)
    }
    database = "reconciliation/adapters/database"
    assert found - {f"{database}/{name}" for name in _PASSWORDS} == {"reconciliation/advice.py"}
