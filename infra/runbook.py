"""`make runbook`: the pages of runbooks/ with a deployment's own names, region, account and contacts.

python -m infra.runbook 123456789012 build/runbook
"""

import json
import re
import sys
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from infra.settings import Settings, SettingsError
from infra.synth import ROOT, SynthError, assembly

PAGES = ROOT / "runbooks"
_CONTACTS = tuple(item.name for item in fields(Settings) if item.name.startswith("email_"))


def words_of(settings: Settings, account: str, template: Mapping[str, Any]) -> dict[str, str]:
    """What stands in the pages, and what this deployment has in its place."""
    usual = Settings()
    contacts = {getattr(usual, name): getattr(settings, name) for name in _CONTACTS}
    return {"REGION": settings.region, "ACCOUNT": account, **contacts, **_names(template, settings.suffix)}


def render(text: str, words: Mapping[str, str]) -> str:
    """A word is replaced only as a whole: `reconciliation-job` is not in `reconciliation-jobs`."""
    longest_first = sorted(words, key=len, reverse=True)
    pattern = rf"(?<![\w-])({'|'.join(map(re.escape, longest_first))})(?![\w=-])"
    return re.sub(pattern, lambda found: words[found[0]], text)


def _names(template: Mapping[str, Any], suffix: str) -> dict[str, str]:
    """Every name of the template that carries the suffix, by the name without it."""
    if not suffix:
        return {}
    values = [value for item in template["Resources"].values() for value in item["Properties"].values()]
    texts = {value for value in values if isinstance(value, str) and re.fullmatch(r"[\w/.-]+", value)}
    return {text.removesuffix(suffix): text for text in texts if text.endswith(suffix)}


def main(account: str, out: Path) -> None:
    """Raises SystemExit with one sentence where the account is none, or the settings can't be deployed."""
    if not re.fullmatch(r"\d{12}", account):
        raise SystemExit(f"ACCOUNT is {account!r}: write the twelve digits of the AWS account.")
    try:
        settings = Settings.from_context(json.loads((ROOT / "cdk.json").read_text()).get("context", {}))
        with assembly() as made:
            (path,) = made.glob("*.template.json")
            words = words_of(settings, account, json.loads(path.read_text()))
    except (SettingsError, SynthError) as exc:
        raise SystemExit(str(exc)) from None
    out.mkdir(parents=True, exist_ok=True)
    for page in sorted(PAGES.glob("*.md")):
        (out / page.name).write_text(render(page.read_text(), words))
    sys.stdout.write(f"{out}/ has the runbook of account {account}.\n")


if __name__ == "__main__":
    main(
        sys.argv[1] if len(sys.argv) > 1 else "", Path(sys.argv[2] if len(sys.argv) > 2 else "build/runbook")
    )
