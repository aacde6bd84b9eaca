"""Stripe's invoices: send, give up, collect again."""

from collections.abc import Mapping
from typing import Any

from actions import live
from actions.acts import SendInvoice
from actions.adapters.stripe.sending import key_of, send
from actions.live import Live
from actions.ports import Effect, Handler, Order
from billing.errors import Refused
from billing.verbs import ObjectKind, Verb
from billing.vocabulary import EffectStatus, InvoiceStatus
from gateways import exponents, status_map
from gateways.stripe.api import StripeApi

_RECORDED = (
    "id",
    "status",
    "number",
    "amount_due",
    "amount_paid",
    "amount_remaining",
    "currency",
    "collection_method",
)


class Invoices:
    """Reads invoices and does what can be done to them."""

    kind = ObjectKind.INVOICE

    def __init__(self, api: StripeApi) -> None:
        self._api = api
        self.handlers = {
            Verb.SEND_INVOICE: Handler(self._send, self._find_sent),
            Verb.MARK_UNCOLLECTIBLE: Handler(self._write_off, self._find_write_off),
            Verb.RETRY_PAYMENT: Handler(self._pay, self._find_payment),
        }

    def read(self, invoice_id: str) -> Live:
        """Read an invoice. MONEY NEVER MOVES."""
        found = self._get(invoice_id)
        return live.invoice(
            invoice_id,
            InvoiceStatus(status_map.status("stripe", "invoice", found["status"])),
            due=exponents.to_money("stripe", found["amount_remaining"], found["currency"]),
            raw_status=found["status"],
            raw={name: found.get(name) for name in _RECORDED},
        )

    def _get(self, invoice_id: str) -> dict[str, Any]:
        return self._api.get(f"/v1/invoices/{invoice_id}")

    def _send(self, order: Order) -> Effect:
        """Let Stripe mail the invoice to the customer's address, which it alone chooses. NO MONEY MOVES.

        What was sent by whom stands in Stripe's events, under our idempotency key, for 30 days.
        """
        act: SendInvoice = order.act
        if act.to is not None:
            raise Refused(
                "Stripe mails an invoice to the customer's own address only; change that address first"
            )
        invoice, request_id = send(
            self._api, order, lambda c, o: c.v1.invoices.send_invoice(order.target.id, None, o)
        )
        return _effect(invoice, order, request_id)

    def _find_sent(self, order: Order) -> Effect | None:
        for page in self._api.pages("/v1/events", {"type": "invoice.sent"}):
            for event in page:
                if (event.get("request") or {}).get("idempotency_key") == key_of(order):
                    return _effect(self._get(order.target.id), order, None)
        return None

    def _write_off(self, order: Order) -> Effect:
        """Mark an open invoice as uncollectible. NO MONEY MOVES; Stripe stops trying."""
        invoice, request_id = send(
            self._api, order, lambda c, o: c.v1.invoices.mark_uncollectible(order.target.id, None, o)
        )
        return _effect(invoice, order, request_id)

    def _find_write_off(self, order: Order) -> Effect | None:
        invoice = self._get(order.target.id)
        return _effect(invoice, order, None) if invoice["status"] == "uncollectible" else None

    def _pay(self, order: Order) -> Effect:
        """Collect what remains from the payment method on file. MONEY MOVES TO THE SELLER."""
        invoice, request_id = send(self._api, order, lambda c, o: c.v1.invoices.pay(order.target.id, None, o))
        return _effect(invoice, order, request_id)

    def _find_payment(self, order: Order) -> Effect | None:
        """An invoice that is paid now was paid by this act or otherwise; either way nothing is due any more."""
        invoice = self._get(order.target.id)
        return _effect(invoice, order, None) if invoice["status"] == "paid" else None


def _effect(invoice: Mapping[str, Any], order: Order, request_id: str | None) -> Effect:
    return Effect(
        EffectStatus.SUCCEEDED,
        invoice["status"],
        amount=order.amount,
        after={name: invoice.get(name) for name in _RECORDED},
        touched=(("invoice", order.target.id),),
        request_id=request_id,
    )
