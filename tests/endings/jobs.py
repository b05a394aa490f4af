"""What the Glue jobs leave on S3, written by hand from the plan, as docs/design.md describes it. No Spark.

Each takes a minute. The parts' bytes stand for Parquet: only the jobs themselves would read them.
"""

import contextlib
import json
from typing import Any, Final

from infra.jobs import OUTPUT, RECONCILIATION, VALIDATION
from tests.endings.machine import HANGS
from tests.endings.world import JobFailed, Work, World

_TAKES_S: Final = 60


def plan_of(world: World, arguments: dict[str, str]) -> dict[str, Any]:
    plan: dict[str, Any] = json.loads(world.account.get(arguments["--plan"]))
    return plan


def validate(world: World, arguments: dict[str, str]) -> None:
    """Everything valid, but one line refused."""
    world.account.clock.pass_s(_TAKES_S)
    plan = plan_of(world, arguments)
    paths, lines = plan["paths"], plan["data_lines"]
    parts = [
        {"lines": lines // 2, "last_supplier": "F1"},
        {"lines": lines - lines // 2 - 1, "last_supplier": "F2"},
    ]
    for number in range(plan["partitions"]):
        world.account.put(f"{paths['rejects']}part-{number:05d}.parquet", f"rejects {number}")
        world.account.put(f"{paths['validated']}part-{number:05d}.parquet", f"valid {number}")
    world.account.put(f"{paths['rejects']}rejeitos.parquet", f"rejects of {plan['input']['sha256']}")
    report = {
        "data_lines": lines,
        "rejected": 1,
        "identical_duplicates": 0,
        "valid_keys": lines - 1,
        "file_cents": 100 * (lines - 1),
        "rejects_by_code": {"BAD_VALOR": 1},
        "warnings": plan["warnings"],
        "parts": parts,
    }
    world.account.put(f"{paths['validated']}validation.json", _json(report))


def copy_base(world: World, plan: dict[str, Any]) -> None:
    prefix = plan["paths"]["base"]
    for number in range(plan["partitions"]):
        world.account.put(f"{prefix}part-{number:05d}.parquet", f"base {number}")
    base = {
        "engine": "postgres",
        "readers": 1,
        "unique_proof": "index",
        "newest_date": plan["day"],
        "padded_keys": "scan",
    }
    rows = plan["data_lines"] - 1
    snapshot = {
        "rows": rows,
        "base_cents": 100 * rows,
        "parts": [{"rows": rows}, {"rows": 0}],
        "warnings": {},
        "base": base,
    }
    world.account.put(f"{prefix}snapshot.json", _json(snapshot))


def compare(world: World, plan: dict[str, Any], *partitions: int) -> None:
    for number in partitions:
        where = f"{plan['paths']['partial']}part-{number:05d}.parquet"
        world.account.clock.pass_s(1)  # the newest part is known by its time
        world.account.put(where, f"compared {number}")


def reconcile(world: World, arguments: dict[str, str], tipo_1: int = 1) -> None:
    """All but `tipo_1` keys of the file are equal in the base."""
    began, plan = world.account.clock.now, plan_of(world, arguments)
    copy_base(world, plan)
    compare(world, plan, *range(plan["partitions"]))
    summary_at = f"{plan['paths']['partial']}summary.json"
    world.account.put(summary_at, _json(_summary(plan, tipo_1)))
    ready = {
        "fingerprint": plan["fingerprint"],
        "summary": summary_at,
        "rejects": f"{plan['paths']['rejects']}rejeitos.parquet",
    }
    world.account.put(plan["paths"]["divergences"], f"divergences of {plan['fingerprint']}", **ready)
    world.account.clock.now = began
    world.account.clock.pass_s(_TAKES_S)


def publish(world: World, arguments: dict[str, str]) -> None:
    """The job's own code."""
    world.account.clock.pass_s(_TAKES_S)
    world.publish(arguments)


def publish_without_report(world: World, arguments: dict[str, str]) -> None:
    """The report failed, and the job logged it."""

    def fail(_: str) -> None:
        raise OSError("No space left on device")

    world.account.clock.pass_s(_TAKES_S)
    world.publish(arguments, fail)


def _summary(plan: dict[str, Any], tipo_1: int) -> dict[str, Any]:
    """`summary.json`. Two suppliers share the file's keys, and all rows of the base but F3's."""
    keys = plan["data_lines"] - 1
    equal, tipo_2 = keys - tipo_1, 1
    in_base = equal + tipo_2
    lines = {
        "data_lines": plan["data_lines"], "rejected": 1, "identical_duplicates": 0, "valid_keys": keys,
        "equal": equal, "tipo_1": tipo_1, "tipo_2": tipo_2, "tipo_3": 0, "base_in_scope": in_base,
    }  # fmt: skip
    return {
        "job_id": plan["job_id"],
        "status": "SUCCEEDED",
        "day": plan["day"],
        "input": {name: plan["input"][name] for name in ("s3_key", "version_id", "sha256")},
        "base": {
            "engine": "postgres",
            "newest_date": plan["day"],
            "padded_keys": "scan",
            "readers": 1,
            "unique_proof": "index",
        },
        "rules": plan["rules"],
        "rules_sha256": plan["rules_sha256"],
        "fingerprint": plan["fingerprint"],
        "totals": {
            "lines": lines,
            "cents": {"file": 100 * keys, "base": 100 * in_base, "difference": 100 * (keys - in_base)},
        },
        "rejects_by_code": {"BAD_VALOR": 1},
        "warnings": {**plan["warnings"], "SUPPLIER_ABSENT": 1},
        "divergence_rate_percent": round(100 * (tipo_1 + tipo_2) / (equal + tipo_1 + tipo_2), 4),
        "types": {"TIPO_1": tipo_1, "TIPO_2": tipo_2, "TIPO_3": 0},
        "motives": {"AUSENTE_NA_BASE": tipo_1, "AUSENTE_NO_CSV": tipo_2},
        "top_suppliers": [
            {"fornecedor_id": "F1", "divergences": tipo_1},
            {"fornecedor_id": "F3", "divergences": tipo_2},
        ],
        "seconds_by_stage": {},
        **_suppliers(keys, equal),
    }


def _suppliers(keys: int, equal: int) -> dict[str, Any]:
    """Of the file F1 with its refused line, and F2; F3 is of the base alone."""
    counted = ("file_keys", "file_cents", "refused_lines", "base_rows", "base_cents")
    suppliers = {
        "F1": (keys - 10, 100 * (keys - 10), 1, equal - 10, 100 * (equal - 10)),
        "F2": (10, 1000, 0, 10, 1000),
        "F3": (0, 0, 0, 1, 100),
    }
    absent = {"base_rows": 1, "base_cents": 100}
    return {
        "suppliers": [
            {"fornecedor_id": name, **dict(zip(counted, values, strict=True))}
            for name, values in suppliers.items()
        ],
        "suppliers_left_out": {"suppliers": 0, **dict.fromkeys(counted, 0)},
        "suppliers_absent": {"suppliers": 1, **absent, "largest": [{"fornecedor_id": "F3", **absent}]},
    }


def _json(value: dict[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


USUAL: Final[dict[str, Work]] = {
    VALIDATION.name: validate,
    RECONCILIATION.name: reconcile,
    OUTPUT.name: publish,
}


# --- other ways for a job to go


def hangs(_: World, __: dict[str, str]) -> Any:
    """Started, and never heard of again."""
    return HANGS


def failing(message: str, state: str = "FAILED", after: Work | None = None) -> Work:
    """The run fails, after that work where there is one."""

    def work(world: World, arguments: dict[str, str]) -> None:
        world.account.clock.pass_s(5)
        if after:
            after(world, arguments)
        raise JobFailed(message, state)

    return work


def then_hangs(work: Work) -> Work:
    """Its work is done, and it does not come back."""

    def both(world: World, arguments: dict[str, str]) -> Any:
        with contextlib.suppress(JobFailed):
            work(world, arguments)
        return HANGS

    return both


def half_reconciled(world: World, arguments: dict[str, str]) -> None:
    """The base is copied and one partition compared."""
    plan = plan_of(world, arguments)
    copy_base(world, plan)
    compare(world, plan, 1)


def many_divergences(world: World, arguments: dict[str, str]) -> None:
    reconcile(world, arguments, tipo_1=9)
