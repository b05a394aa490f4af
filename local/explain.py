"""`make explain`: one order explained by the running local stack's function, asked by whom may ask it."""

import argparse
import json
from collections.abc import Mapping
from typing import Any

import boto3
from botocore.exceptions import EndpointConnectionError

from infra.names import ANALYST, EXPLAIN
from local.place import ACCOUNT, DEFAULT_DIRECTORY, REGION, StackError


def main() -> None:
    parser = argparse.ArgumentParser(prog="make explain", description="Explica uma ordem.")
    parser.add_argument("ordem_id", metavar="ORDEM")
    parser.add_argument("--day", default="")
    parser.add_argument("--since", default="")
    given = parser.parse_args()
    if not given.ordem_id.strip():
        raise SystemExit("Informe a ordem: make explain ORDEM=ORD-12345")
    try:
        answered = ask({"ordem_id": given.ordem_id, "dia": given.day, "desde": given.since}, _endpoint())
    except (StackError, EndpointConnectionError) as exc:
        raise SystemExit(str(exc)) from None
    if not answered.get("ok"):
        raise SystemExit(f"{answered.get('codigo')}: {answered.get('mensagem')} (ORDEM, DAY e DESDE)")
    print(answered["texto"])


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
        raise StackError(f"{EXPLAIN} failed: {answer.get('errorType')}: {answer.get('errorMessage')}")
    return dict(answer)


def _endpoint() -> str:
    try:
        return str(json.loads((DEFAULT_DIRECTORY / "stack.json").read_text())["endpoint"])
    except FileNotFoundError:
        raise StackError("The local stack is not running: start it with `make up`.") from None


if __name__ == "__main__":
    main()
