"""The base of a day on which two suppliers traded."""

from decimal import Decimal

from tests.cases.case import DAY
from tests.oracle import BaseRow

BASE = [
    BaseRow(" F1", "O1", "Ana", "PETR4", DAY, Decimal("10.50")),
    BaseRow("F2\t", "O2", "Bia", "VALE3", DAY, Decimal("20.00")),
    BaseRow("F2", "O3", "Bia", "VALE3", DAY, None),
    BaseRow(None, "O4", "Bia", "VALE3", DAY, Decimal("1.00")),
]
