"""`make status`: how far the day is that is at work on this checkout's stack, or in its demo.

On a real account the same is asked by AWS's command line: runbook 4.4.
"""

import sys
from typing import Final

import boto3

from local.place import DEFAULT_DIRECTORY
from local.progress import standing
from local.results import CHECKPOINTS
from local.stack import Stack, running
from reconciliation import layout
from reconciliation.adapters.days import Days
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
    s3 = boto3.client(
        "s3", endpoint_url=stack.endpoint, region_name=stack.env["AWS_DEFAULT_REGION"],
        aws_access_key_id=stack.env["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=stack.env["AWS_SECRET_ACCESS_KEY"],
    )  # fmt: skip
    store = Store(s3)
    days = Days(store, CHECKPOINTS)
    names = sorted(layout.day_of_document(item.key) for item in store.list(layout.day_objects(CHECKPOINTS)))
    return [line(store, held.day) for name in names if (held := days.read(name))] or ["nenhum dia ainda"]


def line(store: Store, day: Day) -> str:
    """Who has the day, or had it last, and how far that is."""
    who = f"{day.day}, {day.job_id}, tentativa {day.attempt}"
    if day.holder:
        return f"{who}: {standing(store, day) or 'o arquivo está sendo conferido'}"
    earlier = "; continua publicado o que já estava" if day.state == CLOSED and day.published_etag else ""
    return f"{who}: {ENDED[day.state]}{earlier}"


if __name__ == "__main__":
    sys.exit(main())
