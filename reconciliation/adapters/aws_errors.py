"""What any call of AWS raises where the service refuses it or does not answer."""

from typing import Final

from botocore.exceptions import BotoCoreError, ClientError

AWS_ERRORS: Final = (BotoCoreError, ClientError)


def reason(failure: Exception) -> str:
    """The service's own code, or the kind of error: its text may quote the request."""
    return (
        str(failure.response["Error"]["Code"]) if isinstance(failure, ClientError) else type(failure).__name__
    )
