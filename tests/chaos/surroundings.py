"""What is around a run: clocks, time zones, languages, rights, the network's parts, other days."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path

from local.generated_day import GeneratedDay
from tests.chaos.fault import AFTER, STAGES, Count, Fault, Make, codes, once
from tests.chaos.moments import ANY, START, VALIDATION
from tests.chaos.scene import Scene
from tests.e2e.denying import denied
from tests.faults.stack import Hurt

_FUNCTIONS = ("trigger", "prepare-run", "inspect-file", "stop-jobs", "close-run", "finish-run", "watchdog")
_CLOCK = Path(__file__).with_name("clock")
_GLUE_ROLE = "ReconciliationGlueRole"


@contextmanager
def variables(hurt: Hurt, name: str, **changes: str) -> Iterator[None]:
    """Of a function, while the block lasts."""
    functions, function = hurt.client("lambda"), f"reconciliation-{name}"
    usual = functions.get_function_configuration(FunctionName=function)["Environment"]["Variables"]
    functions.update_function_configuration(
        FunctionName=function, Environment={"Variables": {**usual, **changes}}
    )
    try:
        yield
    finally:
        functions.update_function_configuration(FunctionName=function, Environment={"Variables": usual})


def _jumping(least_s: int, most_s: int) -> Make:
    """A function's host has another time. AWS takes no request that is signed a quarter of an hour off."""

    def there(scene: Scene) -> dict[str, str]:
        return {"PYTHONPATH": str(_CLOCK), "CLOCK_OFF_S": str(scene.dice.randint(least_s, most_s))}

    return _on_some_hosts(there)


def _on_some_hosts(there: Callable[[Scene], dict[str, str]]) -> Make:
    """Three functions run in that environment; counted is how often they did."""

    @contextmanager
    def make(scene: Scene) -> Iterator[Count]:
        since_ms, names = int(time.time() * 1000), scene.dice.sample(_FUNCTIONS, 3)
        with ExitStack() as everywhere:
            for name in names:
                everywhere.enter_context(variables(scene.hurt, name, **there(scene)))
            yield lambda: sum(_invoked(scene.hurt, name, since_ms) for name in names)

    return make


def _invoked(hurt: Hurt, name: str, since_ms: int) -> int:
    """How often since then, by its log."""
    logs, group = hurt.client("logs"), f"/aws/lambda/reconciliation-{name}"
    pages = logs.get_paginator("filter_log_events").paginate(logGroupName=group, startTime=since_ms)
    return sum(event["message"].startswith("START ") for page in pages for event in page["events"])


def _elsewhere(scene: Scene) -> dict[str, str]:
    zones = ("America/Sao_Paulo", "Asia/Kathmandu", "Pacific/Kiritimati", "America/Noronha")
    languages = ("C", "pt_BR.UTF-8", "POSIX")
    return {"TZ": scene.dice.choice(zones), "LANG": scene.dice.choice(languages), "LC_ALL": "C",
            "PYTHONHASHSEED": str(scene.dice.randint(1, 1000))}  # fmt: skip


def _may_not(role: str, action: str, resource: str) -> Make:
    @contextmanager
    def make(scene: Scene) -> Iterator[None]:
        with denied(scene.hurt, role, action, resource.replace("DAY", str(scene.reference_date))):
            yield

    return make


@contextmanager
def _without_endpoint(scene: Scene) -> Iterator[None]:
    """The VPC's way to S3, or to the secrets."""
    ec2, kept = (
        scene.hurt.client("ec2"),
        ("VpcId", "ServiceName", "VpcEndpointType", "RouteTableIds", "PrivateDnsEnabled"),
    )
    every = ec2.describe_vpc_endpoints()["VpcEndpoints"]
    found = scene.dice.choice(
        [one for one in every if one["ServiceName"].endswith((".s3", ".secretsmanager"))]
    )
    ec2.delete_vpc_endpoints(VpcEndpointIds=[found["VpcEndpointId"]])
    try:
        yield
    finally:
        groups = [group["GroupId"] for group in found.get("Groups", ())]
        again = {key: found[key] for key in kept if key in found}
        ec2.create_vpc_endpoint(**again, SubnetIds=found.get("SubnetIds", []), SecurityGroupIds=groups)


@contextmanager
def _no_dataset(scene: Scene) -> Iterator[Count]:
    wrong = {"QUICKSIGHT_DATASET": "no-such-dataset"}
    asked = {"service": "quicksight", "do": "see", "target": "no-such-dataset"}
    with (
        variables(scene.hurt, "finish-run", **wrong),
        variables(scene.hurt, "watchdog", **wrong),
        scene.hurt.faults(asked) as met,
    ):
        yield lambda: sum(met())


@contextmanager
def _wrong_rule(scene: Scene) -> Iterator[None]:
    wrong = {"RULES": '{"min_partitions": 0}'}
    with variables(scene.hurt, "prepare-run", **wrong), variables(scene.hurt, "inspect-file", **wrong):
        yield


def _another_day(scene: Scene) -> None:
    """A file without a base, refused beside this day's run."""
    day = GeneratedDay(200, scene.reference_date + timedelta(days=7))
    scene.hurt.upload(f"{day.reference_date}/input.csv", b"no header\n")


SURROUNDINGS = (
    Fault("a function's clock is fast", _jumping(30, 840)),
    Fault("a function's clock is slow", _jumping(-840, -30)),
    Fault("functions are elsewhere: zone, language, hash", _on_some_hosts(_elsewhere)),
    Fault("the jobs may not write what lies between", _may_not(_GLUE_ROLE, "s3:PutObject",
          "arn:aws:s3:::reconciliation-intermediate/DAY/*"), (START, *VALIDATION), STAGES, by_person=True),
    Fault("the jobs may not publish", _may_not(_GLUE_ROLE, "s3:PutObject",
          "arn:aws:s3:::reconciliation-output/DAY/*"), ends=STAGES, told=AFTER, by_person=True),
    Fault("the jobs may not read the secret", _may_not(_GLUE_ROLE, "secretsmanager:GetSecretValue", "*"),
          ends=codes("RDS_AUTH", "RECONCILIATION_FAILED"), by_person=True),
    Fault("the jobs may not read the day", _may_not(_GLUE_ROLE, "s3:GetObject",
          "arn:aws:s3:::reconciliation-checkpoints/days/*"), ends=STAGES, told=AFTER, by_person=True),
    Fault("FinishRun may not write the summary", _may_not("reconciliation-finish-run", "s3:PutObject",
          "arn:aws:s3:::reconciliation-output/resumos/*"), told=AFTER),
    Fault("PrepareRun may not take the day", _may_not("reconciliation-prepare-run", "s3:PutObject",
          "arn:aws:s3:::reconciliation-checkpoints/days/*"), ends=STAGES, by_person=True),
    Fault("the VPC lacks an endpoint", _without_endpoint, ends=STAGES | codes("RDS_AUTH", "RDS_UNREACHABLE"),
          by_person=True),
    Fault("QuickSight's dataset is another", _no_dataset, told=codes("QUICKSIGHT_FAILED")),
    Fault("a rule is wrong", _wrong_rule, ends=codes("INVALID_SETTING"), by_person=True),
    Fault("another day's file is refused", once(_another_day), ANY),
)  # fmt: skip
