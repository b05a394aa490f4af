"""Where a job's processes have their credentials from, and that they have some before a client is made.

Glue promises no environment variables with keys. Where these come from a metadata service, botocore asks it
once, for a second, and what it made of its silence, a client without keys, stays without (botocore#1791).
"""

import time
from collections.abc import Callable
from typing import Final

import boto3
from botocore.exceptions import NoCredentialsError
from botocore.session import Session

METADATA: Final = {"metadata_service_num_attempts": 3, "metadata_service_timeout": 2}
"""botocore's configuration variables: how often, and how many seconds each time."""
METADATA_VARIABLES: Final = {f"AWS_{name.upper()}": str(value) for name, value in METADATA.items()}
"""The same for a process that makes its own session."""
WAITS_S: Final = (0.0, 1.0, 2.0, 4.0)
"""Before each look, since of a token that comes too late botocore asks for no second one (botocore#2304)."""


def use_region(region: str) -> None:
    """Each client that this process makes from here on is that region's.

    Without one Secrets Manager's cannot be made, and S3's goes to the global host, which a network without a
    way out does not reach (boto3#375). A worker is another process, told by `SparkExecutor` alone: through
    the driver's environment Spark's local mode would tell it too, and hide what it lacks on Glue.
    """
    session = Session()
    for name, value in METADATA.items():
        session.set_config_variable(name, value)
    boto3.setup_default_session(region_name=region, botocore_session=session)


def require_credentials(sleep: Callable[[float], None] = time.sleep) -> str:
    """botocore's name of what gives them ("env", "iam-role"); every client of the process has the same.

    Raises NoCredentialsError where nothing gives any: a minute at most. The next call asks anew.
    """
    if boto3.DEFAULT_SESSION is None:  # in a worker
        boto3.setup_default_session()
    assert boto3.DEFAULT_SESSION
    for wait_s in WAITS_S:
        sleep(wait_s)
        if found := boto3.DEFAULT_SESSION.get_credentials():
            return str(found.method)
    raise NoCredentialsError
