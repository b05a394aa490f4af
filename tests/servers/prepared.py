"""A PostgreSQL that was just started, with table and reader, as a deployment's function makes them."""

from local.postgres import Database
from reconciliation.access.preparing import prepare


def prepared(database: Database) -> Database:
    outcomes = prepare("tudo", lambda: database.reader, lambda: {**database.reader, **database.owner}, "")
    assert [outcome for outcome in outcomes if outcome.codigo] == []
    return database
