"""What a failure may be where it must be in nothing's way."""

import sys


def any_failure() -> tuple[type[BaseException], ...]:
    """For an `except`, which asks once something was raised: Polars's panic is a BaseException alone.

    Where Polars was not loaded nothing is of its: the output job publishes without it.
    """
    polars = sys.modules.get("polars.exceptions")
    return (Exception, polars.PanicException) if polars else (Exception,)
