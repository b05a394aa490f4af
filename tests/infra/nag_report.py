"""What the synth's checks said: cdk-nag's packs, and the CDK's own validation where it found anything."""

import json
from pathlib import Path
from typing import Any

from infra import nag


def reports(folder: Path) -> dict[str, dict[str, Any]]:
    """By the check's name."""
    found = json.loads((folder / "validation-report.json").read_text())["pluginReports"]
    by_name = {item["pluginName"]: item for item in found}
    assert set(by_name) >= set(nag.PACKS)
    return by_name


def violations(folder: Path) -> list[Any]:
    """Findings without a reason."""
    return [finding for report in reports(folder).values() for finding in report["violations"]]
