"""Requests for payment: an invoice of PayPal's that is not mailed, but whose page is handed on as a link.

An order's approve link was not chosen: it holds for hours, and its money comes only if somebody captures it then.
"""

from typing import Any

from actions.acts import RequestPayment
from actions.adapters.paypal.sending import INVOICES, Thing, at, from_paypal, to_paypal
from actions.ports import Effect, Order
from billing.errors import BillhouseError, OutcomeUnknown, Transient
from billing.vocabulary import EffectStatus
from gateways.paypal.api import PaypalApi


class Requests:
    """Makes invoices to be paid by a link, and finds them by our action id in their private memo."""

    def __init__(self, api: PaypalApi) -> None:
        self._api = api

    def send(self, order: Order) -> Effect:
        """Make a draft and issue it. NO MONEY MOVES until the customer pays.

        PayPal keeps no request ids for invoices. So a draft with our memo is looked for first, and issuing an
        issued invoice has no effect (PayPal's reference, Send invoice). A draft asks nobody for money: one whose
        answer was lost does no harm.
        """
        draft = self._ours(order) or self._draft(order)
        path = at(INVOICES, draft["id"])
        debug_id = None
        if draft["status"] == "DRAFT":
            notice = {"send_to_recipient": False, "send_to_invoicer": False}
            debug_id = self._api.writer.post(f"{path}/send", notice).debug_id
        try:
            return _effect(self._api.get(path), debug_id)
        except BillhouseError as cause:
            raise OutcomeUnknown(
                f"The invoice {draft['id']} was issued, but could not be read: {cause}"
            ) from None

    def find(self, order: Order) -> Effect | None:
        """Look for the issued invoice; a draft asks nobody for money. MONEY NEVER MOVES."""
        found = self._ours(order)
        if found is None or found["status"] == "DRAFT":
            return None
        return _effect(self._api.get(at(INVOICES, found["id"])), None)

    def _ours(self, order: Order) -> Thing | None:
        memo = _memo(order)
        for invoice in self._api.search_invoices(memo=memo):
            if invoice["detail"].get("memo") == memo:
                return invoice
        return None

    def _draft(self, order: Order) -> Thing:
        act: RequestPayment = order.act
        assert order.amount is not None
        amount = to_paypal(order.amount)
        body: dict[str, Any] = {
            "detail": {
                "currency_code": amount["currency_code"],
                "memo": _memo(order),
                "payment_term": {"term_type": "DUE_ON_RECEIPT"},
            },
            "items": [{"name": act.description[:200], "quantity": "1", "unit_amount": amount}],
        }
        # Of a payer PayPal tells no address by the id; whoever has the link can pay an invoice without recipient.
        if "@" in order.target.id:
            body["primary_recipients"] = [{"billing_info": {"email_address": order.target.id}}]
        try:
            return self._api.writer.post(INVOICES, body).body
        except OutcomeUnknown as cause:
            raise Transient(str(cause)) from None


def _memo(order: Order) -> str:
    return f"billhouse {order.action_id}"


def _effect(invoice: Thing, debug_id: str | None) -> Effect:
    return Effect(
        EffectStatus.SUCCEEDED,
        invoice["status"],
        made_id=invoice["id"],
        amount=from_paypal(invoice["amount"]),
        url=invoice["detail"].get("metadata", {}).get("recipient_view_url"),
        touched=(("invoice", invoice["id"]),),
        request_id=debug_id,
    )
