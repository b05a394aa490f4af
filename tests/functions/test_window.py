"""What the alert says of a base that was read near its day alone."""

from typing import Any

import pytest

from lambdas import finish_run, inspect_file
from reconciliation import layout
from reconciliation.alert_texts import text_of
from reconciliation.objects import to_json
from tests.functions.world import GOOD, KEY, World

PARTLY = {"unique_proof": "in_scope", "window": {"first": "2026-01-16", "last": "2026-03-19"}}


@pytest.mark.parametrize("rate", [5.0, 50.0])
@pytest.mark.parametrize("base", [PARTLY, {"unique_proof": "index"}])
def test_where_the_base_was_not_read_is_told(world: World, base: dict[str, Any], rate: float) -> None:
    world.upload(GOOD)
    run = inspect_file.handler(world.prepare("e1", s3_key=KEY), None)
    world.do_the_jobs_work(run, rate)
    where = layout.ready_summary(world.plan(run).paths.partial)
    ready = world.store.get(where)
    assert ready
    world.store.put(where, to_json(ready.json() | {"base": base}))
    world.publish(run)
    finish_run.handler(run, None)
    (alert,) = world.alerts()
    told = (
        "ordens procuradas de 2026-01-16 a 2026-03-19; uma que a base tem em outra data, ou sem data válida,"
        " consta como TIPO_1"
    )
    assert (told in text_of(alert)) == (base is PARTLY)
