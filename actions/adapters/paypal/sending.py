"""What all of PayPal's verbs share: paths, keys, money as PayPal writes it, and words of states it may add one day.

PayPal-Request-Id: the same id within its time does a deed once; a repeat answers 200 with the object as it is now.
PayPal keeps the ids 45 days for payments, 6 hours for orders, 72 hours for subscriptions, and none for invoices and
disputes (its API specifications, February 2024).
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import quote

from actions.ports import Order
from billing import clock
from billing.money import Money, MoneyError
from billing.verbs import REASONS
from billing.vocabulary import ChargeStatus, EffectStatus
from gateways import status_map

Thing = Mapping[str, Any]

CAPTURES, AUTHORIZATIONS = "/v2/payments/captures", "/v2/payments/authorizations"
ORDERS, REFUNDS = "/v2/checkout/orders", "/v2/payments/refunds"
SUBSCRIPTIONS = "/v1/billing/subscriptions"
INVOICES, DISPUTES = "/v2/invoicing/invoices", "/v1/customer/disputes"

_WHOLE = ("HUF", "JPY", "TWD")
"""Currencies that PayPal takes without decimals, whatever ISO 4217 says (DECIMALS_NOT_SUPPORTED)."""
_CHARGES = {
    ChargeStatus.PAID: EffectStatus.SUCCEEDED,
    ChargeStatus.AUTHORIZED: EffectStatus.SUCCEEDED,
    ChargeStatus.PENDING: EffectStatus.PENDING,
    ChargeStatus.FAILED: EffectStatus.FAILED,
    ChargeStatus.VOIDED: EffectStatus.FAILED,
}


def at(folder: str, object_id: str, step: str = "") -> str:
    """Return the path of an object, whatever characters its id has, or of something that is done to it."""
    return f"{folder}/{quote(object_id, safe='')}{step}"


def key(order: Order) -> str:
    """Return the PayPal-Request-Id of an order's one deed."""
    return f"billhouse-{order.action_id}"


def reason(order: Order, most: int = 128) -> str:
    """Return the reason in words with our action id, for notes that stay between PayPal and us."""
    return f"{REASONS.get(order.reason, order.reason)} ({order.action_id})"[:most]


def to_paypal(amount: Money) -> dict[str, str]:
    """Write an amount as PayPal does: decimals as text, none for HUF, JPY and TWD.

    Raises:
        MoneyError: PayPal has no such amount.
    """
    value = amount.to_decimal()
    if amount.currency in _WHOLE:
        if value != value.to_integral_value():
            raise MoneyError(f"PayPal takes {amount.currency} without decimals alone, and {amount} has some.")
        value = value.to_integral_value()
    return {"currency_code": amount.currency, "value": f"{value:f}"}


def from_paypal(amount: Thing) -> Money:
    """Read an amount of PayPal's.

    Raises:
        MoneyError: it is none.
    """
    return Money.of(Decimal(amount["value"]), amount["currency_code"])


def charge_effect(raw_status: str) -> EffectStatus:
    """Return how a capture or an authorization stands that exists: one in a state we do not know has not failed."""
    try:
        return _CHARGES[ChargeStatus(status_map.status("paypal", "charge", raw_status))]
    except (status_map.UnmappedStatus, KeyError):
        return EffectStatus.PENDING


def link(thing: Thing, *rels: str) -> str | None:
    """Return the address of a thing's first link of these kinds."""
    return next((one["href"] for one in thing.get("links", ()) if one.get("rel") in rels), None)


def is_under(thing: Thing, path: str) -> bool:
    """Say whether a payment that an order shows belongs to the object at a path, by its link upwards."""
    return (link(thing, "up") or "").partition("?")[0].endswith(path)


def order_of(thing: Thing) -> str | None:
    """Return the id of a payment's order, if it has one: subscriptions and invoices have none."""
    found = ((thing.get("supplementary_data") or {}).get("related_ids") or {}).get("order_id")
    return str(found) if found else None


def ago(**span: float) -> str:
    """Return a moment of the past as PayPal reads it; the span is that of a timedelta."""
    return moment(clock.now() - timedelta(**span))


def moment(when: datetime) -> str:
    """Write an aware moment in UTC as PayPal reads it."""
    return f"{when:%Y-%m-%dT%H:%M:%SZ}"
