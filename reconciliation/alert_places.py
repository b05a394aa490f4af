"""Where alerts leave their marks, and incidents stand, in the checkpoints bucket.

As in `layout.py`: a function that makes a path answers a Location.
"""

from pathlib import PurePosixPath
from urllib.parse import quote, unquote

from reconciliation.layout import Location


def alert_mark(bucket: str, alert_id: str, whom: str) -> Location:
    """The mark that says that `whom` was told of that alert. Ids and channels may hold any character."""
    return alert_marks(bucket) / f"{quote(alert_id, safe='')}/{quote(whom, safe='')}"


def alert_marks(bucket: str) -> Location:
    """The prefix of all alerts' marks."""
    return Location(bucket, "alerts/")


def execution_alerts(bucket: str, execution_arn: str) -> Location:
    """The prefix of the marks of an execution's alerts that SNS took: empty while nobody was told of it."""
    return alert_marks(bucket) / f"of-execution/{quote(execution_arn.rsplit(':', 1)[-1], safe='')}/"


def execution_alert(bucket: str, execution_arn: str, alert_id: str) -> Location:
    """The mark that says that SNS took that alert of that execution."""
    return execution_alerts(bucket, execution_arn) / quote(alert_id, safe="")


def business_message(bucket: str, alert_id: str) -> Location:
    """An alert that the business area is still to be told, until the watchdog has sent it."""
    return business_messages(bucket) / quote(alert_id, safe="")


def business_messages(bucket: str) -> Location:
    """The prefix of all of these."""
    return alert_marks(bucket) / "of-business/"


def kept_alert(bucket: str, alert_id: str) -> Location:
    """An alert that SNS did not take, until the watchdog sees it taken."""
    return kept_alerts(bucket) / quote(alert_id, safe="")


def kept_alerts(bucket: str) -> Location:
    """The prefix of all of these."""
    return alert_marks(bucket) / "kept/"


def refused_alert(bucket: str, alert_id: str) -> Location:
    """The whole of an alert that SNS will never take, and in whose place a short one was told."""
    return alert_marks(bucket) / f"refused/{quote(alert_id, safe='')}"


def incident(bucket: str, key: str) -> Location:
    """The incident of a day, or of what else it is of (`incident.py`)."""
    return incidents(bucket) / f"{quote(key, safe='')}.json"


def incidents(bucket: str) -> Location:
    """The prefix of all incidents."""
    return Location(bucket, "incidents/")


def key_of_incident(key: str) -> str:
    """What an incident is of, by its object's key."""
    return unquote(PurePosixPath(key).name.removesuffix(".json"))
