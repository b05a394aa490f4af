"""What a run that broke leaves for whoever looks into it."""

import json
import shutil
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

from tests import said
from tests.chaos.plan import Plan
from tests.chaos.runner import Came
from tests.chaos.scene import Scene
from tests.faults.looking import BUCKETS, told
from tests.faults.stack import CHECKPOINTS, Hurt


def keep(folder: Path, plan: Plan, came: Came, hurt: Hurt, scene: Scene | None) -> str:
    """Plan, breaks, histories, logs, alerts, the day's objects and small documents; answers the folder."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / "run.json").write_text(json.dumps([plan.to_dict(), asdict(came)], indent=1, ensure_ascii=False))
    with suppress(Exception):
        shutil.copy(hurt.stack.directory / "stack.log", folder)
    if scene is not None:
        with suppress(Exception):
            _keep_of(folder, hurt, scene)
    return str(folder)


def _keep_of(folder: Path, hurt: Hurt, scene: Scene) -> None:
    arns, day = scene.executions(), str(scene.reference_date)
    ends = [scene.described(arn) for arn in arns]
    (folder / "executions.json").write_text(json.dumps(ends, indent=1, default=str, ensure_ascii=False))
    (folder / "pasted.txt").write_text("\n".join(f"$ {command}\n{answer}" for command, answer in scene.said))
    (folder / "outbox.jsonl").write_text("\n".join(told(hurt)[scene.told_before :]))
    found = said.documents(hurt, arns, scene.seen.since_ms)
    (folder / "texts.txt").write_text("\n".join(f"--- {one.where}\n{one.text}" for one in found))
    runs = {job["Name"]: hurt.client("glue").get_job_runs(JobName=job["Name"])["JobRuns"]
            for job in hurt.client("glue").get_jobs()["Jobs"]}  # fmt: skip
    (folder / "glue.json").write_text(json.dumps(runs, indent=1, default=str))
    objects = [
        f"{bucket}/{key}"
        for bucket in BUCKETS
        for key in hurt.objects(bucket, "")
        if day in key or "JOB-" in key
    ]
    (folder / "objects.txt").write_text("\n".join(objects))
    for key in hurt.objects(CHECKPOINTS, ""):
        if key.endswith(".json") and (day in key or f"JOB-{day.replace('-', '')}" in key):
            (folder / key.replace("/", "_")).write_text(json.dumps(hurt.json_at(CHECKPOINTS, key), indent=1))
