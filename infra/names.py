"""Names that the template and the commands beside it know; without the CDK, which takes seconds to start."""

from typing import Final

TOPIC: Final = "reconciliation-alerts"
BUSINESS_TOPIC: Final = "reconciliation-business"
ALARMS: Final = "reconciliation-alarms"
"""Topic, queue and function alike."""
SECRET: Final = "reconciliation-rds-credentials"  # noqa: S105 - a secret's name
INSTANCE: Final = "reconciliation-db"
WORKGROUP: Final = "reconciliation"
"""Athena's; a stage has the same name, so a page's word is one only behind `--work-group`."""
CONNECTION_CHECK: Final = "test-rds-connection"
EXPLAIN: Final = "reconciliation-explain"
WATCHDOG: Final = "reconciliation-watchdog"
OPERATOR: Final = "reconciliation-operator"
SUPPLIER: Final = "reconciliation-supplier"
READER: Final = "reconciliation-reader"
REPORTS: Final = "reconciliation-reports"
DEPLOYER: Final = "reconciliation-deployer"
ANALYST: Final = "reconciliation-analyst"
"""Roles that people take."""
