"""CloudFormation Guard with AWS Control Tower's rules.

Program and rules come with the CDK's validator of that name, which itself is not used: it would start the
program once a rule, at each synth.
"""

import json
import platform
import subprocess
import tarfile
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


def judged(template: str, folder: Path) -> dict[str, set[str]]:
    """Names of the rules by the verdict: `compliant`, `not_compliant`, `not_applicable`."""
    _unpack(folder)
    (folder / "union.template.json").write_text(template)
    command = [str(folder / _PROGRAM), "validate", "-d", str(folder / "union.template.json")]
    ran = subprocess.run(
        [*command, "-r", str(folder / _RULES), "--structured", "-o", "json", "--show-summary", "none"],
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    (report,) = json.loads(ran.stdout)
    return {
        verdict: set(map(_name, report[verdict])) for verdict in report if isinstance(report[verdict], list)
    }


def _name(rule: str | dict[str, Any]) -> str:
    """A rule that is broken says how; the others are names alone."""
    return rule if isinstance(rule, str) else str(rule["Rule"]["name"])


def _unpack(folder: Path) -> None:
    package = distribution("cdklabs.cdk-validator-cfnguard").locate_file("cdklabs/cdk_validator_cfnguard")
    (archive,) = Path(str(package)).glob("_jsii/*.tgz")
    wanted = (_PROGRAM, *(f"{_RULES}/{service}/" for service in _SERVICES))
    with tarfile.open(archive) as packed:
        packed.extractall(folder, [item for item in packed if item.name.startswith(wanted)], filter="data")
    (folder / _PROGRAM).chmod(0o755)
