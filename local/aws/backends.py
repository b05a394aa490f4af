"""moto's backends of the one account that there is here."""

from typing import Any

from local.place import ACCOUNT, REGION


def held(backends: Any, region: str = REGION) -> Any:
    """A service's, of that region, `aws` for what knows none. Each request looks for five or six of them.

    moto's own dictionaries compare all regions at each look, to make what is not there yet: 6 of its 7 us.
    """
    account = dict.get(backends, ACCOUNT)
    return (account and dict.get(account, region)) or backends[ACCOUNT][region]
