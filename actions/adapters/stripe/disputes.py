"""Stripe's disputes: accept, answer."""

from collections.abc import Mapping
from typing import Any

from actions import live
from actions.adapters.stripe.sending import ACTION_KEY, is_ours, send
from actions.live import Live
from actions.ports import Effect, Handler, Order
from billing.verbs import ObjectKind, Verb
from billing.vocabulary import DisputeStatus, EffectStatus
from gateways import exponents, status_map
from gateways.stripe.api import StripeApi

_RECORDED = ("id", "status", "amount", "currency", "reason", "charge")


class Disputes:
    """Reads disputes and answers them."""

    kind = ObjectKind.DISPUTE

    def __init__(self, api: StripeApi) -> None:
        self._api = api
        self.handlers = {
            Verb.ACCEPT_DISPUTE: Handler(self._accept, self._find_acceptance),
            Verb.SUBMIT_EVIDENCE: Handler(self._answer, self._find_answer),
        }

    def read(self, dispute_id: str) -> Live:
        """Read a dispute. MONEY NEVER MOVES."""
        found = self._get(dispute_id)
        return live.dispute(
            dispute_id,
            DisputeStatus(status_map.status("stripe", "dispute", found["status"])),
            amount=exponents.to_money("stripe", found["amount"], found["currency"]),
            raw_status=found["status"],
            raw={name: found.get(name) for name in _RECORDED},
        )

    def _get(self, dispute_id: str) -> dict[str, Any]:
        return self._api.get(f"/v1/disputes/{dispute_id}")

    def _accept(self, order: Order) -> Effect:
        """Close the dispute as lost. MONEY STAYS WITH THE CUSTOMER, and that cannot be taken back."""
        found, request_id = send(self._api, order, lambda c, o: c.v1.disputes.close(order.target.id, None, o))
        return _effect(found, order, request_id)

    def _find_acceptance(self, order: Order) -> Effect | None:
        found = self._get(order.target.id)
        return _effect(found, order, None) if found["status"] == "lost" else None

    def _answer(self, order: Order) -> Effect:
        """Submit the text as evidence; it can be done once. NO MONEY MOVES until the bank decides."""
        params: Any = {
            "evidence": {"uncategorized_text": order.act.text},
            "metadata": {ACTION_KEY: order.action_id},
            "submit": True,
        }
        found, request_id = send(
            self._api, order, lambda c, o: c.v1.disputes.update(order.target.id, params, o)
        )
        return _effect(found, order, request_id)

    def _find_answer(self, order: Order) -> Effect | None:
        found = self._get(order.target.id)
        return _effect(found, order, None) if is_ours(found, order) else None


def _effect(dispute: Mapping[str, Any], order: Order, request_id: str | None) -> Effect:
    touched = (
        ("dispute", order.target.id),
        *((("charge", dispute["charge"]),) if dispute.get("charge") else ()),
    )
    return Effect(
        EffectStatus.SUCCEEDED,
        dispute["status"],
        amount=order.amount,
        after={name: dispute.get(name) for name in _RECORDED},
        touched=touched,
        request_id=request_id,
    )
