"""Until when Lambda runs the functions' Python (lambda/latest/dg/lambda-runtimes.html).

Told by `make first-checks`, half a year before: a test that fails by the calendar would fail commits that
were right. Whoever brings a newer list of AWS's (`make lock`) is told by a test where these days have moved.
"""

from datetime import date, timedelta
from typing import Final

NAME: Final = "python3.11"
"""The jobs', too: Glue 5.1 has no other."""
DEPRECATED: Final = date(2027, 6, 30)
NONE_MADE: Final = date(2027, 7, 31)
"""From here on no function is made with it, so no new deployment either."""
NONE_CHANGED: Final = date(2027, 8, 31)
"""From here on a deployment that stands cannot be changed."""
TOLD_FROM: Final = DEPRECATED - timedelta(days=182)
