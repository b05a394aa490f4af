"""The assembly is made anew where an input changed, and only then."""

from pathlib import Path

import pytest

from infra import synth


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout in which making the assembly only counts."""
    (tmp_path / "infra").mkdir()
    (tmp_path / "infra" / "a.py").write_text("one")
    (tmp_path / "cdk.json").write_text("{}")

    def make(_root: Path, out: Path) -> None:
        out.mkdir(exist_ok=True)
        (out / "made").write_text((out / "made").read_text() + "x" if (out / "made").exists() else "x")

    monkeypatch.setattr(synth, "_synthesize", make)
    return tmp_path


def times_made(checkout: Path) -> int:
    with synth.assembly(checkout) as out:
        return len((out / "made").read_text())


def test_an_unchanged_checkout_costs_nothing(checkout: Path) -> None:
    assert [times_made(checkout), times_made(checkout)] == [1, 1]


def test_a_changed_input_is_seen(checkout: Path) -> None:
    assert times_made(checkout) == 1
    (checkout / "infra" / "a.py").write_text("two")
    assert times_made(checkout) == 2
    (checkout / "infra" / "a.py").rename(checkout / "infra" / "b.py")
    assert times_made(checkout) == 3


def test_compiled_files_are_no_input(checkout: Path) -> None:
    before = synth.inputs_hash(checkout)
    (checkout / "infra" / "__pycache__").mkdir()
    (checkout / "infra" / "__pycache__" / "a.pyc").write_text("compiled")
    assert synth.inputs_hash(checkout) == before
