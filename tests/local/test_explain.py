"""`make explain` tells what the function said, and what failed where the function itself did."""

from io import BytesIO

import pytest

from local.explain import answer_of
from local.place import StackError


def test_a_function_that_failed_says_of_what() -> None:
    failed = {
        "FunctionError": "Unhandled",
        "Payload": BytesIO(b'{"errorType": "MemoryError", "errorMessage": "no more"}'),
    }
    with pytest.raises(StackError, match="reconciliation-explain failed: MemoryError: no more"):
        answer_of(failed)


def test_an_answer_is_handed_on() -> None:
    assert answer_of({"Payload": BytesIO(b'{"ok": true}')}) == {"ok": True}
