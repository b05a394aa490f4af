"""Brazil's national holidays, from the library `holidays`: no year needs a deployment, a new law does."""

from datetime import date
from functools import cache
from typing import Final

_BANKS_BESIDES: Final = ("Carnaval", "Corpus Christi")
"""Optional for others, no working days for banks: art. 6 of CMN's Resolution 4.880 of 2020."""


@cache
def holidays_of(whose: str, year: int) -> frozenset[date]:
    """The year's holidays: of `banks`, of the exchange (`b3`), or none of nobody's (any other name).

    The exchange rests on 24 December and on the year's last working day, too.
    """
    import holidays  # noqa: PLC0415 - half a second, which few days need

    if whose == "b3":
        return frozenset(holidays.financial_holidays("BVMF", years=year))
    if whose != "banks":
        return frozenset()
    optional = holidays.country_holidays("BR", years=year, categories="optional", language="pt_BR")
    besides = (day for day, name in optional.items() if name in _BANKS_BESIDES)
    return frozenset((*holidays.country_holidays("BR", years=year), *besides))
