"""Braintree's disputes: accepted, or answered in words. What was done is found by the dispute's state."""

from typing import Any

from actions import live
from actions.adapters.braintree.sending import Thing, from_braintree, settled
from actions.live import Live
from actions.ports import Effect, Handler, Order
from billing.errors import Refused
from billing.verbs import ObjectKind, Verb
from billing.vocabulary import DisputeStatus, EffectStatus
from gateways import status_map
from gateways.braintree.api import BraintreeApi

_RECORDED = ("id", "status", "kind", "reason", "amount-disputed", "currency-iso-code", "reply-by-date")


class Disputes:
    """Reads disputes and answers them."""

    kind = ObjectKind.DISPUTE

    def __init__(self, api: BraintreeApi) -> None:
        self._api = api
        self.handlers = {
            Verb.ACCEPT_DISPUTE: Handler(self._accept, self._find_accepted),
            Verb.SUBMIT_EVIDENCE: Handler(self._submit, self._find_submitted),
        }

    def read(self, dispute_id: str) -> Live:
        """Read a dispute. MONEY NEVER MOVES."""
        dispute = self._api.find("dispute", dispute_id)
        return live.dispute(
            dispute["id"],
            DisputeStatus(status_map.status("braintree", "dispute", dispute["status"])),
            amount=from_braintree(dispute["amount-disputed"], dispute["currency-iso-code"]),
            raw_status=dispute["status"],
            raw=_recorded(dispute),
        )

    def _accept(self, order: Order) -> Effect:
        """Accept a dispute. MONEY IS LOST: what the bank took stays with the customer, for good.

        Only an open one can be accepted, so it cannot happen twice.
        """
        try:
            self._api.write(lambda sdk: sdk.dispute.accept(order.target.id))
        except Refused as refusal:
            return settled(self._find_accepted, order, refusal, "95704")
        return _effect(order, "accepted")

    def _find_accepted(self, order: Order) -> Effect | None:
        dispute = self._api.find("dispute", order.target.id)
        return _effect(order, "accepted", dispute) if dispute["status"] == "accepted" else None

    def _submit(self, order: Order) -> Effect:
        """Attach the text and finalize the dispute: only then does it go to the bank. NO MONEY MOVES by it.

        A text that is attached already (by an attempt that broke off in between) is not attached again. Only an
        open dispute can be finalized, so that cannot happen twice.
        """
        if not order.act.text.strip():
            raise Refused("A blank text is no evidence.", "blank")
        try:
            if not _has_text(self._api.find("dispute", order.target.id), order):
                self._api.write(
                    lambda sdk: sdk.dispute.add_text_evidence(order.target.id, order.act.text), "evidence"
                )
            self._api.write(lambda sdk: sdk.dispute.finalize(order.target.id))
        except Refused as refusal:
            return settled(self._find_submitted, order, refusal, "95701", "95705")
        return _effect(order, "disputed")

    def _find_submitted(self, order: Order) -> Effect | None:
        dispute = self._api.find("dispute", order.target.id)
        is_sent = dispute["status"] not in ("open", "accepted", "auto_accepted", "expired")
        return _effect(order, dispute["status"], dispute) if is_sent and _has_text(dispute, order) else None


def _has_text(dispute: Thing, order: Order) -> bool:
    """Say whether our text is attached; Braintree may have its own mind about blanks."""
    wanted = order.act.text.split()
    return any((piece.get("comment") or "").split() == wanted for piece in dispute.get("evidence") or ())


def _recorded(dispute: Thing) -> dict[str, Any]:
    return {name: dispute.get(name) for name in _RECORDED}


def _effect(order: Order, status: str, dispute: Thing | None = None) -> Effect:
    return Effect(
        EffectStatus.SUCCEEDED,
        status,
        after=_recorded(dispute) if dispute else {"id": order.target.id, "status": status},
        touched=(("dispute", order.target.id),),
    )
