"""All scenarios: importing the modules fills the table."""

from tests.endings.scenarios import SCENARIOS, failed, left_behind, published, refused, resumed, watched

__all__ = ["SCENARIOS", "failed", "left_behind", "published", "refused", "resumed", "watched"]
