"""No right too many: each granted action was needed by somebody who was watched, or has its reason.

`used.jsonl` keeps, for each right that was, one request that fails without it: of what the scenarios of
tests/endings ask for, in process, and of what the guards of local stacks let through (their `rights.jsonl`).
"""
