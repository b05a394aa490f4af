"""A code survives its way through Glue's and Lambda's texts."""

import traceback

import pytest

from reconciliation.errors import FAILURES, code_of, error, from_text, message_of


@pytest.mark.parametrize("code", sorted(FAILURES))
def test_a_traceback_ends_with_the_code(code: str) -> None:
    try:
        raise error(code, "o que houve: e o que fazer")
    except Exception as exc:
        text = "".join(traceback.format_exception(exc))
    assert text.splitlines()[-1] == f"{code}: o que houve: e o que fazer"
    assert code_of(text, "validation") == code
    assert message_of(text) == "o que houve: e o que fazer"
    back = from_text(text)
    assert back is not None
    assert back.code == code


@pytest.mark.parametrize(
    ("text", "stage", "code"),
    [
        ("KeyError: 'x'", "validation", "VALIDATION_FAILED"),
        ("", "reconciliation", "RECONCILIATION_FAILED"),
        ("ERROR: UNKNOWN_CODE: x", "output", "OUTPUT_FAILED"),
        ("java.lang.OutOfMemoryError: Java heap space", "reconciliation", "OUT_OF_MEMORY"),
        ("Command failed with exit code 137", "validation", "OUT_OF_MEMORY"),
    ],
)
def test_a_text_without_a_code_is_its_stages_failure(text: str, stage: str, code: str) -> None:
    assert code_of(text, stage) == code
