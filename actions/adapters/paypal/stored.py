"""Taking or reserving money by a payment method that the payer let PayPal keep (a vault id or a billing agreement).

Two steps. First an order: a piece of paper that moves no money and that nobody has agreed to. Then its capture or
authorization with the kept method. So when the second answer is lost, the first step asked again under its key
brings the same order with whatever became of it.
"""

from collections.abc import Iterator
from typing import Any

from actions.acts import Authorize, Charge
from actions.adapters.paypal.sending import (
    AUTHORIZATIONS,
    CAPTURES,
    ORDERS,
    Thing,
    ago,
    at,
    charge_effect,
    from_paypal,
    key,
    to_paypal,
)
from actions.ports import Effect, Order
from billing.errors import OutcomeUnknown, Refused, Transient
from gateways.paypal.api import PaypalApi
from gateways.paypal.writing import Written

_INTENTS = {"captures": "CAPTURE", "authorizations": "AUTHORIZE"}
_STEPS = {"captures": "/capture", "authorizations": "/authorize"}
_EVENTS = {"captures": "PAYMENT.CAPTURE.COMPLETED", "authorizations": "PAYMENT.AUTHORIZATION.CREATED"}
_CODES = {"captures": "T00", "authorizations": "T1300"}
_FOLDERS = {"captures": CAPTURES, "authorizations": AUTHORIZATIONS}
_DONE = ("ORDER_ALREADY_CAPTURED", "ORDER_ALREADY_AUTHORIZED", "ORDER_COMPLETED_OR_VOIDED")


class Stored:
    """Charges and authorizes kept payment methods."""

    def __init__(self, api: PaypalApi) -> None:
        self._api = api

    def charge(self, order: Order) -> Effect:
        """Charge a kept method. MONEY MOVES TO THE SELLER. PayPal keeps the key for 6 hours."""
        return self._take(order, "captures")

    def authorize(self, order: Order) -> Effect:
        """Reserve money on a kept method for 29 days. NO MONEY MOVES YET. PayPal keeps the key for 6 hours."""
        return self._take(order, "authorizations")

    def find_charge(self, order: Order) -> Effect | None:
        """Look for the capture. MONEY NEVER MOVES."""
        return self._find(order, "captures")

    def find_authorization(self, order: Order) -> Effect | None:
        """Look for the authorization. MONEY NEVER MOVES."""
        return self._find(order, "authorizations")

    def _take(self, order: Order, kind: str) -> Effect:
        act: Charge | Authorize = order.act
        if act.method_id is None:
            raise Refused(
                "PayPal: it does not tell which payment methods a payer let it keep, so the method must be named "
                "by its vault id. Or request a payment instead"
            )
        paper = self._paper(order, kind).body
        if paper["status"] != "COMPLETED":
            path, source = at(ORDERS, paper["id"], _STEPS[kind]), _source(act.method_id)
            try:
                written = self._api.writer.post(path, {"payment_source": source}, request_id=key(order))
                return _effect(written.body, kind, written.debug_id)
            except Refused as refusal:
                if refusal.code not in _DONE:
                    raise
            paper = self._api.get(at(ORDERS, paper["id"]))
        return _effect(paper, kind, None)

    def _paper(self, order: Order, kind: str) -> Written:
        """Make the order, or get the one that was made under our key. NO MONEY MOVES.

        Raises:
            Transient: also where the answer was lost, for nothing but an order without payer can have come of it.
        """
        assert order.amount is not None
        unit = {
            "amount": to_paypal(order.amount),
            "custom_id": order.action_id,
            "description": order.act.description[:127],
        }
        body = {"intent": _INTENTS[kind], "purchase_units": [unit]}
        try:
            return self._api.writer.post(ORDERS, body, request_id=f"{key(order)}-order")
        except OutcomeUnknown as cause:
            raise Transient(str(cause)) from None

    def _find(self, order: Order, kind: str) -> Effect | None:
        paper = self._paper(order, kind)
        if paper.body["status"] == "COMPLETED":
            return _effect(paper.body, kind, None)
        if paper.status == 200:
            return None  # the very order of this action, and nothing was taken for it
        # PayPal did not know our key: the order was never made, or the key is older than six hours.
        for made_id in self._told(order, kind):
            return _of_payment(self._api.get(at(_FOLDERS[kind], made_id)), kind, None)
        return None

    def _told(self, order: Order, kind: str) -> Iterator[str]:
        """Yield the ids of payments with our action id that past events or the report of three days tell of."""
        for event in self._api.events(ago(days=29), event_type=_EVENTS[kind]):
            if event["resource"].get("custom_id") == order.action_id:
                yield event["resource"]["id"]
        page, pages = 1, 1
        while page <= pages:
            told = self._api.report(ago(days=3), ago(), page)
            for line in told.get("transaction_details", ()):
                info = line["transaction_info"]
                is_whole = info["transaction_event_code"].startswith(_CODES[kind])
                if is_whole and info.get("custom_field") == order.action_id:
                    yield info["transaction_id"]
            page, pages = page + 1, int(told.get("total_pages") or 1)


def _source(method_id: str) -> dict[str, Any]:
    """Return a kept method as a payment source: B-... is a billing agreement, all else a wallet's vault id."""
    if method_id.startswith("B-"):
        return {"token": {"id": method_id, "type": "BILLING_AGREEMENT"}}
    return {"paypal": {"vault_id": method_id}}


def _effect(paper: Thing, kind: str, debug_id: str | None) -> Effect:
    for unit in paper.get("purchase_units", ()):
        for made in (unit.get("payments") or {}).get(kind, ()):
            return _of_payment(made, kind, debug_id, paper["id"])
    raise OutcomeUnknown(f"PayPal: order {paper.get('id')} is {paper.get('status')}, but shows no payment.")


def _of_payment(made: Thing, kind: str, debug_id: str | None, paper_id: str | None = None) -> Effect:
    why = (made.get("status_details") or {}).get("reason")
    return Effect(
        charge_effect(made["status"]),
        made["status"],
        made_id=made["id"],
        amount=from_paypal(made["amount"]),
        explanation=why.lower().replace("_", " ") if why else None,
        touched=((kind[:-1], made["id"]), *((("order", paper_id),) if paper_id else ())),
        request_id=debug_id,
    )
