"""One code of each kind of step: what its alert says to paste ends the day published, and right.

All codes: `python -m tests.faults.pasted`; with the pages' commands beside them, as drills: `make drill`.
"""

import re
from datetime import date
from pathlib import Path

import pytest

from reconciliation.errors import FAILURES
from tests.drills.drill import play
from tests.drills.rows import named
from tests.faults.desk import Desk
from tests.faults.faulty_days import FAULTS
from tests.faults.pasted import follow_the_alert
from tests.faults.stack import Hurt

pytestmark = pytest.mark.stack

STARTED = '"executionArn"'
SHOWN = {
    "E_HEADER": ["^fornecedor,ordem", "^Assunto: ", "upload: "],
    "TIMEOUT": [STARTED, '"status": "TIMEOUT"', ""],
    "NEEDS_FORCE": [r"first\.csv *\|(.|\n)*input\.csv *\|", '"status": ?"SUCCEEDED"', STARTED, '"estado"'],
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


def test_a_drill_does_what_the_page_says_besides(hurt: Hurt, tmp_path: Path) -> None:
    desk = Desk(hurt, date(2026, 8, 9), tmp_path / "desk")
    play(named("senha"), desk)
    failed = '"ok": false(.|\n)*"RDS_AUTH"'
    shown = [failed, failed, '"passo": "senha",\\s+"estado": "feito"', "só lê", '"ok": true', STARTED]
    assert all(re.search(*pair) for pair in zip(shown, (said for _, said in desk.said), strict=True))
    kinds = "falha alerta runbook comando comando comando à comando comando publicado encerrado"
    assert " ".join(what.split()[0] for _, what in desk.timeline) == kinds


def test_every_code_has_its_fault() -> None:
    assert set(FAULTS) == {*FAILURES, "SUCCEEDED"} - {"NO_FILE"}
