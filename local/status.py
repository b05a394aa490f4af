"""`make status`: how far the day is that is at work on this checkout's stack, or in its demo.

On a real account the same is asked by AWS's command line: runbook 4.4.
"""

import sys
from typing import Final

from botocore.exceptions import ClientError

from local.days import seen, store_of
from local.place import DEFAULT_DIRECTORY
from local.progress import standing
from local.stack import Stack, running
from reconciliation.adapters.store import Store
from reconciliation.day import CLOSED, PUBLISHED, PUBLISHING, Day

ENDED: Final = {
    PUBLISHED: "dia publicado",
    CLOSED: "encerrada sem publicar",
    PUBLISHING: "o resultado está sendo publicado de novo, à mão",
}
"""Of a day that nobody holds, by its state."""


def main() -> int:
    """Answers the exit code: 0 where a stack runs."""
    stacks = [found for place in (".", "demo") if (found := running(DEFAULT_DIRECTORY / place))]
    if not stacks:
        print("Nenhum ambiente local está no ar neste checkout: `make up` ou `make demo`.", file=sys.stderr)
        return 1
    for stack in stacks:
        print(f"{stack.endpoint}:", *told(stack), sep="\n  ")
    return 0


def told(stack: Stack) -> list[str]:
    """A line for each day that the stack has seen, the newest last."""
    store = store_of(stack.env)
    try:
        return [line(store, day) for day in seen(store)] or ["nenhum dia ainda"]
    except ClientError as exc:
        if exc.response["Error"]["Code"] != "NoSuchBucket":
            raise
        return ["o ambiente está subindo"]


def line(store: Store, day: Day) -> str:
    """Who has the day, or had it last, and how far that is."""
    who = f"{day.day}, {day.job_id}, tentativa {day.attempt}"
    if day.holder:
        return f"{who}: {standing(store, day) or 'o arquivo está sendo conferido'}"
    earlier = "; continua publicado o que já estava" if day.state == CLOSED and day.published_etag else ""
    return f"{who}: {ENDED[day.state]}{earlier}"


if __name__ == "__main__":
    sys.exit(main())
