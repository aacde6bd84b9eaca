"""PayPal's money: decimal texts beside a currency code; JPY, HUF and TWD without decimals. And its moments."""

from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo

from sandbox.paypal.errors import refused
from sandbox.state import Json

_WHOLE = ("HUF", "JPY", "TWD")
_FEES = {
    "EUR": (Decimal("0.0299"), Decimal("0.39")), "GBP": (Decimal("0.029"), Decimal("0.30")),
    "USD": (Decimal("0.0349"), Decimal("0.49")), "JPY": (Decimal("0.036"), Decimal(40)),
}  # fmt: skip


def rounded(amount: Decimal, currency: str) -> Decimal:
    """Round half up to what PayPal can hold of a currency."""
    return amount.quantize(Decimal(1) if currency in _WHOLE else Decimal("0.01"), ROUND_HALF_UP)


def money(amount: Decimal, currency: str) -> Json:
    """Write an amount of major units as PayPal does."""
    return {"currency_code": currency, "value": str(rounded(amount, currency))}


def major(amount: Json) -> Decimal:
    """Read what `money` wrote."""
    return Decimal(amount["value"])


def asked(amount: object) -> tuple[Decimal, str]:
    """Read an amount of a request.

    Raises:
        PaypalError: it is no amount, or has decimals that its currency lacks.
    """
    try:
        value, currency = Decimal(str(amount["value"])), str(amount["currency_code"])  # type: ignore[index]
    except (TypeError, KeyError, ArithmeticError):
        raise refused(400, "INVALID_PARAMETER_VALUE", "/amount/value", "INVALID_REQUEST") from None
    if value != rounded(value, currency):
        raise refused(
            422, "DECIMALS_NOT_SUPPORTED" if currency in _WHOLE else "DECIMAL_PRECISION", "/amount/value"
        )
    return value, currency


def fee(amount: Decimal, currency: str) -> Decimal:
    """Return what PayPal keeps of a payment."""
    share, fixed = _FEES[currency]
    return rounded(amount * share + fixed, currency)


def moment(at: int) -> str:
    """Write Unix seconds as most of the API does."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def local_moment(at: int, zone: str) -> str:
    """Write Unix seconds as reports do: in the account's time zone, with its offset."""
    return datetime.fromtimestamp(at, ZoneInfo(zone)).isoformat()


def day(at: int) -> str:
    """Write the UTC day of a moment."""
    return datetime.fromtimestamp(at, UTC).date().isoformat()


def seconds(text: str, field: str) -> int:
    """Read a moment of a request as Unix seconds.

    Raises:
        PaypalError: it is no moment with a zone.
    """
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise refused(400, "INVALID_PARAMETER_VALUE", field, "INVALID_REQUEST") from None
    if found.tzinfo is None:
        raise refused(400, "INVALID_PARAMETER_VALUE", field, "INVALID_REQUEST")
    return int(found.timestamp())
