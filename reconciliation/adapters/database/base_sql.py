"""The statements that make a base, by engine and name: `postgres/base.sql` and `mysql/base.sql`."""

import re
from functools import cache
from importlib.resources import files

_NAMED = re.compile(r"^-- name: (\w+)\n(.*?)(?=^--|\Z)", re.MULTILINE | re.DOTALL)


@cache
def statements(engine: str) -> dict[str, str]:
    """By name; `<part>` is put in by `parts_of`."""
    text = files(__package__).joinpath(engine, "base.sql").read_text(encoding="utf-8")
    return dict(_NAMED.findall(text))


def parts_of(engine: str, name: str, **parts: str) -> list[str]:
    """What is run one after the other; the parts as SQL writes them. KeyError for another name."""
    text = statements(engine)[name]
    singles = [single.strip() for single in text.split(";") if single.strip()]
    return [re.sub(r"<(\w+)>", lambda part: parts[part[1]], single) for single in singles]
