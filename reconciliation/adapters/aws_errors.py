"""What any call of AWS raises where the service refuses it or does not answer."""

from typing import Final

from botocore.exceptions import BotoCoreError, ClientError

AWS_ERRORS: Final = (BotoCoreError, ClientError)

_OF_THE_MESSAGE: Final = ("InvalidParameter", "InvalidParameterValue", "ParameterValueInvalid")


def is_for_good(failure: Exception) -> bool:
    """Whether SNS refuses what the message holds, or its length, which no later try changes (Publish)."""
    return reason(failure) in _OF_THE_MESSAGE


def reason(failure: Exception) -> str:
    """The service's own code, or the kind of error: its text may quote the request."""
    return (
        str(failure.response["Error"]["Code"]) if isinstance(failure, ClientError) else type(failure).__name__
    )
