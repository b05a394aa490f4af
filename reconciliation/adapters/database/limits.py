"""How long the base is waited for, and how much of it is held at once, whichever engine has it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """Of one session: all but a statement's own limit are the product's, and a test's to choose."""

    query_timeout_s: int
    lock_timeout_s: int = 30
    connect_timeout_s: int = 10
    copied_bytes: int = 8 * 1024 * 1024
    """What COPY has sent before it is passed on, PostgreSQL's rows."""
    fetched_rows: int = 20_000
    """MySQL's rows at once."""
