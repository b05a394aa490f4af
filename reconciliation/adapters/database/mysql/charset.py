"""Which keys a MySQL column can store at all: one whose character its set lacks is not in it."""

import re
from typing import Any

from reconciliation.adapters.database.mysql.statements import execute
from reconciliation.contract import TABLE

_CHARACTER_SET = """
    SELECT LOWER(character_set_name) FROM information_schema.columns
    WHERE table_schema = DATABASE() AND BINARY table_name = %s AND LOWER(column_name) = 'ordem_id'
"""
_NAME = re.compile(r"[a-z0-9_]+")
_HOLDS_ANYTHING = {"utf8mb4", "utf16", "utf16le", "utf32"}
_CHARACTERS_ASKED = 1_000


def of_key(connection: Any) -> str:
    ((name,),) = execute(connection, _CHARACTER_SET, TABLE)
    assert _NAME.fullmatch(name), name  # it becomes a part of statements
    return str(name)


def storable(connection: Any, keys: list[str], charset: str, lacking: dict[str, bool]) -> list[str]:
    """The keys without those that hold a character that the column's set lacks.

    The server itself is asked, character by character: a comparison with such a key fails (MySQL's error
    3854), mixes collations, or leaves the index, for the other keys, too. What it answered stays in
    `lacking`, and is not asked again.
    """
    if charset in _HOLDS_ANYTHING:
        return keys
    characters = set[str]().union(*keys)
    unknown = sorted(characters - lacking.keys())
    for start in range(0, len(unknown), _CHARACTERS_ASKED):
        asked = unknown[start : start + _CHARACTERS_ASKED]
        there_and_back = f"CONVERT(CONVERT(%s USING {charset}) USING utf8mb4)"
        (answered,) = execute(connection, f"SELECT {', '.join([there_and_back] * len(asked))}", *asked)
        lacking.update({char: char != answer for char, answer in zip(asked, answered, strict=True)})
    absent = {char for char in characters if lacking[char]}
    return [key for key in keys if absent.isdisjoint(key)] if absent else keys
