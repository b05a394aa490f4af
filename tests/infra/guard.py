"""CloudFormation Guard with AWS Control Tower's rules.

Program and rules come with the CDK's validator of that name, which itself is not used: it would start the
program once a rule, at each synth.
"""

import json
import platform
import re
import subprocess
import tarfile
from collections.abc import Iterable
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

_SERVICES = (
    *("athena", "cloudwatch", "ec2", "glue", "identityandaccessmanagement", "keymanagementservice"),
    *("lambda", "rds", "s3", "sqs", "stepfunctions"),
)
"""Those of ours that have rules; others' would only be read."""
_SYSTEM = {"Linux": "ubuntu", "Darwin": "macos"}[platform.system()]
_PROGRAM = f"package/bin/{_SYSTEM}/{platform.machine()}/cfn-guard"
_RULES = "package/rules/control-tower/cfn-guard"

_OUTSIDE = (
    *(
        "Alarms",
        "AlertReplay",
        "CloseRun",
        "Explain",
        "FinishRun",
        "Incident",
        "InspectFile",
        "PrepareRun",
        "SlackNotifier",
    ),
    *("StopJobs", "Trigger", "Watchdog"),
)
_FUNCTIONS = (*_OUTSIDE, "ConnectionCheck", "PrepareBase", "Query", "RotateSecret")
_LOGS = (*(f"Functions{name}Logs" for name in _FUNCTIONS), "MachineLogs", "NetworkRefusedLogs")
_WITHOUT_EVENTS = ("StorageAccessLogs", "StorageCheckpoints", "StorageIntermediate", "StorageOutput")

REASONS: dict[str, tuple[Iterable[str], str]] = {
    "cloudwatch_log_group_encrypted_check": (
        _LOGS, "CloudWatch's own key encrypts them; they hold no row, name or secret",
    ),
    "cloudwatch_log_group_retention_period_check": (
        _LOGS, "log_retention_days is a setting; what counts is in S3",
    ),
    "glue_job_security_config_check": (
        ("JobsOutputJob", "JobsReconciliationJob", "JobsValidationJob"),
        "it would move the logs from /aws-glue/jobs/output, where the runbook reads",
    ),
    "kms_create_grant_aws_service_check": (
        ["StorageKey"], "the account's own policies govern the key, as KMS advises",
    ),
    "lambda_function_public_access_prohibited_check": (
        ["DatabaseSecretsManagerMayRotate"], "it names Secrets Manager of this account, by reference",
    ),
    "lambda_inside_vpc_check": (
        [f"Functions{name}" for name in _OUTSIDE],
        "they call AWS alone; those that reach the database are inside",
    ),
    "rds_instance_enhanced_monitoring_enabled_check": (
        ["DatabaseInstance"], "an agent's metrics: nobody would look",
    ),
    "rds_instance_iam_authentication_enabled_check": (
        ["DatabaseInstance"], "the reader's password rotates instead",
    ),
    "rds_instance_logging_enabled_check": (
        ["DatabaseInstance"],
        "MySQL's audit needs a plugin, and general would write each statement with its values",
    ),
    "rds_instance_no_default_ports_check": (
        ["DatabaseInstance"],
        "the engine's own port is the one that runbook 2.3 tests; only glue-sg may reach it",
    ),
    "s3_bucket_default_encryption_kms_check": (
        ["StorageAccessLogs"], "S3 writes access logs only where its own key encrypts",
    ),
    "s3_bucket_logging_enabled_check": (["StorageAccessLogs"], "it would log itself"),
    "s3_bucket_object_lock_enabled_check": (
        (*_WITHOUT_EVENTS, "StorageIngress"), "days are locked and replaced by conditions; versions are kept",
    ),
    "s3_bucket_versioning_enabled_check": (["StorageAccessLogs"], "a log is written once, and expires"),
    "s3_event_notifications_enabled_check": (
        _WITHOUT_EVENTS, "only the ingress bucket's objects start anything",
    ),
    "sqs_dlq_check": (
        ["AlertsDeadLetters", "AlarmsDeadLetters"], "it is the dead letters' queue itself"
    ),
    "step_functions_state_machine_logging_enabled_check": (
        ["Machine"], "all is logged; the rule reads no joined ARN",
    ),
}  # fmt: skip
"""By rule: which resources break it, and why that is right. Another that does has none."""


def judged(template: str, folder: Path) -> tuple[set[tuple[str, str]], set[str]]:
    """Each broken rule with a resource that breaks it, by its id without the CDK's hash; the rules kept."""
    _unpack(folder)
    (folder / "union.template.json").write_text(template)
    command = [str(folder / _PROGRAM), "validate", "-d", str(folder / "union.template.json")]
    ran = subprocess.run(
        [*command, "-r", str(folder / _RULES), "--structured", "-o", "json", "--show-summary", "none"],
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    (report,) = json.loads(ran.stdout)
    broken = [item["Rule"] for item in report["not_compliant"]]
    return {(rule["name"], name) for rule in broken for name in _resources(rule)}, set(report["compliant"])


def _resources(rule: dict[str, Any]) -> set[str]:
    """Guard names the path of whatever it looked at; `Of2` is of tests.infra.forms.union."""
    found = re.findall(r"/Resources/(\w+?)[0-9A-F]{8}(?:Of\d)?\b", json.dumps(rule))
    assert found, rule
    return set(found)


def _unpack(folder: Path) -> None:
    package = distribution("cdklabs.cdk-validator-cfnguard").locate_file("cdklabs/cdk_validator_cfnguard")
    (archive,) = Path(str(package)).glob("_jsii/*.tgz")
    wanted = (_PROGRAM, *(f"{_RULES}/{service}/" for service in _SERVICES))
    with tarfile.open(archive) as packed:
        packed.extractall(folder, [item for item in packed if item.name.startswith(wanted)], filter="data")
    (folder / _PROGRAM).chmod(0o755)
