"""An account as AWS's command line answers of it: exit codes and texts as the CLI writes them."""

import json
from collections.abc import Iterable
from subprocess import CompletedProcess
from typing import Any

_CODES = {400: "Bad Request", 301: "Moved Permanently", 403: "Forbidden", 404: "Not Found"}


class AskedAccount:
    """In the place of `infra.account.ask`. No bucket's name is taken but those of `taken`."""

    def __init__(self) -> None:
        self.refused = ""
        """What is said to credentials that let nobody in."""
        self.statuses: dict[str, str] = {}
        self.resources: dict[str, dict[str, str]] = {}
        """Each stack's buckets, with their states."""
        self.templates: dict[str, dict[str, Any]] = {}
        self.events: dict[str, list[dict[str, str]]] = {}
        """Each stack's, the newest first."""
        self.taken: dict[str, int] = {}
        self.asked_for: list[str] = []
        """The buckets whose names were looked for."""

    def has(self, stack: str, status: str | None, buckets: Iterable[str] = ()) -> None:
        """A stack in that state, or (None) none."""
        if status:
            self.statuses[stack] = status
            self.resources[stack] = dict.fromkeys(buckets, "CREATE_COMPLETE")

    def __call__(self, _region: str, service: str, command: str, *words: str) -> CompletedProcess[str]:
        answers = {
            "get-caller-identity": self._identity,
            "describe-stacks": self._stack,
            "list-stack-resources": self._resources,
            "describe-stack-events": self._events,
            "get-template": self._template,
            "head-bucket": self._bucket,
        }
        code, text = answers[command](dict(zip(words[::2], words[1::2], strict=True)))
        return CompletedProcess([service, command], code, *((text, "") if code == 0 else ("", text)))

    def _identity(self, _given: dict[str, str]) -> tuple[int, str]:
        return (253, self.refused) if self.refused else (0, "123456789012\n")

    def _stack(self, given: dict[str, str]) -> tuple[int, str]:
        name = given["--stack-name"]
        if name not in self.statuses:
            return 254, f"\nAn error occurred (ValidationError): Stack with id {name} does not exist\n"
        status = self.statuses[name]
        return (254, f"An error occurred ({status})") if status == "AccessDenied" else (0, f"{status}\n")

    def _resources(self, given: dict[str, str]) -> tuple[int, str]:
        kind = {"ResourceType": "AWS::S3::Bucket"}
        held = self.resources[given["--stack-name"]].items()
        found = [{**kind, "PhysicalResourceId": name, "ResourceStatus": state} for name, state in held]
        return 0, json.dumps({"StackResourceSummaries": found})

    def _events(self, given: dict[str, str]) -> tuple[int, str]:
        return 0, json.dumps({"StackEvents": self.events.get(given["--stack-name"], [])})

    def _template(self, given: dict[str, str]) -> tuple[int, str]:
        return 0, json.dumps({"TemplateBody": {"Resources": self.templates[given["--stack-name"]]}})

    def _bucket(self, given: dict[str, str]) -> tuple[int, str]:
        self.asked_for.append(given["--bucket"])
        code = self.taken.get(given["--bucket"], 404)
        if code == 200:
            return 0, ""
        return 254, f"\nAn error occurred ({code}) when calling the HeadBucket operation: {_CODES[code]}\n"
