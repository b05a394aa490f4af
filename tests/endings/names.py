"""Names in place of what a hash or a generator made: the same from run to run, and readable.

A digest of something that was written says of what; anything else is numbered as it was first seen, in the
order of the writes.
"""

import hashlib
import re
from collections import Counter
from typing import Any

_MADE = re.compile(
    r"(?P<version>\b[0-9a-f]{40}\b)"
    r"|(?P<job>\bJOB-\d{8}-\d{6}\b)"
    r"|(?P<sha256>\b[0-9a-f]{64}\b)|(?P<fingerprint>\b[0-9a-f]{32}\b)|(?P<object>\b[0-9a-f]{16}\b)"
)


class Names:
    """One scenario's names."""

    def __init__(self) -> None:
        self._named: dict[str, str] = {}
        self._digests: dict[str, str] = {}
        self._counted: Counter[str] = Counter()
        self._contents: dict[str, list[bytes]] = {}

    def wrote(self, where: str, body: bytes) -> None:
        """An object was written: its digests have a name from now on."""
        text = body.decode(errors="replace")
        self.see(where)
        contents = self._contents.setdefault(where, [])
        if body not in contents:
            contents.append(body)
            which = f"{where} #{len(contents)}" if len(contents) > 1 else where
            self._digests.setdefault(hashlib.sha256(body).hexdigest(), f"sha256({which})")
            self._digests.setdefault(hashlib.md5(body).hexdigest(), f"etag({which})")
        self.see(text)

    def see(self, text: str) -> None:
        """Numbers what is new in it."""
        _MADE.sub(self._name, text)

    def named(self, value: Any) -> Any:
        """The value with every made text in it by its name."""
        if isinstance(value, str):
            return _MADE.sub(self._name, value)
        if isinstance(value, list):
            return [self.named(item) for item in value]
        if isinstance(value, dict):
            return {self.named(name): self.named(item) for name, item in value.items()}
        return value

    def _name(self, match: re.Match[str]) -> str:
        made, kind = match[0], str(match.lastgroup)
        if made in self._digests:
            return str(self.named(self._digests[made]))
        if made not in self._named:
            self._counted[kind] += 1
            begins = made[:13] if kind == "job" else kind.upper() + "-"
            self._named[made] = f"{begins}{self._counted[kind]}"
        return self._named[made]
