"""A release as it is kept, in a folder named by its version: its state machine, its runs cut at each stage.

`state_machine.json` is the definition with the names of what it calls. `runs.json` has for each cut what the
execution was and was answered, Glue's runs, and every object; bodies are kept once, by their digest: JSON as
text, Parquet as base64.
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from tests.endings.account import BUCKETS
from tests.endings.recording import to_text
from tests.endings.s3 import Version
from tests.endings.world import World

FOLDER: Final = Path(__file__).parent
_MOMENTS: Final = ("StartedOn", "CompletedOn")


@dataclass(frozen=True)
class Standing:
    """What the account holds at a moment. `objects` are by bucket and key."""

    now: datetime
    job_runs: list[dict[str, Any]]
    objects: dict[str, Version]

    @classmethod
    def of(cls, world: World) -> Standing:
        account = world.account
        found = {
            f"{bucket}/{key}": account.s3.at(bucket, key)
            for bucket in BUCKETS
            for key in account.s3.keys(bucket)
        }
        objects = {where: version for where, version in found.items() if version}
        return cls(account.clock.now, [dict(run) for run in account.job_runs], objects)

    def restore(self, world: World) -> None:
        """Into a world to which nothing has happened."""
        world.account.clock.now = self.now
        world.account.job_runs = [dict(run) for run in self.job_runs]
        for where, version in self.objects.items():
            world.account.s3.keep(*where.split("/", 1), version)

    def document(self, where: str) -> dict[str, Any] | None:
        """A JSON object's content, by bucket and key; None where it does not stand there."""
        version = self.objects.get(where)
        found: dict[str, Any] | None = json.loads(version.body or b"") if version else None
        return found


@dataclass(frozen=True)
class Run:
    """An execution that was cut. `history` is what its tasks were answered so far, as `replay.noted` has it.

    `closed` is what stood there once its own release had closed it; None where that published the day.
    """

    name: str
    given: dict[str, Any]
    started: datetime
    history: list[dict[str, Any]]
    held: Standing
    closed: Standing | None


@dataclass(frozen=True)
class Release:
    machine: dict[str, Any]
    runs: dict[str, Run]


def versions() -> list[str]:
    """Of the releases that are kept, the oldest first."""
    found = [path.parent.name for path in FOLDER.glob("*/runs.json")]
    return sorted(found, key=lambda version: [int(part) for part in version.split(".")])


def read(version: str) -> Release:
    folder = FOLDER / version
    kept = json.loads((folder / "runs.json").read_text(encoding="utf-8"))
    bodies = {digest: _bytes(body) for digest, body in kept["bodies"].items()}
    runs = {cut: _run(bodies, run) for cut, run in kept["runs"].items()}
    return Release(json.loads((folder / "state_machine.json").read_text(encoding="utf-8")), runs)


def write(version: str, release: Release) -> Path:
    """Answers the folder."""
    folder = FOLDER / version
    folder.mkdir(exist_ok=True)
    bodies = _Bodies()
    runs = {cut: bodies.run(run) for cut, run in release.runs.items()}
    kept = {"runs": runs, "bodies": dict(sorted(bodies.by_digest.items()))}
    for name, content in (("state_machine", release.machine), ("runs", kept)):
        (folder / f"{name}.json").write_text(to_text(content) + "\n", encoding="utf-8")
    return folder


@dataclass
class _Bodies:
    """From here on everything as JSON has it."""

    by_digest: dict[str, Any] = field(default_factory=dict)

    def run(self, run: Run) -> dict[str, Any]:
        return {
            "name": run.name,
            "given": run.given,
            "started": run.started.isoformat(),
            "history": run.history,
            "held": self._standing(run.held),
            "closed": run.closed and self._standing(run.closed),
        }

    def _standing(self, standing: Standing) -> dict[str, Any]:
        objects = {where: dict(self._version(version)) for where, version in standing.objects.items()}
        job_runs = [_moments(run, datetime.isoformat) for run in standing.job_runs]
        return {"now": standing.now.isoformat(), "job_runs": job_runs, "objects": objects}

    def _version(self, version: Version) -> Iterator[tuple[str, Any]]:
        body = version.body or b""
        digest = sha256(body).hexdigest()[:12]
        self.by_digest[digest] = _kept(body)
        yield "body", digest
        yield "version_id", version.version_id
        yield "modified", version.modified.isoformat()
        if version.metadata:
            yield "metadata", version.metadata


def _kept(body: bytes) -> Any:
    try:
        return body.decode()
    except UnicodeDecodeError:
        return {"base64": b64encode(body).decode()}


def _bytes(kept: Any) -> bytes:
    return kept.encode() if isinstance(kept, str) else b64decode(kept["base64"])


def _run(bodies: dict[str, bytes], kept: dict[str, Any]) -> Run:
    closed = kept["closed"] and _standing(bodies, kept["closed"])
    started, held = datetime.fromisoformat(kept["started"]), _standing(bodies, kept["held"])
    return Run(kept["name"], kept["given"], started, kept["history"], held, closed)


def _standing(bodies: dict[str, bytes], kept: dict[str, Any]) -> Standing:
    objects = {where: _version(bodies, version) for where, version in kept["objects"].items()}
    job_runs = [_moments(run, datetime.fromisoformat) for run in kept["job_runs"]]
    return Standing(datetime.fromisoformat(kept["now"]), job_runs, objects)


def _version(bodies: dict[str, bytes], kept: dict[str, Any]) -> Version:
    modified = datetime.fromisoformat(kept["modified"])
    return Version(kept["version_id"], bodies[kept["body"]], kept.get("metadata", {}), modified)


def _moments(run: dict[str, Any], to: Any) -> dict[str, Any]:
    return {name: to(value) if name in _MOMENTS else value for name, value in run.items()}
