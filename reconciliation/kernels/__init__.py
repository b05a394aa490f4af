"""Polars over columns: pure functions, no I/O, no Spark."""
