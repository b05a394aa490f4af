"""What a reader of CSV may take for something else, and a good line to put it into."""

FIELDS = ("F1", "O1", "Ana", "PETR4", "2026-02-16", "10.50")
MARKS = (
    "\ufeff", "\ufeff\ufeff", "x^", "x\x01", "x\u009c", "xÚ", "(µ/", "\u200b", "\u2060", "\u200e", "\u00ad",
    "\u00a0", "\u2028", "\u0085", "\x0b", "\x0c", "\x1c", "\ufffe", " ", "\t", '"', '""', '" "', "'", '="',
    "#", "//", "\\", "\\N", "NULL", "null", ",", "'", "--", "%PDF-", "PAR1", "Obj", "ORC", "PK", "é", "字",
)  # fmt: skip
"""Marks of order, starts of other formats, blanks and their like, quotes, comments, nulls, controls."""
