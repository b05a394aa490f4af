"""`make explain`: one order explained by the running local stack's function, asked by whom may ask it."""

import argparse
import json
import re
from collections.abc import Mapping
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from infra.names import ANALYST, EXPLAIN
from local.place import ACCOUNT, DEFAULT_DIRECTORY, REGION, StackError
from local.stack import running

VARIABLES = {"ordem_id": "ORDEM", "dia": "DAY", "desde": "DESDE"}
"""By the event's name, what make calls it."""


def main() -> None:
    parser = argparse.ArgumentParser(prog="make explain", description="Explica uma ordem.")
    parser.add_argument("ordem_id", metavar="ORDEM")
    parser.add_argument("--day", default="")
    parser.add_argument("--since", default="")
    given = parser.parse_args()
    if not given.ordem_id.strip():
        raise SystemExit("Informe a ordem: make explain ORDEM=ORD-12345")
    stack = running(DEFAULT_DIRECTORY)
    if stack is None:
        raise SystemExit("O ambiente local não está no ar: suba-o com `make up`.")
    try:
        answered = ask({"ordem_id": given.ordem_id, "dia": given.day, "desde": given.since}, stack.endpoint)
    except BotoCoreError as exc:
        raise SystemExit(f"O ambiente local não respondeu: {exc}") from None
    except (StackError, ClientError) as exc:
        raise SystemExit(str(exc)) from None
    if not answered.get("ok"):
        raise SystemExit(refusal(answered))
    print(answered["texto"])


def refusal(answered: Mapping[str, Any]) -> str:
    """In make's names, where what was asked is at fault."""
    said = str(answered["mensagem"])
    if answered["codigo"] == "INVALID_INPUT":
        said = re.sub(rf"\b({'|'.join(VARIABLES)})\b", lambda found: VARIABLES[found[0]], said)
    return f"{answered['codigo']}: {said}"


def ask(event: dict[str, str], endpoint_url: str) -> dict[str, Any]:
    """As an analyst's profile asks."""
    account = boto3.Session("local", "local", region_name=REGION)
    analyst = f"arn:aws:iam::{ACCOUNT}:role/{ANALYST}"
    sts = account.client("sts", endpoint_url=endpoint_url)
    taken = sts.assume_role(RoleArn=analyst, RoleSessionName="make-explain")["Credentials"]
    functions = boto3.client(
        "lambda", endpoint_url=endpoint_url, region_name=REGION, aws_access_key_id=taken["AccessKeyId"],
        aws_secret_access_key=taken["SecretAccessKey"], aws_session_token=taken["SessionToken"],
    )  # fmt: skip
    return answer_of(functions.invoke(FunctionName=EXPLAIN, Payload=json.dumps(event)))


def answer_of(invoked: Mapping[str, Any]) -> dict[str, Any]:
    """What the function answered. Raises StackError where it failed: then its answer is Lambda's own."""
    answer = json.loads(invoked["Payload"].read())
    if "FunctionError" in invoked:
        raise StackError(f"{EXPLAIN} falhou: {answer.get('errorType')}: {answer.get('errorMessage')}")
    return dict(answer)


if __name__ == "__main__":
    main()
