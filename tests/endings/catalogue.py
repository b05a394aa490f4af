"""All scenarios: importing the modules fills the table."""

from importlib import import_module

from tests.endings.scenarios import SCENARIOS

for _name in (
    "published", "refused", "failed", "closed", "left_behind", "half_published", "resumed", "changed_rules",
    "interfering", "watched", "incidents",
):  # fmt: skip
    import_module(f"tests.endings.scenarios.{_name}")

__all__ = ["SCENARIOS"]
