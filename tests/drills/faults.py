"""What breaks in a drill besides the faults of `tests/faults/faulty_days.py`, and how a person mends it."""

import json
import re
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil

from local import postgres
from local.place import ACCOUNT
from tests.faults.desk import Desk
from tests.faults.faulty_days import owner
from tests.faults.stack import OUTPUT
from tests.runbooks.pages import ADMINISTRATOR, sql
from tests.waiting import eventually

GLUE_ROLE = "ReconciliationGlueRole"
WRITING = f"arn:aws:iam::{ACCOUNT}:policy/s3-write-policy"
_STOPPED_S = 15

# --- the file


def decimal_commas(body: bytes) -> bytes:
    """Every fifth line has its amount as a Brazilian spreadsheet writes it."""
    lines = body.splitlines(keepends=True)
    return b"".join(
        re.sub(rb"\.(\d+\n)$", rb",\1", line) if number % 5 == 1 else line
        for number, line in enumerate(lines)
    )


def in_latin_1(body: bytes) -> bytes:
    return body.decode().encode("latin-1", "replace")


def commas_for_semicolons(body: bytes) -> bytes:
    return body.replace(b";", b",")


# --- the database


def stopped_database(desk: Desk) -> None:
    """Its process ends, and nobody listens at its port; who mends starts it again."""
    desk.hurt.put(desk.day)
    server = _postmaster(desk.hurt.stack.directory)
    server.send_signal(signal.SIGINT)  # "fast": sessions are rolled back
    eventually(lambda: not server.is_running() or server.status() == psutil.STATUS_ZOMBIE, _STOPPED_S)
    desk.broken.callback(_start_again, desk)
    desk.start()


def _postmaster(directory: Path) -> psutil.Process:
    """The first of the stack's PostgreSQL: the others are its children."""
    data = str(directory / "postgres" / "data")
    found = [one for one in psutil.process_iter(["cmdline"]) if data in (one.info["cmdline"] or ())]
    return min(found, key=lambda one: (one.create_time(), one.pid))


def _start_again(desk: Desk) -> None:
    port = int(desk.hurt.stack.database["port"])
    desk.hurt.restarted.append(postgres.start(desk.hurt.stack.directory / "postgres", port))
    desk.note("à mão     o PostgreSQL é iniciado de novo")


def by_statement(statement: str) -> Callable[[Desk], None]:
    """The base's owner says it before the run."""

    def make(desk: Desk) -> None:
        desk.hurt.put(desk.day)
        owner(desk, statement)
        desk.start()

    return make


without_index = by_statement("DROP INDEX idx_ordem_id")
yesterdays_amounts = by_statement("UPDATE transacoes SET valor = valor + 1 WHERE valor < 1000000000")


def end_whoever_blocks(desk: Desk) -> None:
    """The runbook's statements, of the session that a look showed: who administers the database."""
    said = next(said for _, said in desk.said if '"bloqueado_por"' in said)
    answer, _ = json.JSONDecoder().raw_decode(re.sub(r'^.*?(?=\{\s*"ok")', "", said, flags=re.DOTALL))
    session = str(answer["linhas"][0][answer["colunas"].index("pid")])
    (block,) = (
        one for one in sql() if one.who == ADMINISTRATOR and "pg_terminate_backend" in str(one.statements)
    )
    for statement in block.statements:
        desk.note(f"à mão     {statement.replace('1234', session)}")
        owner(desk, statement.replace("1234", session))


def load_again(desk: Desk) -> None:
    """Who owns the base's load."""
    desk.hurt.load(desk.day)
    desk.note("à mão     a carga da base é refeita")


# --- the network and the rights


def closed_network(desk: Desk) -> None:
    """The database's group lets nobody in."""
    desk.hurt.put(desk.day)
    (instance,) = desk.hurt.client("rds").describe_db_instances()["DBInstances"]
    group, ec2 = instance["VpcSecurityGroups"][0]["VpcSecurityGroupId"], desk.hurt.client("ec2")
    (found,) = ec2.describe_security_groups(GroupIds=[group])["SecurityGroups"]
    ec2.revoke_security_group_ingress(GroupId=group, IpPermissions=found["IpPermissions"])
    desk.start()


def may_not_write(desk: Desk) -> None:
    """The newest version of the policy that runbook 2.4 shows lets the jobs write elsewhere alone."""
    desk.hurt.put(desk.day)
    iam, elsewhere = desk.hurt.client("iam"), _policy("Allow", "s3:PutObject", "arn:aws:s3:::elsewhere/*")
    made = iam.create_policy_version(PolicyArn=WRITING, PolicyDocument=elsewhere, SetAsDefault=True)
    version = made["PolicyVersion"]["VersionId"]
    desk.broken.callback(iam.delete_policy_version, PolicyArn=WRITING, VersionId=version)
    desk.broken.callback(iam.set_default_policy_version, PolicyArn=WRITING, VersionId="v1")
    desk.start()


def may_not_read(desk: Desk) -> None:
    """A policy keeps the jobs from what the output job looks at before it publishes."""
    desk.hurt.put(desk.day)
    named: dict[str, Any] = {"RoleName": GLUE_ROLE, "PolicyName": "denied"}
    summary = f"arn:aws:s3:::{OUTPUT}/resumos/{desk.reference_date}/*"
    iam = desk.hurt.client("iam")
    iam.put_role_policy(**named, PolicyDocument=_policy("Deny", "s3:GetObject", summary))
    desk.broken.callback(iam.delete_role_policy, **named)
    desk.start()


def _policy(effect: str, action: str, resource: str) -> str:
    statement = {"Effect": effect, "Action": action, "Resource": resource}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


# --- who mends


def by_page(page: str, text: str) -> Callable[[Desk], object]:
    """The operator, by that block of the runbook."""
    return lambda desk: desk.page(page, text)
