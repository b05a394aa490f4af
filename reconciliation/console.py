"""Addresses that people open in a browser, each by its reader's own session.

Never a signed one: it would open for anybody who has it (bank secrecy).
"""

from typing import Final
from urllib.parse import quote, urlencode

from reconciliation.deployment import Deployment
from reconciliation.layout import Location

DASHBOARD: Final = "reconciliation-dashboard"
DAY_PARAMETER: Final = "Dia"
"""The dashboard's own date; without one it shows the newest day."""


def object_page(deployment: Deployment, where: Location) -> str:
    """The S3 console's page of that object."""
    region = deployment.region
    asked = urlencode({"region": region, "prefix": where.key}, safe="/")
    return f"https://{region}.console.aws.amazon.com/s3/object/{where.bucket}?{asked}"


def dashboard(deployment: Deployment, day: str) -> str:
    """QuickSight's dashboard on that day (its guide, "Using parameters in a URL": no zone is UTC)."""
    region, name = deployment.region, deployment.named(DASHBOARD)
    value = quote(f"{day}T00:00:00", safe="")
    return f"https://{region}.quicksight.aws.amazon.com/sn/dashboards/{name}#p.{DAY_PARAMETER}={value}"
