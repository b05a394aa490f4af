"""The base's table as a server's catalogue has it: its columns, its indexes, what no index spans."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple


class Column(NamedTuple):
    """A column's type: as people read it, what it is at bottom (`enum`, a domain's base), as a cast."""

    kind: str
    base: str
    castable: str
    fits: bool
    """Whether its values can hold the contract's."""


class Outdated(NamedTuple):
    """An index in the order of a collation's version that the server no longer has: it may miss rows."""

    name: str
    """As SQL writes it, like the collation's."""
    collation: str
    """The database's name where it is its default."""
    is_database: bool
    recorded: str
    actual: str | None
    """None where this server knows no version of it, and cannot record another."""
    on_replica: bool
    in_ranges: bool
    """Whether rows stand in partitions by such an order, too."""

    @property
    def can_be_made_anew(self) -> bool:
        return self.actual is not None and not self.on_replica and not self.in_ranges


@dataclass(frozen=True)
class Table:
    """The base's table as it is."""

    name: str
    """As a statement writes it: with its schema where that is needed."""
    columns: Mapping[str, Column]
    indexes: frozenset[str]
    """Names that a new index cannot have."""
    has_unique_key: bool
    has_date_index: bool
    has_moments: bool
    """Whether `data` is a moment, which is read as it is in UTC, and not a date."""
    parts: str = ""
    """What no unique index spans, in words: partitions, tables that inherit; "" for one whole table."""
    is_inherited: bool = False
    has_date_parts: bool = False
    """Whether other dates' partitions are left out where `data` is between two dates."""
    outdated: tuple[Outdated, ...] = ()
    """Of the indexes that a reading by key or by date may go through."""
    unhide: Mapping[str, str] = field(default_factory=dict)
    """By column, the statement that shows the optimizer the index by which to find its values."""
