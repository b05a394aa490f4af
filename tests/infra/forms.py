"""Every form that the main template has: network and database created or there already, by engine."""

import json
from collections.abc import Iterable
from typing import Any

from tests.infra.template import IMPORTED, NETWORK, Template

LONGEST = "-longest-suffix-1234"
"""Of as many characters as a suffix may have."""

FORMS: dict[str, dict[str, Any]] = {
    "created, postgres": {},
    "created, mysql": {"engine": "mysql"},
    "in a network that is there, postgres": NETWORK,
    "in a network that is there, mysql": {**NETWORK, "engine": "mysql"},
    "imported, postgres": IMPORTED,
    "imported, mysql, others keep the users": {**IMPORTED, "engine": "mysql", "rotate_secret": False},
}
"""QuickSight's part is a template of its own; the main one is the same without it (test_quicksight.py)."""
NAMED: dict[str, dict[str, Any]] = {
    "the longest suffix": {"engine": "mysql", "suffix": LONGEST},
    "one that may go": {"suffix": "-dev", "remove_data": True, "multi_az": False, "expected_by": ""},
}
"""Those whose every resource has another name."""


def union(templates: Iterable[Template]) -> str:
    """One template with each resource of them once: a linter reads the hundreds that all share one time.

    Where two have different ones under one id, the later has another id; what refers to it means either.
    """
    whole: dict[str, dict[str, Any]] = {}
    seen: dict[tuple[str, str], list[Any]] = {}
    for template in templates:
        for section in ("Parameters", "Rules", "Conditions", "Resources"):
            for name, item in template.raw.get(section, {}).items():
                copies = seen.setdefault((section, name), [])
                if item not in copies:
                    copies.append(item)
                    copy = name if len(copies) == 1 else f"{name}Of{len(copies)}"
                    whole.setdefault(section, {})[copy] = item
    return json.dumps(whole)
