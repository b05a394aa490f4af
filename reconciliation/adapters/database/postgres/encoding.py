"""Which keys a PostgreSQL database can store at all: one whose character its encoding lacks is not in it."""

from collections.abc import Iterator, Sequence
from typing import Any

import psycopg2.errors

from reconciliation.adapters.database.postgres.statements import execute

_HOLDS_ANYTHING = {"UTF8", "SQL_ASCII"}


def storable(connection: Any, keys: list[str], lacking: dict[str, bool]) -> list[str]:
    """The keys without those that hold a character that the database's encoding lacks.

    The server itself is asked, character by character: binding a key that it cannot convert would end the
    statement for the other keys, too. What it answered stays in `lacking`, and is not asked again.
    """
    if connection.info.parameter_status("server_encoding") in _HOLDS_ANYTHING:
        return keys
    characters = {char for key in keys if not key.isascii() for char in key if not char.isascii()}
    if asked := sorted(characters - lacking.keys()):
        lacking.update(dict.fromkeys(asked, False) | dict.fromkeys(_lacking(connection, asked), True))
    absent = {char for char in characters if lacking[char]}
    return [key for key in keys if absent.isdisjoint(key)] if absent else keys


def _lacking(connection: Any, characters: Sequence[str]) -> Iterator[str]:
    """By halves: most databases hold nearly all, or lack whole scripts."""
    if not characters or _converts(connection, "".join(characters)):
        return
    if len(characters) == 1:
        yield characters[0]
        return
    half = len(characters) // 2
    yield from _lacking(connection, characters[:half])
    yield from _lacking(connection, characters[half:])


def _converts(connection: Any, text: str) -> bool:
    """Within a savepoint, so that the snapshot outlives a refusal."""
    execute(connection, "SAVEPOINT storable")
    try:
        execute(connection, "SELECT %s", text)
    except (psycopg2.errors.UntranslatableCharacter, psycopg2.errors.CharacterNotInRepertoire):
        return False
    else:
        return True
    finally:
        if not connection.closed:
            execute(connection, "ROLLBACK TO SAVEPOINT storable; RELEASE SAVEPOINT storable")
