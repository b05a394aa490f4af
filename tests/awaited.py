"""Sentences of the contract that the oracle knows and the product does not do yet.

Whoever makes the product do one turns its switch on, in the same commit; this file goes with the
last of them. With a switch off, neither `cases()` nor the strategies show the product what hangs on it.
"""

from __future__ import annotations

FORMATS = True
"""`E_NOT_CSV` of 7z, rar, avro and orc (file)."""

BLANK_ROWS = True
"""`E_BLANK`, and the share of refused lines without blank rows (file)."""

BARE_QUOTES = True
"""`E_QUOTE` of a bare field that begins with a quote once trimmed, or with `="` (file)."""

MARKS = True
"""U+FEFF and other characters that nobody sees at every place of a line and of a base row (file)."""

PADDED_KEYS = True
"""Blanks about a base key of whatever date, and keys that only blanks set apart (keys)."""

SUPPLIERS = True
"""The warning `SUPPLIER_ABSENT` (suppliers)."""
