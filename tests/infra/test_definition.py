"""The state machine's definition, as Step Functions would read it."""

import json
import re

from statelint.linter import Linter

from infra.app import ROOT
from infra.machine import DEFINITION

TEXT = (ROOT / DEFINITION).read_text()


def test_it_is_sound() -> None:
    filled = re.sub(r"\$\{(\w+)\}", r"\1", TEXT)
    strict = re.sub(r'("BackoffRate": \d+)\b', r"\1.0", filled)  # the linter knows no whole number for it
    assert Linter.validate(json.loads(strict)) == []


def test_a_jobs_timeout_is_its_own() -> None:
    """`infra/jobs.py` makes it of the longest deadline: there is no second place to change."""
    assert '"Timeout":' not in TEXT
