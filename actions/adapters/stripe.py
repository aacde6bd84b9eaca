"""Stripe's side of actions: reads charges, makes refunds, finds the refund that an action made."""

from collections.abc import Mapping
from typing import Any

import stripe

from actions.ports import GatewayActions, LiveCharge, RefundOutcome
from billing.errors import OutcomeUnknown, Refused
from billing.money import Money, MoneyError
from billing.settings import Settings
from billing.vocabulary import RefundStatus
from gateways import exponents, status_map
from gateways.stripe.api import StripeApi

PATIENCE = 8.0
"""Seconds that one read may take, with its repeats: an agent waits before the screen."""
ACTION_KEY = "billhouse_action_id"
"""The metadata field by which a refund is known as ours. The pipelines read it too."""

# Stripe's own three reasons. It acts on "fraudulent" (block lists), so only that very reason is sent as it.
_REASONS = frozenset({"requested_by_customer", "duplicate", "fraudulent"})
_FAILURES = {
    "expired_or_canceled_card": "the card expired or was cancelled",
    "lost_or_stolen_card": "the card was reported lost or stolen",
    "insufficient_funds": "the balance at Stripe was too low",
    "declined": "the bank declined it",
}
_RECORDED = (
    "id", "status", "amount", "amount_captured", "amount_refunded", "currency", "paid", "captured", "refunded",
    "disputed", "failure_code", "payment_intent", "customer",
)  # fmt: skip


def connect(settings: Settings) -> Mapping[str, GatewayActions]:
    """Return account -> adapter for the Stripe accounts of the settings."""
    return {
        account.account: StripeActions(StripeApi(account, patience=PATIENCE))
        for account in settings.gateways.stripe
    }


class StripeActions:
    """`GatewayActions` for one Stripe account; its docstrings say when money may move."""

    def __init__(self, api: StripeApi) -> None:
        self._api = api

    def read_charge(self, charge_id: str) -> LiveCharge:
        """Read a charge, and its disputes if it has any. MONEY NEVER MOVES. Errors: see the port."""
        charge = self._api.get(f"/v1/charges/{charge_id}")
        return _live(charge, is_disputed=bool(charge["disputed"]) and self._is_money_held(charge_id))

    def refund(self, charge_id: str, amount: Money, reason: str, action_id: str) -> RefundOutcome:
        """Send one refund with the idempotency key billhouse-<action id>. MONEY MAY MOVE. Errors: see the port.

        Stripe keeps the key for a day at least; a repeat within it (after a 429) is the same request to Stripe.
        """
        try:
            in_stripe_units = exponents.from_money("stripe", amount)
        except MoneyError as cause:
            raise Refused(str(cause)) from cause
        request_ids: list[str] = []

        def send(client: stripe.StripeClient) -> stripe.StripeObject:
            params: Any = {
                "charge": charge_id,
                "amount": in_stripe_units,
                "metadata": {ACTION_KEY: action_id, "billhouse_reason": reason},
                "expand": ["charge"],
                **({"reason": reason} if reason in _REASONS else {}),
            }
            answer = client.v1.refunds.create(params, {"idempotency_key": f"billhouse-{action_id}"})
            if answer.last_response is not None and answer.last_response.request_id:
                request_ids.append(answer.last_response.request_id)
            return answer

        try:
            refund = self._api.write(send)
        except Refused as refusal:
            if refusal.code == "idempotency_error":
                # The key was used before, so a refund of this action may exist although the store forgot it.
                raise OutcomeUnknown(str(refusal)) from None
            raise
        return _outcome(refund, request_ids[0] if request_ids else None)

    def find_refund(self, charge_id: str, action_id: str) -> RefundOutcome | None:
        """Look through all refunds of a charge for the action's id. MONEY NEVER MOVES. Errors: see the port."""
        for page in self._api.pages("/v1/refunds", {"charge": charge_id}):
            for refund in page:
                if (refund.get("metadata") or {}).get(ACTION_KEY) == action_id:
                    return _outcome({**refund, "charge": self._api.get(f"/v1/charges/{charge_id}")}, None)
        return None

    def _is_money_held(self, charge_id: str) -> bool:
        """Say whether a bank holds the money; an inquiry only asks, and a refund is how to answer it."""
        return any(
            not dispute["is_charge_refundable"] and dispute["status"] not in ("won", "warning_closed")
            for page in self._api.pages("/v1/disputes", {"charge": charge_id})
            for dispute in page
        )


def _live(charge: Mapping[str, Any], *, is_disputed: bool) -> LiveCharge:
    currency = charge["currency"]
    captured = exponents.to_money("stripe", charge["amount_captured"], currency)
    # Not captured minus refunded: Stripe counts the part that was never captured as refunded.
    refundable = exponents.to_money("stripe", charge["amount"] - charge["amount_refunded"], currency)
    failure = charge.get("failure_message") or charge.get("failure_code")
    if charge["status"] == "succeeded" and not charge["captured"]:
        failure = "authorized, not captured"
    return LiveCharge(
        id=charge["id"],
        status=charge["status"],
        is_paid=bool(charge["status"] == "succeeded" and charge["paid"] and charge["captured"]),
        is_disputed=is_disputed,
        amount=captured,
        refunded=captured - refundable,
        refundable=refundable,
        failure=failure.rstrip(".") if failure else None,
        raw={name: charge.get(name) for name in _RECORDED},
    )


def _outcome(refund: Mapping[str, Any], request_id: str | None) -> RefundOutcome:
    charge = refund["charge"]
    raw_status = refund["status"]
    try:
        status = RefundStatus(status_map.status("stripe", "refund", raw_status))
        explanation = _explain(refund)
    except status_map.UnmappedStatus:
        # The refund exists; a word we do not know must not turn it into one that failed.
        status, explanation = RefundStatus.PENDING, f"Stripe calls it {raw_status!r}"
    return RefundOutcome(
        refund_id=refund["id"],
        status=status,
        raw_status=raw_status,
        amount=exponents.to_money("stripe", refund["amount"], refund["currency"]),
        explanation=explanation,
        charge_after=_live(charge, is_disputed=bool(charge["disputed"]))
        if isinstance(charge, dict)
        else None,
        request_id=request_id,
    )


def _explain(refund: Mapping[str, Any]) -> str | None:
    if refund["status"] == "requires_action":
        return "the customer must answer an e-mail from Stripe first"
    if refund["status"] == "canceled":
        return "it was cancelled"
    reason = refund.get("failure_reason")
    return _FAILURES.get(reason, reason.replace("_", " ")) if reason else None
