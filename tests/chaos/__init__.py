"""Days with faults drawn by a seed, and what must hold held against what came: `python -m tests.chaos`.

`fault` is the value, `catalogue` the list by what is hurt, `plan` draws (pure), `scene` is the day, `runner`
plays it, `tests/faults/invariants.py` judges it from outside, `campaign` keeps and shows what came.
"""
