"""What `make test-fast` leaves out, and why: a pytest plugin (`-p tests.quick`).

What is left decides in process: the rules, the jobs' work on small days, each recorded way to end, the
report, the pages. Files are not even read, as reading them brings the CDK and moto along.
"""

from pathlib import Path
from typing import Final

TESTS: Final = Path(__file__).parent
LEFT_OUT: Final = {
    "database": "real servers",
    "deployed": "a local stack",
    "e2e": "a local stack",
    "endings/test_incidents.py": "days and weeks of an incident, played",
    "explain": "days made whole, and an emulated AWS",
    "faults": "a local stack",
    "functions": "an emulated AWS",
    "infra": "the CDK's synth",
    "jobs/test_against_oracle.py": "whole days, drawn",
    "jobs/test_cuts_and_keys.py": "whole days, drawn",
    "jobs/test_export.py": "an emulated AWS",
    "local": "an emulated AWS",
    "releases": "each release, cut at each stage and ended again",
    "report/test_browser.py": "a browser",
    "report/test_figures.py": "hundreds of thousands of rows",
    "rights": "the CDK's synth",
    "runbooks/test_commands.py": "the AWS CLI reads each command",
    "test_absent.py": "pytest by itself",
    "test_appearance.py": "every character there is",
    "test_awkward_paths.py": "checkouts of their own",
    "test_benchmarks.py": "a server, and days in full",
    "test_causes_hold.py": "hundreds of days, drawn",
    "test_dataframe_oracle.py": "Spark",
    "test_imports.py": "each package imported by itself",
    "test_strategies.py": "hundreds of days, drawn",
    "tutorial": "checkouts of their own",
}
"""Files and folders below tests/."""


def pytest_ignore_collect(collection_path: Path) -> bool | None:
    if not collection_path.is_relative_to(TESTS):
        return None
    return True if str(collection_path.relative_to(TESTS)) in LEFT_OUT else None
