"""JSON from outside, bounded before it is believed: the only place of the product that parses any.

Whoever writes an object, a secret, an execution's input or an error's text may write anything. The standard
parser takes every size, ends a deep nesting as RecursionError and reads `NaN`, 1e999 (infinity) and a name
given twice (the last wins) without a word. Here each of these is a JsonRefused, a ValueError, so that every
caller has one failure to turn into its own code.
"""

import json
import math
import re
from typing import Any, Final

DOCUMENT_BYTES: Final = 16 * 1024 * 1024
"""Of a document of ours on S3. The largest that are written: `plan.json` of a 1 GB file has 128 cuts (10 KB),
`validation.json` of 10,000 partitions 1 MB, a summary with 1,000 suppliers 200 KB."""
MESSAGE_BYTES: Final = 1024 * 1024
"""Of what a service hands over: SQS's most is 1 MiB, SNS's and Step Functions' 256 KiB, a secret's 64 KiB."""
DEPTH_MAX: Final = 32
"""Ours are 5 deep; an SNS event with a message in it is 4."""
_NUMBER_CHARS: Final = 40
"""A sum of 10 million lines of 18 digits has 25."""

# One token each: a whole string (an unclosed one ends with the text), a bracket. Possessive, so linear.
_TOKENS = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"?|[\[{]|[\]}]', re.DOTALL)
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


class JsonRefused(ValueError):
    """The text is no JSON that we take. The message goes on after its name, and quotes nothing of it."""


def parse(text: bytes | str, max_bytes: int = DOCUMENT_BYTES) -> Any:
    """The value. Raises JsonRefused for no JSON, and for JSON that is too long, too deep or ambiguous."""
    if len(text) > max_bytes:
        raise too_long(len(text), max_bytes)
    try:
        decoded = text if isinstance(text, str) else text.decode()
    except UnicodeDecodeError as exc:
        raise JsonRefused("não é JSON em UTF-8") from exc
    _check_depth(decoded)
    try:
        value = json.loads(
            decoded,
            parse_int=_whole,
            parse_float=_finite,
            parse_constant=_no_constant,
            object_pairs_hook=_named_once,
        )
    except JsonRefused:
        raise
    except ValueError as exc:
        raise JsonRefused("não é JSON: está truncado ou foi alterado") from exc
    if _SURROGATE.search(decoded):
        _check_writable(value)
    return value


def parse_object(text: bytes | str, max_bytes: int = DOCUMENT_BYTES) -> dict[str, Any]:
    """As `parse`, of an object. Raises JsonRefused for any other value too."""
    value = parse(text, max_bytes)
    if not isinstance(value, dict):
        raise JsonRefused("não é um objeto JSON")
    return value


def object_or_empty(text: str) -> dict[str, Any]:
    """What a text that need not be JSON holds as an object, or nothing: an error's cause, for one."""
    try:
        return parse_object(text, MESSAGE_BYTES)
    except JsonRefused:
        return {}


def too_long(size_bytes: int, max_bytes: int) -> JsonRefused:
    """The refusal of a document by its size alone, for whoever knows it before reading."""
    return JsonRefused(f"tem {size_bytes} bytes, mais que {max_bytes}")


def is_shallow(value: object) -> bool:
    """Whether a value that somebody else parsed may be walked, shown and written. By loop, not recursion."""
    level = [value]
    for _ in range(DEPTH_MAX + 1):
        level = [inner for outer in level for inner in _members(outer)]
        if not level:
            return True
    return False


def _members(value: object) -> list[object]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []


def _check_depth(text: str) -> None:
    if text.count("[") + text.count("{") <= DEPTH_MAX:
        return
    depth = 0
    for token in _TOKENS.finditer(text):
        first = token[0][0]
        if first in "[{":
            depth += 1
            if depth > DEPTH_MAX:
                raise JsonRefused(f"tem mais de {DEPTH_MAX} níveis")
        elif first in "]}":
            depth -= 1


def _whole(digits: str) -> int:
    if len(digits) > _NUMBER_CHARS:
        raise JsonRefused(f"tem um número de {len(digits)} algarismos")
    return int(digits)


def _finite(digits: str) -> float:
    value = float(digits) if len(digits) <= _NUMBER_CHARS else math.inf
    if not math.isfinite(value):
        raise JsonRefused("tem um número fora dos limites")
    return value


def _no_constant(name: str) -> None:
    raise JsonRefused(f"tem {name}, que não é JSON")


def _named_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    named = dict(pairs)
    if len(named) != len(pairs):
        raise JsonRefused("tem um nome duas vezes no mesmo objeto")
    return named


def _check_writable(value: object) -> None:
    """Half a pair of surrogates is taken by the parser, and by nothing that writes UTF-8."""
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError as exc:
        raise JsonRefused("tem meio caractere num texto") from exc
