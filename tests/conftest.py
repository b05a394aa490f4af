"""How hard Hypothesis tries: `make test` with the first profile, `make test-fast` with the second."""

from hypothesis import settings

settings.register_profile("whole", max_examples=400, deadline=None)
settings.register_profile("fast", max_examples=80, deadline=None)
settings.load_profile("whole")
