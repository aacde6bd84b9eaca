"""PayPal's disputes: given up, or answered with evidence in words."""

from typing import Any

from actions import live
from actions.acts import SubmitEvidence
from actions.adapters.paypal.sending import DISPUTES, Thing, at, from_paypal, key, reason
from actions.live import Live
from actions.ports import Effect, Handler, Order
from billing.verbs import ObjectKind, Verb
from billing.vocabulary import DisputeStatus, EffectStatus
from gateways import status_map
from gateways.paypal.api import PaypalApi

_LONGEST_NOTE = 2000


class Disputes:
    """Reads disputes and answers them."""

    kind = ObjectKind.DISPUTE

    def __init__(self, api: PaypalApi) -> None:
        self._api = api
        self.handlers = {
            Verb.ACCEPT_DISPUTE: Handler(self._accept, self._find_accepted),
            Verb.SUBMIT_EVIDENCE: Handler(self._submit, self._find_submitted),
        }

    def read(self, dispute_id: str) -> Live:
        """Read a dispute as it is now. MONEY NEVER MOVES."""
        dispute = self._api.get(at(DISPUTES, dispute_id))
        return live.dispute(
            dispute["dispute_id"],
            DisputeStatus(status_map.status("paypal", "dispute", _word(dispute))),
            amount=from_paypal(dispute["dispute_amount"]),
            raw_status=_word(dispute),
            raw=_recorded(dispute),
        )

    def _accept(self, order: Order) -> Effect:
        """Accept the claim. MONEY MOVES: PayPal pays the customer from the seller's account.

        PayPal keeps no keys for disputes, but a dispute that is resolved takes no second acceptance.
        """
        body = {"note": reason(order, _LONGEST_NOTE), "accept_claim_type": "REFUND"}
        written = self._api.writer.post(
            at(DISPUTES, order.target.id, "/accept-claim"), body, request_id=key(order)
        )
        return _effect(order, "RESOLVED", written.debug_id)

    def _find_accepted(self, order: Order) -> Effect | None:
        dispute = self._api.get(at(DISPUTES, order.target.id))
        word = _word(dispute)
        is_given_up = (
            dispute["status"] == "RESOLVED" and status_map.status("paypal", "dispute", word) == "lost"
        )
        return _effect(order, word, None) if is_given_up else None

    def _submit(self, order: Order) -> Effect:
        """Answer with evidence in words; it goes to PayPal or the bank as it is. NO MONEY MOVES.

        PayPal takes 2000 characters a piece, so a longer text goes in several. It keeps no keys for disputes, but
        takes evidence only while it waits for the seller.
        """
        act: SubmitEvidence = order.act
        body = {"evidences": [{"evidence_type": "OTHER", "notes": part} for part in _parts(act.text)]}
        written = self._api.writer.post(
            at(DISPUTES, order.target.id, "/provide-evidence"), body, request_id=key(order), is_form=True
        )
        return _effect(order, "UNDER_REVIEW", written.debug_id)

    def _find_submitted(self, order: Order) -> Effect | None:
        """Look for the evidence by its words. MONEY NEVER MOVES."""
        act: SubmitEvidence = order.act
        dispute = self._api.get(at(DISPUTES, order.target.id))
        notes = {one.get("notes") for one in dispute.get("evidences", ())}
        is_there = set(_parts(act.text)) <= notes and order.before.get("evidences") != len(
            dispute.get("evidences", ())
        )
        return _effect(order, dispute["status"], None) if is_there else None


def _parts(text: str) -> list[str]:
    return [text[start : start + _LONGEST_NOTE] for start in range(0, len(text), _LONGEST_NOTE)]


def _word(dispute: Thing) -> str:
    """Return the state in the words of the models: what became of a resolved dispute is told by its outcome."""
    status = str(dispute["status"])
    if status != "RESOLVED":
        return status
    return str((dispute.get("dispute_outcome") or {}).get("outcome_code") or "NONE")


def _recorded(dispute: Thing) -> dict[str, Any]:
    """Return the fields of a dispute that the audit log keeps."""
    return {
        "id": dispute["dispute_id"],
        "status": _word(dispute),
        "stage": dispute.get("dispute_life_cycle_stage"),
        "amount": dispute["dispute_amount"],
        "captures": _captures(dispute),
        "evidences": len(dispute.get("evidences", ())),
    }


def _captures(dispute: Thing) -> list[str]:
    disputed = dispute.get("disputed_transactions", ())
    return [one["seller_transaction_id"] for one in disputed if one.get("seller_transaction_id")]


def _effect(order: Order, raw_status: str, debug_id: str | None) -> Effect:
    return Effect(
        EffectStatus.SUCCEEDED,
        raw_status,
        amount=order.amount,
        after={"id": order.target.id, "status": raw_status},
        touched=(
            ("dispute", order.target.id),
            *(("capture", capture) for capture in order.before.get("captures", ())),
        ),
        request_id=debug_id,
    )
