"""How an act reaches a shop once although shops know no idempotency keys: look, then send, and never send again."""

from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from actions.ports import Effect, Handler, Order
from billing.errors import NotFound, Refused
from billing.money import Money, MoneyError

ACTION_KEY = "_billhouse_action_id"
"""The key in meta_data by which what we made is known as ours."""
MAKER = "billhouse"
"""What orders that we make name as their origin (`created_via`); the shop lists them by it."""


def once(send: Callable[[Order], Effect], find: Callable[[Order], Effect | None]) -> Handler:
    """Return a handler that looks whether an order was carried out before it sends.

    A sending that is repeated (after a 429) therefore does nothing a second time.
    """

    def look_and_send(order: Order) -> Effect:
        try:
            return find(order) or send(order)
        except NotFound as cause:  # something that the act needs, such as its coupon, is not there
            raise Refused(str(cause)) from None

    return Handler(look_and_send, find)


def mark(order: Order) -> list[dict[str, str]]:
    """Return the meta_data that carries our action id."""
    return [{"key": ACTION_KEY, "value": order.action_id}]


def is_ours(thing: Mapping[str, Any], order: Order) -> bool:
    """Say whether an object carries the action id of an order in its meta_data."""
    return any(
        meta["key"] == ACTION_KEY and meta["value"] == order.action_id
        for meta in thing.get("meta_data") or ()
    )


def money(text: Any, currency: str) -> Money:
    """Read an amount as the API writes it ("12.00").

    Raises:
        MoneyError: it is no amount, or has more decimals than the currency.
    """
    try:
        return Money.of(Decimal(str(text)), currency)
    except InvalidOperation:
        raise MoneyError(f"{text!r} is not an amount.") from None


def told(text: Any, currency: str) -> Money | None:
    """Read an amount of something that was done; None if it is odd: done is done, whatever the shop says of it."""
    try:
        return money(text, currency)
    except MoneyError:
        return None


def amount_text(amount: Money) -> str:
    """Write an amount for the API. The shop would take 0 and record a refund of nothing, so it is refused here.

    Raises:
        Refused: the amount is not more than zero.
    """
    if amount.minor <= 0:
        raise Refused(f"{amount} is no amount that can be sent to a shop.")
    return format(amount.to_decimal(), "f")
