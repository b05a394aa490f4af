"""One code of each kind of step: what its alert says to paste ends the day published, and right.

All codes: `python -m tests.faults.pasted`.
"""

import re
from datetime import date
from pathlib import Path

import pytest

from reconciliation.errors import FAILURES
from tests.faults.faulty_days import FAULTS
from tests.faults.pasted import follow_the_alert
from tests.faults.stack import Hurt

pytestmark = pytest.mark.stack

STARTED = '"executionArn"'
SHOWN = {
    "E_HEADER": ["^fornecedor,ordem", "^Assunto: ", "upload: "],
    "TIMEOUT": [STARTED, '"status": "TIMEOUT"', ""],
    "RDS_AUTH": [
        *('"ok": false(.|\n)*"RDS_AUTH"', '"passo": "senha",\\s+"estado": "feito"', "só lê"),
        *('"ok": true', STARTED),
    ],
    "NEEDS_FORCE": [r"first\.csv\n.*input\.csv", '"status": ?"SUCCEEDED"', STARTED, '"estado"'],
    "QUICKSIGHT_FAILED": [
        *("reconciliation-dataset", '"IngestionId"', '"IngestionStatus"'),
        *("reconciliation-days", '"IngestionId"', '"IngestionStatus"'),
    ],
}
"""What each command must show: of a look, the fault itself."""


@pytest.mark.parametrize("code", SHOWN)
def test_the_alerts_commands_end_the_day_published(hurt: Hurt, tmp_path: Path, code: str) -> None:
    desk = follow_the_alert(hurt, tmp_path, code, date(2026, 8, 1 + list(SHOWN).index(code)))
    shown = zip(SHOWN[code], desk.said, strict=True)
    assert [(wanted, said) for wanted, said in shown if not re.search(wanted, said[1])] == []


def test_every_code_has_its_fault() -> None:
    assert set(FAULTS) == {*FAILURES, "SUCCEEDED"} - {"NO_FILE"}
