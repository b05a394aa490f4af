"""JSON from outside: bounded in size and depth, read one way only, and at one place."""

import ast
import json
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciliation.bounded_json import (
    DEPTH_MAX,
    JsonRefused,
    is_shallow,
    object_or_empty,
    parse,
    parse_object,
)

ROOT = Path(__file__).resolve().parent.parent
TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**30), 10**30) | TEXTS
    | st.floats(allow_nan=False, allow_infinity=False) | st.sampled_from(["[" * 50, '{"' * 50, '\\"[', "\\"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


def nested(depth: int, opening: str = "[", closing: str = "]", inner: str = "") -> str:
    return opening * depth + inner + closing * depth


@given(VALUES, st.booleans())
def test_what_is_written_is_read_back(value: Any, ascii_only: bool) -> None:
    text = json.dumps(value, ensure_ascii=ascii_only)
    assert parse(text) == parse(text.encode()) == value
    assert is_shallow(value)


@given(st.text(st.sampled_from('[]{}",:\\u01eEdD8cNaInfity- \n\ud800')) | st.binary())
def test_any_text_is_read_or_refused(text: bytes | str) -> None:
    try:
        value = parse(text)
    except JsonRefused:
        return
    assert parse(json.dumps(value)) == value, "what was taken can be written"
    json.dumps(value, ensure_ascii=False).encode()


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (nested(100_000), "níveis"),
        (nested(100_000, '{"a":', "}", "1"), "níveis"),
        ("[" * 100_000, "níveis"),
        (nested(DEPTH_MAX + 1), "níveis"),
        (b"\xff\xfe[\x00]\x00", "UTF-8"),  # UTF-16, which the standard parser guesses
        (b"\xef\xbb\xbf{}", "não é JSON"),
        ('{"a": NaN}', "NaN"),
        ("[-Infinity]", "-Infinity"),
        ("1e999", "fora dos limites"),
        ("1" * 41, "41 algarismos"),
        ("1" * 5_000, "5000 algarismos"),
        ("0." + "1" * 5_000, "fora dos limites"),
        ('{"a": 1, "b": {"x": 1, "x": 2}}', "duas vezes"),
        (r'"\ud800"', "meio caractere"),
        (r'["\uDC00 \uD800"]', "meio caractere"),
        ("{} {}", "não é JSON"),
        ("", "não é JSON"),
    ],
)
def test_what_is_refused(text: bytes | str, why: str) -> None:
    with pytest.raises(JsonRefused, match=why):
        parse(text)


def test_what_looks_like_it_and_is_taken() -> None:
    assert parse(nested(DEPTH_MAX)) is not None
    assert parse(json.dumps(["[" * 100_000, '\\"' * 1_000])) == ["[" * 100_000, '\\"' * 1_000]
    assert parse(json.dumps([[], {}] * 10_000)) == [[], {}] * 10_000, "many, and not deep"
    assert parse(r'"\ud83d\ude00"') == "😀"
    assert parse("1" * 40) == int("1" * 40)
    assert (object_or_empty("[1]"), object_or_empty('{"a": 1}'), object_or_empty(nested(9_999))) == (
        {},
        {"a": 1},
        {},
    )
    with pytest.raises(JsonRefused, match="objeto"):
        parse_object("[]")
    with pytest.raises(JsonRefused, match="tem 11 bytes, mais que 10"):
        parse(b" " * 11, 10)


@pytest.mark.parametrize(
    "text", ['"' + '\\"' * 2_000_000, '["' * 1_000_000, '"\\' * 1_000_000, "[" + '"a",' * 1_000_000]
)
def test_no_text_takes_long(text: str) -> None:
    began = time.monotonic()
    with pytest.raises(JsonRefused):
        parse("[" * DEPTH_MAX + text)
    assert time.monotonic() - began < 5


def test_a_value_that_somebody_else_parsed() -> None:
    value: Any = "x"
    for _ in range(100_000):
        value = [value]
    assert not is_shallow(value)
    assert not is_shallow({"s3_key": value})
    assert is_shallow({"a": [{"b": [1, 2]}]})


READERS = {"load", "loads", "JSONDecoder", "decoder", "scanner", "read_json", "read_ndjson"}


@pytest.mark.parametrize("folder", ["reconciliation", "lambdas", "glue_jobs", "infra"])
def test_nothing_else_parses_json(folder: str) -> None:
    breaches = [
        f"{path.relative_to(ROOT)}:{node.lineno} {ast.unparse(node)}"
        for path in sorted((ROOT / folder).rglob("*.py"))
        if path.name != "bounded_json.py"
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if (
            isinstance(node, ast.Attribute)
            and ast.unparse(node.value) in ("json", "pl", "orjson")
            and node.attr in READERS
        )
        or (isinstance(node, ast.ImportFrom) and node.module in ("json", "json.decoder"))
    ]
    assert breaches == []
