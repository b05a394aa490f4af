"""Days with faults drawn by a seed, and what must hold held against what came: `python -m tests.chaos`.

`fault` is the value, `catalogue` the list by what is hurt, `plan` draws (pure), `scene` is the day, `runner`
plays it, `judge` judges it from outside (with `tests/faults/invariants.py`, as the tests of single faults),
`campaign` keeps and shows what came: a fault is drawn, made at its moment, and met by somebody, or not.
"""
