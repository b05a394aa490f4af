"""Planted days and ordinary days, judged: which causes are named, missed, or named without being true.

    python -m tests.planted [--days 200] [--seed 1]

So many days of each. Exit code 1 where a planted cause is missed, or one is named that is not true.
"""

import argparse
import sys
import time

from tests.planted.judging import Judged, ordinary_days, planted_days, table


def main() -> int:
    """Answers the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.planted")
    parser.add_argument("--days", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    began, judged = time.monotonic(), list[Judged]()
    for one in (*planted_days(given.seed, given.days), *ordinary_days(given.seed, given.days)):
        judged.append(one)
        if not one.is_right:
            print(one.told())
    print(table(judged))
    wrong = sum(not one.is_right for one in judged)
    print(f"{len(judged)} days, {wrong} wrong, {time.monotonic() - began:.0f} s")
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
