"""The pages of runbooks/ with a deployment's own names, region and contacts, as they are deployed.

By hand, with the account too: `make runbook`, python -m infra.runbook 123456789012 suffix=-dev.
"""

import hashlib
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import fields
from pathlib import Path

from infra.context import SettingsError, context_from, pairs
from infra.names import WORKGROUP
from infra.runbook_html import document
from infra.settings import Settings
from infra.surroundings import DEFAULT_PORTS
from reconciliation.runbook import ACCOUNT_MARK

ROOT = Path(__file__).resolve().parents[1]
OUT = ROOT / "build" / "runbook"
_NAME = re.compile(r"(?<![\w.-])(?:reconciliation|Reconciliation|test-rds|glue-sg|s3-)[\w-]*\w")
UNSUFFIXED = {"Reconciliation", "s3-read", "s3-write"}
"""The metrics' namespace and a role's own policies: names that no other deployment could want."""
_CONTACTS = (
    *(item.name for item in fields(Settings) if item.name.startswith("email_")),
    "supplier_contact",
)


def pages(root: Path = ROOT) -> dict[str, str]:
    """Text by file name, the index first."""
    found = sorted((root / "runbooks").glob("*.md"), key=lambda path: (path.name != "README.md", path.name))
    return {path.name: path.read_text() for path in found}


def names_in(text: str) -> set[str]:
    """Of resources, in commands and in prose; an anchor's is none."""
    return {found[0] for found in _NAME.finditer(re.sub("<a id=[^>]*>", "", text))}


def words_of(settings: Settings, account: str, text: str) -> dict[str, str]:
    """What stands in that text, and what this deployment has in its place."""
    usual = Settings()
    port = {str(DEFAULT_PORTS[usual.engine]): str(settings.database_port or DEFAULT_PORTS[settings.engine])}
    contacts = {getattr(usual, name): getattr(settings, name) for name in _CONTACTS}
    names = {name: settings.named(name) for name in names_in(text) - UNSUFFIXED}
    workgroup = {f"--work-group {WORKGROUP}": f"--work-group {settings.named(WORKGROUP)}"}
    return {"REGION": settings.region, "ACCOUNT": account, **port, **contacts, **names, **workgroup}


def render(text: str, words: Mapping[str, str]) -> str:
    """A word is replaced only as a whole: `reconciliation-job` is not in `reconciliation-jobs`."""
    longest_first = sorted(words, key=len, reverse=True)
    pattern = rf"(?<![\w-])({'|'.join(map(re.escape, longest_first))})(?![\w=-])"
    return re.sub(pattern, lambda found: words[found[0]], text)


def rendered(settings: Settings, account: str, root: Path = ROOT) -> dict[str, str]:
    """The pages of that deployment."""
    return {name: render(text, words_of(settings, account, text)) for name, text in pages(root).items()}


def deployed_page(settings: Settings, root: Path) -> Path:
    """Where the page that is deployed was written; it is told its account where it stands."""
    html = document(rendered(settings, ACCOUNT_MARK, root)).encode()
    path = root / "build" / "runbook-page" / f"{hashlib.sha256(html).hexdigest()[:16]}.html"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(f".{id(html)}.part")
        part.write_bytes(html)
        part.replace(path)
    return path


def main(account: str, given: Sequence[str]) -> None:
    """`given` are settings, `name=value`. Raises SystemExit with one sentence for what can't be."""
    if not re.fullmatch(r"\d{12}", account):
        raise SystemExit(f"ACCOUNT is {account!r}: write the twelve digits of the AWS account.")
    try:
        settings = Settings.from_context(context_from(ROOT, pairs(given)))
    except SettingsError as exc:
        raise SystemExit(str(exc)) from None
    OUT.mkdir(parents=True, exist_ok=True)
    for name, text in rendered(settings, account).items():
        (OUT / name).write_text(text)
    sys.stdout.write(f"{OUT.relative_to(ROOT)}/ has the runbook of account {account}.\n")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
