"""One streaming pass over the object's bytes: refuse the file, or leave `plan.json` for the jobs."""

import hashlib
import json
from dataclasses import replace
from typing import Any

from lambdas.context import Context, context
from reconciliation import day as days
from reconciliation import layout
from reconciliation.errors import ReconciliationError, error
from reconciliation.inspection import Inspection, Inspector
from reconciliation.layout import Location, RunPaths
from reconciliation.objects import ConditionFailed, to_json
from reconciliation.plan import INTERMEDIATE_FORMAT, KEY_HASH, InputFile, OtherFormat, Plan

_CHUNK_BYTES = 1024 * 1024


def handler(event: dict[str, Any], _: object) -> dict[str, Any]:
    """`event` is the run document; answers it with what the jobs need. Raises the file's code."""
    found = context()
    if event["resumed_plan"]:
        plan = resumed_plan(found, event)
    else:
        plan = plan_of(found, event, inspect(found, event))
    where = commit(found, event, plan)
    return {
        **event,
        "fingerprint": plan.fingerprint,
        "plan": str(where),
        "input_path": str(plan.paths.divergences),
        "output_path": str(layout.published(found.settings.output_bucket, plan.day)),
    }


def inspect(found: Context, run: dict[str, Any]) -> Inspection:
    """Raises the file's code, or INPUT_GONE; the lines seen are noted for the checkpoint."""
    where, version_id = Location(run["input"]["bucket"], run["input"]["s3_key"]), run["input"]["version_id"]
    inspector = Inspector(found.settings.rules)
    try:
        for chunk in found.store.stream(where, version_id, _CHUNK_BYTES):
            inspector.feed(chunk)
        return inspector.finish()
    except FileNotFoundError as exc:
        raise error("INPUT_GONE", f"{where} (versão {version_id}) não existe mais") from exc
    except ReconciliationError as exc:
        record = found.records.read(run["job_id"])
        lines = None if exc.code == "E_NOT_CSV" else inspector.data_lines
        if record:
            found.records.update(record, refused_lines=lines)
        raise


def plan_of(found: Context, run: dict[str, Any], seen: Inspection) -> Plan:
    """What the jobs are to do. `partition_lines` of the execution's input wins over the rule."""
    rules = found.settings.rules
    if run["partition_lines"]:
        rules = replace(rules, partition_lines=run["partition_lines"])
    partitions = rules.partitions(seen.data_lines)
    fingerprint = fingerprint_of(
        input=run["input"], sha256=seen.sha256, rules=rules.sha256, partitions=partitions,
        hash=KEY_HASH.__name__, lineage=run["lineage"], base=run["attempt"], format=INTERMEDIATE_FORMAT,
    )  # fmt: skip
    return Plan(
        job_id=run["job_id"],
        day=run["day"],
        fingerprint=fingerprint,
        lineage=run["lineage"],
        input=InputFile(**run["input"], sha256=seen.sha256, bytes=seen.size_bytes),
        rules=rules,
        data_lines=seen.data_lines,
        partitions=partitions,
        warnings=seen.warnings,
        cuts=tuple(seen.cuts),
        paths=RunPaths.of(found.settings.intermediate_bucket, run["day"], fingerprint),
    )


def resumed_plan(found: Context, run: dict[str, Any]) -> Plan:
    """The stopped run's plan; where its base was not committed, one that copies the base anew.

    Parts of two snapshots must never meet, so the new copy has a fingerprint of its own.
    """
    where = Location.parse(run["resumed_plan"])
    try:
        stored = found.store.document(where)
        if stored is None:
            raise error("CHECKPOINT_REFUSED", f"{where} não existe mais; reprocesse o arquivo")
        plan = Plan.from_dict(stored.json())
    except OtherFormat as exc:
        raise error("CHECKPOINT_REFUSED", str(exc)) from exc
    except ValueError as exc:
        raise error("CHECKPOINT_REFUSED", f"{where} foi truncado ou alterado ({exc})") from exc
    if run["stage"] == "output" or found.store.head(layout.base_snapshot(plan.paths.base)):
        return plan
    fingerprint = fingerprint_of(plan=plan.fingerprint, base=run["attempt"])
    paths = RunPaths.of(found.settings.intermediate_bucket, plan.day, fingerprint)
    paths = replace(paths, validated=plan.paths.validated, rejects=plan.paths.rejects)
    return replace(plan, fingerprint=fingerprint, paths=paths)


def commit(found: Context, run: dict[str, Any], plan: Plan) -> Location:
    """Writes the plan, and the fingerprint into the day and the job's note. Raises LOCK_LOST."""
    where = layout.plan(RunPaths.of(found.settings.intermediate_bucket, plan.day, plan.fingerprint).validated)
    found.store.put(where, to_json(plan.to_dict()))
    held = found.days.read(plan.day)
    if held is None or not held.day.is_run(run["job_id"], int(run["attempt"])):
        raise error("LOCK_LOST", f"{plan.day}: o dia foi tomado por outra execução")
    try:
        found.days.write(held, days.inspected(held.day, plan.fingerprint))
    except ConditionFailed as exc:
        raise error("LOCK_LOST", f"{plan.day}: o dia foi tomado por outra execução") from exc
    record = found.records.read(run["job_id"])
    if record:
        found.records.update(record, fingerprint=plan.fingerprint, plan=where)
    return where


def fingerprint_of(**parts: Any) -> str:
    """32 hex digits that name the run's intermediate data."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:32]
