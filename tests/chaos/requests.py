"""What becomes of requests on their way: slow, lost, cut, refused, done without a reply."""

import json
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import Any

from local.place import HOST
from tests.chaos.fault import AFTER, NOTHING, STAGES, Count, Fault, Make, codes, for_seconds
from tests.chaos.moments import COMPARISON, IN_JOBS
from tests.chaos.proxy import Proxy
from tests.chaos.scene import Scene

Rules = list[dict[str, Any]]
_WRITES = (
    r"PUT /reconciliation-checkpoints/days/",
    r"PUT /reconciliation-checkpoints/JOB-.*/job\.json",
    r"PUT /reconciliation-checkpoints/.*token",
    r"PUT /reconciliation-intermediate/.*/plan\.json",
    r"PUT /reconciliation-intermediate/.*part-0000[0-5]\.parquet",
    r"PUT /reconciliation-intermediate/.*(validation|snapshot|summary|begun)\.json",
    r"PUT /reconciliation-intermediate/.*divergences\.parquet",
    r"PUT /reconciliation-output/.*/divergencias\.parquet",
    r"PUT /reconciliation-output/(rejeitos|resumos|relatorios)/",
    r"PUT /reconciliation-checkpoints/(alerts|incidents|checkpoints)/",
)
_READS = (
    r"GET /reconciliation-ingress/",
    r"GET /reconciliation-checkpoints/days/",
    r"GET /reconciliation-checkpoints/JOB-",
    r"GET /reconciliation-intermediate/.*\.json",
    r"GET /reconciliation-intermediate/.*\.parquet(\?|$)",
    r"GET /reconciliation-output/",
)
_OUTAGE_S = 3.0
_NOBODYS_PORT = 9


def meanwhile(rules: Callable[[Scene], Rules]) -> Make:
    """While the fault lasts, these rules."""

    @contextmanager
    def make(scene: Scene) -> Iterator[Count]:
        with scene.hurt.faults(*rules(scene)) as met:
            yield lambda: sum(met())

    return make


def _s3(do: str, target: str, **more: Any) -> dict[str, Any]:
    return {"service": "s3", "do": do, "target": target, **more}


def _s3_says(code: str, status: int, target: str, **more: Any) -> dict[str, Any]:
    body = f"<Error><Code>{code}</Code><Message>again</Message></Error>" if code else ""
    return _s3("answer", target, status=status, body=body, **more)


def _now_and_then(scene: Scene) -> Rules:
    """S3 as it is when it is busy: some of every kind of request."""
    dice = scene.dice
    kinds = (
        ("SlowDown", 503, "GET"),
        ("InternalError", 500, "PUT"),
        ("", 503, "HEAD"),
        ("SlowDown", 503, "PUT"),
    )
    return [_s3_says(*kind, every=dice.randint(3, 7)) for kind in dice.sample(kinds, dice.randint(1, 3))]


def _conflicts(scene: Scene) -> Rules:
    return [
        _s3_says("ConditionalRequestConflict", 409, target, times=1)
        for target in scene.dice.sample(_WRITES, 3)
    ]


def _lost_replies(scene: Scene) -> Rules:
    return [_s3("drop", target, times=scene.dice.randint(1, 2)) for target in scene.dice.sample(_WRITES, 3)]


def _lost_requests(scene: Scene) -> Rules:
    return [_s3("lose", target, times=2) for target in scene.dice.sample(_WRITES + _READS, 4)]


def _cut_bodies(scene: Scene) -> Rules:
    return [_s3("cut", target, times=scene.dice.randint(1, 3)) for target in scene.dice.sample(_READS, 3)]


def _slow(scene: Scene) -> Rules:
    targets = scene.dice.sample(_WRITES + _READS, 2)
    return [_s3("delay", target, delay_s=round(scene.dice.uniform(0.5, 3), 1), times=2) for target in targets]


def _outage(_: Scene) -> Rules:
    """Longer than any client's patience may be."""
    return [_s3_says("ServiceUnavailable", 503, "/reconciliation-(intermediate|checkpoints|output)/")]


def _json_error(service: str, target: str, kind: str, status: int = 400, **more: Any) -> dict[str, Any]:
    body = json.dumps({"__type": kind, "message": kind})
    return {"service": service, "do": "answer", "target": target, "status": status, "body": body, **more}


def _glue_refuses(scene: Scene) -> Rules:
    """The state waits five seconds before it tries again."""
    kinds = ("ThrottlingException", "InternalServiceException", "ResourceNumberLimitExceededException",
             "OperationTimeoutException", "ConcurrentRunsExceededException")  # fmt: skip
    return [_json_error("glue", "StartJobRun", scene.dice.choice(kinds), times=1)]


def _glue_throttles(scene: Scene) -> Rules:
    """The functions. How a `.sync` task looks after its run, and what it makes of a refusal, nobody tells."""
    asked, often = "GetJobRuns?.*AWS_Lambda", scene.dice.randint(2, 4)
    return [_json_error("glue", asked, "ThrottlingException", every=often)]


