"""An export's columns by the FOUND schema: whatever it cannot hold without a guess is refused by name."""

import polars as pl

from reconciliation.contract import COLUMNS, TEXTS, TIME_ZONE, VALOR_SCALE
from reconciliation.errors import ReconciliationError, error
from reconciliation.kernels.dates import sane
from reconciliation.kernels.money import cents
from reconciliation.kernels.schemas import FOUND
from reconciliation.layout import Location
from reconciliation.line import BLANKS

_VALOR_DIGITS = 18
_NUMBER = r"^-?[0-9]{1,16}(\.[0-9]+)?$"
_ZEROS_AFTER_CENTS = r"(\.[0-9]{2})0+$"
_DATE = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
_TIME = r"[ T][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?"
_LOCAL = rf"^[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}{_TIME}$"
_INSTANT = rf"^[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}{_TIME}(Z|[+-][0-9]{{2}}(:?[0-9]{{2}})?)$"
_SOME_DATE = rf"^(-?infinity|[0-9]{{4,}}-[0-9]{{2}}-[0-9]{{2}}({_TIME}(Z|[+-][0-9:]{{2,9}})?)?( BC)?)$"
"""What PostgreSQL and MySQL write as a date, also where no calendar has it."""
_DAY_MS = 86_400_000
_MOMENTS_MS = ((-719_162 - 1) * _DAY_MS, (2_932_896 + 2) * _DAY_MS)
"""The years 1 to 9999 with a day about them, from 1970: what is far beyond has no day in any calendar."""
_NANOSECONDS = (-(2**63), 2**63 - 1)
"""The first and last that 64 bits hold, in 1677 and 2262: what whoever saturates makes of 0001 and 9999."""
_WITHOUT_ZONE = ("datetime", "timestamp without time zone")
"""Types of the source that know no zone: RDS may export them as if they were UTC."""
_INSTANTS = ("timestamp", "timestamp with time zone", "timestamptz")


def typed(where: Location, frame: pl.DataFrame, original_types: dict[str, str]) -> pl.DataFrame:
    """Raises E_BASE_SCHEMA, naming the column and, where values are at fault, one of their keys."""
    if missing := [name for name in COLUMNS if name not in frame.columns]:
        raise error("E_BASE_SCHEMA", f"{where}: falta a coluna {', '.join(missing)}")
    kinds = frame.schema
    original_type = original_types.get("data", "")
    is_readable = _is_readable(kinds["data"], original_type)
    key = pl.col("ordem_id").cast(pl.String).fill_null("")
    rows = (
        frame.select(
            *(_text(where, name, kinds[name]) for name in TEXTS),
            sane(_data(where, kinds["data"], original_type)).alias("data"),
            _cents(where, kinds["valor"]).alias("valor_cents"),
            pl.when(key != key.str.strip_chars(BLANKS)).then(key).alias("padded_key"),
            is_readable.alias("absurd_date"),
        )
        .with_columns(pl.col("absurd_date") & pl.col("data").is_null())
        .match_to_schema(FOUND)
    )
    for name, column in (("data", "data"), ("valor", "valor_cents")):
        lost = frame.filter(frame[name].is_not_null() & rows[column].is_null())
        if name == "data":
            lost = lost.filter(~is_readable)
        if lost.height:
            example = str(lost["ordem_id"][0])
            raise error(
                "E_BASE_SCHEMA",
                f"{where}: {name} tem {lost.height} valor(es) fora do contrato;"
                f" por exemplo na ordem {example!r}",
            )
    return rows


def _text(where: Location, name: str, kind: pl.DataType) -> pl.Expr:
    column = pl.col(name)
    is_text = isinstance(kind, pl.String | pl.Categorical | pl.Enum)
    if not is_text and not (kind.is_integer() and name != "ordem_id"):
        raise _refused(where, name, kind, "deve ser texto")
    return column.cast(pl.String).fill_null("").str.strip_chars(BLANKS)


def _data(where: Location, kind: pl.DataType, original_type: str) -> pl.Expr:
    data = pl.col("data")
    if kind == pl.Date:
        return data
    if isinstance(kind, pl.Datetime):
        if original_type and original_type not in (*_WITHOUT_ZONE, *_INSTANTS):
            raise _refused(where, "data", kind, f"o tipo na origem é {original_type}, que não se sabe ler")
        is_dated = data.dt.timestamp("ms").is_between(*_MOMENTS_MS) & _is_readable(kind, original_type)
        data = pl.when(is_dated).then(data)
        is_instant = kind.time_zone is not None and original_type not in _WITHOUT_ZONE
        if original_type in _INSTANTS and kind.time_zone is None:
            is_instant, data = True, data.dt.replace_time_zone("UTC")
        return (data.dt.convert_time_zone(TIME_ZONE) if is_instant else data).dt.date()
    if kind == pl.String:
        return _data_of_text(data, may_be_local=original_type not in _INSTANTS)
    raise _refused(where, "data", kind, "deve ser uma data")


def _is_readable(kind: pl.DataType, original_type: str) -> pl.Expr:
    """Whether `data` is a date by its form, be it an absurd one: of another form nobody knows the day."""
    data = pl.col("data")
    if isinstance(kind, pl.Datetime) and kind.time_unit == "ns":
        return data.is_not_null() & ~data.to_physical().is_in(_NANOSECONDS)
    if kind != pl.String:
        return data.is_not_null()
    is_guess = data.str.contains(_LOCAL) if original_type in _INSTANTS else pl.lit(value=False)
    return data.str.contains(_SOME_DATE) & ~is_guess


def _data_of_text(data: pl.Expr, *, may_be_local: bool) -> pl.Expr:
    """As PostgreSQL writes dates and timestamps; null for any other form.

    A moment without its offset is taken as it stands only where its type has none.
    """
    instant = data.str.replace(r"([+-][0-9]{2})$", "${1}00").str.replace("Z", "+0000", literal=True)
    moment = instant.str.replace(" ", "T", literal=True).str.to_datetime(
        "%Y-%m-%dT%H:%M:%S%.f%z", strict=False
    )
    return (
        pl.when(data.str.contains(_DATE) | (data.str.contains(_LOCAL) & may_be_local))
        .then(data.str.slice(0, 10).str.to_date("%Y-%m-%d", strict=False))
        .when(data.str.contains(_INSTANT))
        .then(moment.dt.convert_time_zone(TIME_ZONE).dt.date())
    )


def _cents(where: Location, kind: pl.DataType) -> pl.Expr:
    valor = pl.col("valor")
    if kind == pl.String:
        text = valor.str.replace(_ZEROS_AFTER_CENTS, "$1")
        return pl.when(valor.str.contains(_NUMBER) & ~text.str.contains(r"\.[0-9]{3}")).then(cents(text))
    is_whole = kind.is_integer() and kind not in (pl.Int64, pl.UInt64, pl.UInt32)
    is_decimal = isinstance(kind, pl.Decimal) and kind.scale <= VALOR_SCALE
    if not is_whole and not (is_decimal and (kind.precision or 0) <= _VALOR_DIGITS):  # type: ignore[attr-defined]
        raise _refused(where, "valor", kind, "deve ser decimal(18,2)")
    return valor.cast(pl.Decimal(_VALOR_DIGITS, VALOR_SCALE), strict=False).to_physical().cast(pl.Int64)


def _refused(where: Location, name: str, kind: pl.DataType, wanted: str) -> ReconciliationError:
    return error("E_BASE_SCHEMA", f"{where}: {name} é {kind}; {wanted}")
