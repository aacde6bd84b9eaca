"""POST /v1/refunds and its neighbours: what is refused, and in which words."""

from collections.abc import Callable

from sandbox.state import Json
from sandbox.stripe import params as read
from sandbox.stripe import refunds
from sandbox.stripe.call import Call
from sandbox.stripe.currency import spoken
from sandbox.stripe.errors import StripeError, bad_parameter, required

_REASONS = ("duplicate", "fraudulent", "requested_by_customer")


def _create(call: Call) -> Json:
    params = call.params
    read.allow(
        params, "charge", "payment_intent", "amount", "reason", "metadata", "instructions_email", "currency"
    )
    amount = read.whole(params, "amount", least=1)
    reason = read.choice(params, "reason", *_REASONS)
    metadata = read.metadata(params)
    charge = _charge(call)
    _refuse(call, charge)
    remaining = refunds.left(charge)
    if remaining == 0:
        raise StripeError(
            400, f"Charge {charge['id']} has already been refunded.", code="charge_already_refunded"
        )
    if amount is not None and amount > remaining:
        asked, rest = spoken(amount, charge["currency"]), spoken(remaining, charge["currency"])
        raise StripeError(
            400,
            f"Refund amount ({asked}) is greater than unrefunded amount on charge ({rest})",
            param="amount",
        )
    return refunds.create(call.books, charge, amount or remaining, reason=reason, metadata=metadata)


def _charge(call: Call) -> Json:
    charge = read.text(call.params, "charge")
    intent = read.text(call.params, "payment_intent")
    if charge is None and intent is None:
        raise bad_parameter(
            "One of the following params should be provided for this request: payment_intent or charge.",
            "charge",
            "parameter_missing",
        )
    if charge is not None:
        return call.find("charge", charge, param="charge")
    if intent is None:
        raise required("payment_intent")
    found = call.find("payment_intent", intent, param="payment_intent")
    if found["status"] != "succeeded":
        raise StripeError(
            400,
            f"This PaymentIntent ({intent}) does not have a successful charge to refund.",
            code="charge_not_refundable",
            param="payment_intent",
        )
    return call.find("charge", found["latest_charge"])


def _refuse(call: Call, charge: Json) -> None:
    id = charge["id"]
    if charge["status"] == "failed":
        raise StripeError(
            400, f"Charge {id} failed; it cannot be refunded.", code="charge_not_refundable", param="charge"
        )
    if not charge["captured"]:
        raise StripeError(
            400,
            f"Charge {id} has not been captured; cancel its PaymentIntent to release the funds.",
            code="charge_not_refundable",
            param="charge",
        )
    for dispute in call.books.linked("dispute", "charge", id):
        if not dispute["is_charge_refundable"] and dispute["status"] != "won":
            raise StripeError(
                400, f"Charge {id} has been charged back; cannot issue a refund.", code="charge_disputed"
            )


def _update(call: Call, id: str) -> Json:
    read.allow(call.params, "metadata")
    found = call.find("refund", id)
    metadata = read.metadata(call.params, found["metadata"])
    call.books.change(found, "refund.updated", metadata=metadata)
    call.books.emit("charge.refund.updated", found)
    return found


def _cancel(call: Call, id: str) -> Json:
    found = call.find("refund", id)
    raise StripeError(
        400,
        f"You cannot cancel a refund with status {found['status']}; only refunds that require action can be.",
    )


ROUTES: list[tuple[str, str, Callable[..., Json]]] = [
    ("POST", "/v1/refunds", _create),
    ("POST", "/v1/refunds/{id}", _update),
    ("POST", "/v1/refunds/{id}/cancel", _cancel),
]
