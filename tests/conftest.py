"""Profiles of Hypothesis: "whole" is `make test`, "fast" is `make test-fast`, "deep" is `make test-deep`."""

from hypothesis import settings

from tests.depth import EXAMPLES

for name, examples in EXAMPLES.items():
    settings.register_profile(name, max_examples=examples, deadline=None)
settings.load_profile("whole")
