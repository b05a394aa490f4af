"""The data contract as examples: a file's bytes and what must come of them on 2026-02-16.

As in the contract, the share of refused lines is not limited in a case unless the case says so.
"""
