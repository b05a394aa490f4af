"""The assembly is made anew where an input changed, and only then."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from infra import synth


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout in which making the assembly only counts."""
    (tmp_path / "infra").mkdir()
    (tmp_path / "infra" / "a.py").write_text("one")
    (tmp_path / "cdk.json").write_text("{}")

    def make(_root: Path, out: Path, _context: Mapping[str, str]) -> None:
        out.mkdir(exist_ok=True)
        (out / "made").write_text((out / "made").read_text() + "x" if (out / "made").exists() else "x")

    monkeypatch.setattr(synth, "synthesize", make)
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


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("suffix=-DEV", "suffix"),
        ("foo=1", "There is no setting 'foo'; docs/settings.md lists them all."),
        ("deadline", "'deadline' is no setting: write name=value."),
    ],
)
def test_settings_that_cannot_be_deployed_are_said_in_one_sentence(given: str, said: str) -> None:
    with pytest.raises(SystemExit, match=said):
        synth.main([given])


def test_a_form_has_a_folder_of_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    synth.main(["suffix=-dev quicksight=false"])
    assert capsys.readouterr().out == "build/template/ has the template.\n"
    templates = (synth.ROOT / "build" / "template").glob("*.template.json")
    assert [path.name for path in templates] == ["Reconciliation-dev.template.json"]
