"""An analyst's question of a published day (runbook 4.7), and what its asker is told."""

import json

from infra.names import ANALYST, EXPLAIN
from tests.rights.deny.hands import Hands


def newest_published(hands: Hands) -> str:
    return max(key.split("/")[1] for key in hands.operator.objects("reconciliation-output", "resumos/"))


def file_of(hands: Hands, day: str) -> list[bytes]:
    """The day's lines, as its supplier sent them."""
    stored = hands.client("s3").get_object(Bucket="reconciliation-ingress", Key=f"{day}/input.csv")
    return list(stored["Body"].read().splitlines(keepends=True))


def explain(hands: Hands) -> str:
    """As an analyst, of the newest published day's first line: file, base and history."""
    day = newest_published(hands)
    key = file_of(hands, day)[1].split(b";")[1].decode()
    asked = json.dumps({"ordem_id": key, "dia": day})
    hands.renew(EXPLAIN)
    answer = hands.client("lambda", ANALYST).invoke(FunctionName=EXPLAIN, Payload=asked)
    told = json.loads(answer["Payload"].read())
    if "errorType" in told:
        return f"{told['errorType']}: {str(told['errorMessage'])[:200]}"
    kept = told["explicacao"]
    return f"{kept['desfecho']}, kept {kept['guardado']}, {[bool(line['texto']) for line in kept['linhas']]}"


def explain_published(hands: Hands) -> str:
    """The same of a day whose plan is gone from the intermediate data, for as long as that is asked."""
    s3, bucket, day = hands.client("s3"), "reconciliation-intermediate", newest_published(hands)
    keys = (key for key in hands.operator.objects(bucket, f"{day}/") if key.endswith("/plan.json"))
    gone = [(key, s3.delete_object(Bucket=bucket, Key=key)["VersionId"]) for key in keys]
    try:
        return explain(hands)
    finally:
        for key, marker in gone:
            s3.delete_object(Bucket=bucket, Key=key, VersionId=marker)
