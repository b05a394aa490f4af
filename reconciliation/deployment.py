"""Where a deployment is, and what its names end in: told by its environment, never read off an ARN."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Deployment:
    """One deployment of the system in an account."""

    region: str
    account_id: str
    suffix: str
    """Of every name that others could also want, e.g. `-dev`; "" is none."""

    def named(self, name: str) -> str:
        """The name as this deployment has it."""
        return f"{name}{self.suffix}"
