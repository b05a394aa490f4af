"""Names that the template and the commands beside it know; without the CDK, which takes seconds to start."""

from typing import Final

TOPIC: Final = "reconciliation-alerts"
BUSINESS_TOPIC: Final = "reconciliation-business"
SECRET: Final = "reconciliation-rds-credentials"  # noqa: S105 - a secret's name
CONNECTION_CHECK: Final = "test-rds-connection"
