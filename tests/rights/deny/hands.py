"""Who does what is done on a local stack, and what an act is."""

import itertools
import re
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from tests.e2e.conftest import Operator
from tests.e2e.runbook_story import Story

PATIENCE_S = 8.0
"""How long what comes by itself is waited for: an alert, a start."""
_CODE = re.compile(r"Código: (\w+)")


@dataclass(frozen=True)
class Act:
    name: str
    do: Callable[[], str]

    def told(self) -> str:
        """What its doer sees; a service's refusal of what the doer asks for himself by its code."""
        try:
            return self.do()
        except ClientError as exc:
            return f"{exc.operation_name}: {exc.response['Error']['Code']}"
        except AssertionError as exc:
            return str(exc).strip().splitlines()[0][:300] if str(exc) else "nothing came"
        except ValueError as exc:  # a line that is only half written
            return f"{type(exc).__name__}: {exc}"


@dataclass
class Hands:
    """Who does the acts."""

    operator: Operator
    folder: Path
    story: Story | None = None
    days: Iterator[int] = field(default_factory=itertools.count)

    def day(self) -> date:
        """Another one each time."""
        return date(2025, 1, 1) + timedelta(days=next(self.days))

    def renew(self, function: str) -> None:
        """Its next process is a new one, as after a pause; whoever is no function has none."""
        with suppress(ClientError):
            self.client("lambda").update_function_configuration(
                FunctionName=function, Description=f"at {time.time()}"
            )

    def client(self, service: str, role: str = "") -> Any:
        return self.operator.client(service, role)


def told(hands: Hands, about: str, wanted: int, before: int = 0) -> str:
    """How many were told of it, and under which codes, as soon as so many were, or after a while."""
    limit = time.monotonic() + PATIENCE_S
    while len(found := hands.operator.alerts(about)) < wanted and time.monotonic() < limit:
        time.sleep(0.1)
    codes = sorted({code for line in found for code in _CODE.findall(line["corpo"])})
    return f"{min(len(found), wanted) - before} told {', '.join(codes)}"
