"""`make explain` tells what the function said, and what failed where the function itself did."""

from io import BytesIO
from types import SimpleNamespace

import pytest
from botocore.exceptions import EndpointConnectionError

from local import explain
from local.explain import answer_of, refusal
from local.place import StackError
from reconciliation.errors import ReconciliationError
from reconciliation.explaining.request import Request

DAY = "2026-02-16"


def test_a_function_that_failed_says_of_what() -> None:
    failed = {
        "FunctionError": "Unhandled",
        "Payload": BytesIO(b'{"errorType": "MemoryError", "errorMessage": "no more"}'),
    }
    with pytest.raises(StackError, match="reconciliation-explain falhou: MemoryError: no more"):
        answer_of(failed)


@pytest.mark.parametrize(
    ("failure", "said"),
    [
        (
            StackError("reconciliation-explain falhou: MemoryError: no more"),
            "reconciliation-explain falhou: ",
        ),
        (EndpointConnectionError(endpoint_url="http://here"), "O ambiente local não respondeu: Could not"),
    ],
)
def test_only_what_did_not_answer_is_said_not_to_have(
    failure: Exception, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ask(*_: object) -> None:
        raise failure

    monkeypatch.setattr("sys.argv", ["explain", "O-1"])
    monkeypatch.setattr(explain, "running", lambda _: SimpleNamespace(endpoint="http://here"))
    monkeypatch.setattr(explain, "ask", ask)
    with pytest.raises(SystemExit) as ended:
        explain.main()
    assert str(ended.value).startswith(said)


def test_an_answer_is_handed_on() -> None:
    assert answer_of({"Payload": BytesIO(b'{"ok": true}')}) == {"ok": True}


@pytest.mark.parametrize(
    ("event", "said"),
    [
        ({"ordem_id": "x", "dia": "16/02/2026"}, "INVALID_INPUT: DAY não é uma data AAAA-MM-DD"),
        ({"ordem_id": "x", "desde": "x"}, "INVALID_INPUT: DESDE não é uma data AAAA-MM-DD"),
        ({"ordem_id": "x", "dia": DAY, "desde": "2026-02-17"}, "INVALID_INPUT: DESDE é depois de DAY"),
        ({"ordem_id": "x" * 70_000}, "INVALID_INPUT: ORDEM não é um texto de 1 a 65536 bytes em UTF-8"),
    ],
)
def test_what_is_wrong_is_named_as_make_names_it(event: dict[str, str], said: str) -> None:
    with pytest.raises(ReconciliationError) as refused:
        Request.of(event)
    assert refusal({"codigo": refused.value.code, "mensagem": str(refused.value)}) == said


def test_what_is_wrong_with_a_day_is_told_in_its_own_words() -> None:
    answer = {"codigo": "DAY_BUSY", "mensagem": "o dia está sendo publicado"}
    assert refusal(answer) == "DAY_BUSY: o dia está sendo publicado"
