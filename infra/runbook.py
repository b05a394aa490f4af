"""`make runbook`: the pages of runbooks/ with a deployment's own names, region, account and contacts.

python -m infra.runbook 123456789012 build/runbook
"""

import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from infra.context import SettingsError, context_of, pairs
from infra.settings import DEFAULT_PORTS, Settings
from infra.synth import SynthError, synthesize
from reconciliation.bounded_json import parse_object

ROOT = Path(__file__).resolve().parents[1]
PAGES, OUT = ROOT / "runbooks", ROOT / "build" / "runbook"
_CONTACTS = tuple(item.name for item in fields(Settings) if item.name.startswith("email_"))


def words_of(settings: Settings, account: str, templates: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """What stands in the pages, and what this deployment has in its place."""
    usual = Settings()
    port = {str(DEFAULT_PORTS[usual.engine]): str(settings.database_port or DEFAULT_PORTS[settings.engine])}
    contacts = {getattr(usual, name): getattr(settings, name) for name in _CONTACTS}
    return {
        "REGION": settings.region,
        "ACCOUNT": account,
        **port,
        **contacts,
        **_names(templates, settings.suffix),
    }


def render(text: str, words: Mapping[str, str]) -> str:
    """A word is replaced only as a whole: `reconciliation-job` is not in `reconciliation-jobs`."""
    longest_first = sorted(words, key=len, reverse=True)
    pattern = rf"(?<![\w-])({'|'.join(map(re.escape, longest_first))})(?![\w=-])"
    return re.sub(pattern, lambda found: words[found[0]], text)


def _names(templates: Iterable[Mapping[str, Any]], suffix: str) -> dict[str, str]:
    """Every name of the templates that carries the suffix, by the name without it."""
    if not suffix:
        return {}
    resources = (item for template in templates for item in template["Resources"].values())
    values = [value for item in resources for value in item["Properties"].values()]
    texts = {value for value in values if isinstance(value, str) and re.fullmatch(r"[\w/.-]+", value)}
    return {text.removesuffix(suffix): text for text in texts if text.endswith(suffix)}


def main(account: str, given: Sequence[str]) -> None:
    """`given` are settings, `name=value`. Raises SystemExit with one sentence for what can't be."""
    if not re.fullmatch(r"\d{12}", account):
        raise SystemExit(f"ACCOUNT is {account!r}: write the twelve digits of the AWS account.")
    try:
        context = dict(pair.partition("=")[::2] for pair in pairs(given))
        settings = Settings.from_context({**context_of(ROOT), **context})
    except SettingsError as exc:
        raise SystemExit(str(exc)) from None
    words = words_of(settings, account, _templates(context) if settings.suffix else ())
    OUT.mkdir(parents=True, exist_ok=True)
    for page in sorted(PAGES.glob("*.md")):
        (OUT / page.name).write_text(render(page.read_text(), words))
    sys.stdout.write(f"{OUT.relative_to(ROOT)}/ has the runbook of account {account}.\n")


def _templates(context: Mapping[str, str]) -> list[dict[str, Any]]:
    """That deployment's, made beside `cdk.out`, which is the local stack's."""
    with TemporaryDirectory() as out:
        try:
            synthesize(ROOT, Path(out), context)
        except SynthError as exc:
            raise SystemExit(str(exc)) from None
        return [parse_object(path.read_text()) for path in sorted(Path(out).glob("*.template.json"))]


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
