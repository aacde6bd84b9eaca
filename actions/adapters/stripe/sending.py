"""How a write reaches Stripe: under a key derived from the action, so that a repeat is the same request to it."""

from collections.abc import Callable, Mapping
from typing import Any

import stripe

from actions.ports import Order
from billing.errors import OutcomeUnknown, Refused
from billing.money import Money, MoneyError
from gateways import exponents
from gateways.stripe.api import StripeApi

ACTION_KEY = "billhouse_action_id"
"""The metadata field by which what we made is known as ours. The pipelines read it too."""


def units(amount: Money) -> int:
    """Return an amount in Stripe's own minor units, before anything is sent.

    Raises:
        Refused: Stripe has no such amount.
    """
    try:
        return exponents.from_money("stripe", amount)
    except MoneyError as cause:
        raise Refused(str(cause)) from cause


Call = Callable[[stripe.StripeClient, Any], stripe.StripeObject]


def key_of(order: Order, step: str = "") -> str:
    """Return the idempotency key of an order, or of a further `step` of it."""
    return f"billhouse-{order.action_id}" + (f"-{step}" if step else "")


def is_ours(thing: Mapping[str, Any], order: Order) -> bool:
    """Say whether an object was made by this order."""
    return (thing.get("metadata") or {}).get(ACTION_KEY) == order.action_id


def send(api: StripeApi, order: Order, call: Call, *, step: str = "") -> tuple[dict[str, Any], str | None]:
    """Carry out one write with the idempotency key billhouse-<action id>. MONEY MAY MOVE.

    Stripe keeps a key for a day at least; a repeat within it (after a 429) is the same request to Stripe.

    Returns:
        Stripe's answer, and its id of our request.

    Raises:
        OutcomeUnknown, Transient, Refused: see `Handler.send`.
    """
    request_ids: list[str] = []

    def keyed(client: stripe.StripeClient) -> stripe.StripeObject:
        answer = call(client, {"idempotency_key": key_of(order, step)})
        if answer.last_response is not None and answer.last_response.request_id:
            request_ids.append(answer.last_response.request_id)
        return answer

    try:
        return api.write(keyed), request_ids[0] if request_ids else None
    except Refused as refusal:
        if refusal.code == "idempotency_error":
            # The key was used before, so an effect of this action may exist although the store forgot it.
            raise OutcomeUnknown(str(refusal)) from None
        raise
