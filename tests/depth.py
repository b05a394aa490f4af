"""How many examples Hypothesis draws, by profile: more of the dear ones too, where one asks for the deep."""

from hypothesis import settings

EXAMPLES = {"whole": 100, "fast": 80, "deep": 1600}
_DEEPER = 8


def at_depth(examples: int) -> int:
    """For a test whose examples cost much: so many, and eight times more in the deep profile.

    Where a test module's settings are made, the profile of the command line is in force already; where a
    conftest is read, it is not yet.
    """
    return examples * (_DEEPER if settings.default.max_examples == EXAMPLES["deep"] else 1)
