"""How a transaction's write reaches Braintree once, and what all of its verbs share: money, states, reasons.

api_request_key: Braintree keeps it 30 days and answers a repeat with the present state of what the first made (its
guide "At-Most-Once Processing", written for GraphQL; the SDK takes the key for sales, refunds, captures and voids).
Keys and Braintree's own check for duplicates exclude each other: where a merchant may not use keys, Braintree says
so (915231) before it begins, and we look for what was made before we send without one.
"""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

import braintree

from actions.ports import Effect, Order
from billing.errors import OutcomeUnknown, Refused
from billing.money import Money
from billing.vocabulary import ChargeStatus, EffectStatus
from gateways import exponents, status_map
from gateways.braintree.api import BraintreeApi
from gateways.braintree.xmljson import Json

Thing = Mapping[str, Any]
Call = Callable[[braintree.BraintreeGateway, dict[str, str]], Any]

_NOT_ALLOWED = "915231"
# Used for another request, still under way, failed before, broken: something of this action may exist.
_USED = frozenset({"915232", "915233", "915234", "915235"})
_MADE = {
    ChargeStatus.PAID: EffectStatus.SUCCEEDED,
    ChargeStatus.AUTHORIZED: EffectStatus.SUCCEEDED,
    ChargeStatus.PENDING: EffectStatus.PENDING,
    ChargeStatus.FAILED: EffectStatus.FAILED,
    ChargeStatus.VOIDED: EffectStatus.FAILED,
}


def once(
    api: BraintreeApi,
    order: Order,
    call: Call,
    effect: Callable[[Json], Effect],
    find: Callable[[Order], Effect | None],
) -> Effect:
    """Carry out one write on transactions under the key billhouse-<action id>. MONEY MAY MOVE.

    Args:
        api: the account.
        order: the order.
        call: makes the request; its second argument is the key as a parameter, empty where keys are not allowed.
        effect: reads the answer.
        find: the verb's own look for what the order did.

    Raises:
        OutcomeUnknown, Transient, Refused: see `Handler.send`.
    """
    try:
        return effect(
            api.write(
                lambda sdk: call(sdk, {"api_request_key": f"billhouse-{order.action_id}"}), "transaction"
            )
        )
    except Refused as refusal:
        if refusal.code in _USED:
            raise OutcomeUnknown(str(refusal)) from None
        if refusal.code != _NOT_ALLOWED:
            raise
    return find(order) or effect(api.write(lambda sdk: call(sdk, {}), "transaction"))


def settled(find: Callable[[Order], Effect | None], order: Order, refusal: Refused, *codes: str) -> Effect:
    """Return success where the refusal only says that the wanted state is there already; else raise the refusal."""
    found = find(order) if refusal.code in codes else None
    if found is None:
        raise refusal
    return found


def to_braintree(amount: Money) -> str:
    """Write an amount as Braintree does: "20.00", and "5400" for JPY.

    Raises:
        MoneyError: Braintree has no such amount.
    """
    digits = exponents.gateway_exponent("braintree", amount.currency)
    value = Decimal(exponents.from_money("braintree", amount)).scaleb(-digits)
    return f"{value:.{digits}f}"


def from_braintree(text: str, currency: str) -> Money:
    """Read an amount of Braintree's.

    Raises:
        MoneyError: it is none.
    """
    return Money.of(Decimal(text), currency)


def worth(transaction: Thing) -> Money:
    """Return a transaction's amount."""
    return from_braintree(transaction["amount"], transaction["currency-iso-code"])


def status_of(transaction: Thing) -> ChargeStatus | None:
    """Return a sale's state in our words; None for a word that we do not know."""
    try:
        return ChargeStatus(status_map.status("braintree", "charge", transaction["status"]))
    except status_map.UnmappedStatus:
        return None


def sale_effect(sale: Thing, *touched: tuple[str, str]) -> Effect:
    """Describe a sale that was made; a state that we do not know must not make it a failed one."""
    status = status_of(sale)
    return Effect(
        _MADE.get(status, EffectStatus.PENDING) if status else EffectStatus.PENDING,
        sale["status"],
        made_id=sale["id"],
        amount=worth(sale),
        explanation=why_failed(sale),
        after={"id": sale["id"], "status": sale["status"], "amount": sale["amount"]},
        touched=(("transaction", sale["id"]), *touched),
    )


def why_failed(transaction: Thing) -> str | None:
    """Return why a transaction did not go through, as a clause; None where it did, or may yet."""
    status = transaction["status"]
    if status == "processor_declined":
        return _declined(transaction, "processor-response")
    if status in ("settlement_declined", "settlement_failed"):
        return _declined(transaction, "processor-settlement-response")
    if status == "gateway_rejected":
        reason = transaction.get("gateway-rejection-reason") or "no reason given"
        return f"rejected by Braintree: {reason.replace('_', ' ')}"
    if status == "failed":
        return "the processor did not answer"
    return {"voided": "it was voided", "authorization_expired": "the authorization expired"}.get(status)


def _declined(transaction: Thing, prefix: str) -> str:
    text = (transaction.get(f"{prefix}-text") or "declined").rstrip(".")
    code = transaction.get(f"{prefix}-code")
    return f"{text}, {code}" if code else text
