"""One code of each kind of step: what its alert says to paste ends the day published, and right.

All codes: `python -m tests.faults.pasted`.
"""

from datetime import date
from pathlib import Path

import pytest

from reconciliation.errors import FAILURES
from tests.faults.faulty_days import FAULTS
from tests.faults.pasted import follow_the_alert
from tests.faults.stack import Hurt

pytestmark = pytest.mark.stack

KINDS = {
    "E_HEADER": "see the file, send the corrected one",
    "E_S3_KEY": "copy the file to a right name",
    "TIMEOUT": "go on at once",
    "RDS_AUTH": "test the connection, mend, test again, go on",
    "BASE_EMPTY": "ask the base, wait, go on",
    "CHECKPOINT_REFUSED": "start from the file",
    "NEEDS_FORCE": "see what is published, replace it",
    "QUICKSIGHT_FAILED": "ask for the refresh again",
}


@pytest.mark.parametrize("code", KINDS)
def test_the_alerts_commands_end_the_day_published(hurt: Hurt, tmp_path: Path, code: str) -> None:
    day = date(2026, 8, 1 + list(KINDS).index(code))
    desk = follow_the_alert(hurt, tmp_path, code, day)
    assert desk.said


def test_every_code_has_its_fault() -> None:
    assert set(FAULTS) == {*FAILURES, "SUCCEEDED"} - {"NO_FILE"}