@contextmanager
def _unknown_yet(scene: Scene) -> Iterator[Count]:
    """Asked by a second file's run, which then knows nothing of the one that holds the day."""
    rule = _json_error("states", "DescribeExecution.*AWS_Lambda", "ExecutionDoesNotExist", times=2)
    with scene.hurt.faults(rule) as met:
        scene.hurt.upload(f"{scene.reference_date}/other.csv", scene.sent)
        yield lambda: sum(met())


def _machine_throttles(scene: Scene) -> Rules:
    targets = ("StartExecution.*AWS_Lambda", "SendTaskSuccess", "DescribeExecution.*AWS_Lambda")
    return [
        _json_error("states", target, "ThrottlingException", times=scene.dice.randint(1, 3))
        for target in targets
    ]


def _functions_throttled(scene: Scene) -> Rules:
    return [_json_error("lambda", "POST /2015-03-31/functions/.*invocations", "TooManyRequestsException", 429,
                        every=scene.dice.randint(2, 3), times=3)]  # fmt: skip


def _function_answers_lost(scene: Scene) -> Rules:
    """A state that is repeated with the same input: it was done, and nobody heard of it."""
    name = scene.dice.choice(("prepare-run", "inspect-file", "finish-run", "close-run", "stop-jobs"))
    return [
        {"service": "lambda", "do": "drop", "target": f"POST .*reconciliation-{name}/invocations", "times": 1}
    ]


def _down(*services: str) -> Callable[[Scene], Rules]:
    return lambda _: [{"service": service, "do": "answer"} for service in services]


def _silent(_: Scene) -> Rules:
    return [{"service": "sns", "do": "ignore", "times": 2}]


def _no_accents(_: Scene) -> Rules:
    body = ("<ErrorResponse><Error><Type>Sender</Type><Code>InvalidParameter</Code>"
            "<Message>Invalid parameter: Subject</Message></Error></ErrorResponse>")  # fmt: skip
    return [
        {"service": "sns", "do": "answer", "status": 400, "target": r"Subject=[^&]*%[89A-F]", "body": body}
    ]


def _told_without_reply(_: Scene) -> Rules:
    return [{"service": "sns", "do": "drop", "times": 1}]


@contextmanager
def _slack_down(scene: Scene) -> Iterator[Count]:
    """Where the first channel's messages go every connection is closed."""
    secrets = scene.hurt.client("secretsmanager")
    names = [one["Name"] for one in secrets.list_secrets()["SecretList"] if "slack" in one["Name"]]
    usual = secrets.get_secret_value(SecretId=sorted(names)[0])["SecretString"]
    with closing(Proxy(_NOBODYS_PORT)) as away, away.refusing():
        there = f"http://{HOST}:{away.port}/services/local"
        secrets.put_secret_value(SecretId=sorted(names)[0], SecretString=there)
        try:
            yield lambda: away.met
        finally:
            secrets.put_secret_value(SecretId=sorted(names)[0], SecretString=usual)


def _secrets_throttled(scene: Scene) -> Rules:
    return [
        _json_error("secretsmanager", "GetSecretValue", "ThrottlingException", times=scene.dice.randint(1, 3))
    ]


REQUESTS = (
    Fault("S3 answers 500 and 503 now and then", meanwhile(_now_and_then)),
    Fault("S3 answers 409 to conditional writes", meanwhile(_conflicts)),
    Fault("S3 writes, and the reply is lost", meanwhile(_lost_replies)),
    Fault("requests to S3 are lost", meanwhile(_lost_requests)),
    Fault("S3's replies are cut in their bodies", meanwhile(_cut_bodies)),
    Fault("S3 is slow", meanwhile(_slow)),
    Fault("S3 is away for three seconds", for_seconds(meanwhile(_outage), _OUTAGE_S), IN_JOBS,
          STAGES | codes("LOCK_LOST", "E_BASE_SESSION"), AFTER, told_twice=True),
    Fault("Glue refuses a start once", meanwhile(_glue_refuses)),
    Fault("Glue throttles whoever asks", meanwhile(_glue_throttles)),
    Fault("Step Functions does not know yet", _unknown_yet, ("a valid part", *COMPARISON),
          codes("DAY_BUSY", "NEEDS_FORCE")),
    Fault("Step Functions throttles", meanwhile(_machine_throttles)),
    Fault("Lambda throttles", meanwhile(_functions_throttled)),
    Fault("a function's answer is lost", meanwhile(_function_answers_lost), told_twice=True),
    Fault("SNS is down", meanwhile(_down("sns")), told=NOTHING),
    Fault("SNS and metrics are down", meanwhile(_down("sns", "monitoring"))),
    Fault("SNS does not answer", meanwhile(_silent)),
    Fault("SNS takes no accents", meanwhile(_no_accents)),
    Fault("SNS tells, and the reply is lost", meanwhile(_told_without_reply), told_twice=True),
    Fault("Slack is down", _slack_down),
    Fault("metrics are down", meanwhile(_down("monitoring"))),
    Fault("QuickSight is down", meanwhile(_down("quicksight")), told=codes("QUICKSIGHT_FAILED")),
    Fault("Secrets Manager throttles", meanwhile(_secrets_throttled)),
)  # fmt: skip
"""The moment of an outage is drawn; the others last from the file's coming to the executions' end."""
