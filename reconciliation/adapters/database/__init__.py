"""The base `transacoes` in its database, read-only. Source: runbook 2.3.

`session` is what an engine gives, `postgres/` and `mysql/` are those there are, `connecting` the one way to
one of them; none of these needs Polars. `base` makes frames of what they read.
"""
