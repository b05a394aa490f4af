"""What a service's published model refuses, and botocore leaves to the service: words, lengths, patterns."""

import re
from collections.abc import Iterator
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StringShape, StructureShape


def refused(value: Any, shape: Shape, where: str = "") -> Iterator[str]:
    """Each value that is none of its shape, by its place."""
    if isinstance(shape, StructureShape):
        for name, item in value.items():
            yield from refused(item, shape.members[name], f"{where}.{name}")
    elif isinstance(shape, ListShape):
        for place, item in enumerate(value):
            yield from refused(item, shape.member, f"{where}[{place}]")
    elif isinstance(shape, MapShape):
        for name, item in value.items():
            yield from refused(name, shape.key, f"{where}.{name}")
            yield from refused(item, shape.value, f"{where}.{name}")
    if not _is_of(value, shape):
        yield f"{where}: {value!r:.80} is no {shape.name}"


def _is_of(value: Any, shape: Shape) -> bool:
    limits = shape.metadata
    size = value if isinstance(value, int | float) else len(value)
    if not limits.get("min", size) <= size <= limits.get("max", size):
        return False
    if not isinstance(shape, StringShape):
        return True
    if shape.enum and value not in shape.enum:
        return False
    return "pattern" not in limits or bool(re.search(limits["pattern"], value))
