"""PayPal's invoices: mailed for the first time, or once more as a reminder."""

from dataclasses import replace
from typing import Any

from actions import live
from actions.acts import SendInvoice
from actions.adapters.paypal.sending import INVOICES, Thing, at, from_paypal, key
from actions.live import Live
from actions.ports import Effect, Handler, Order
from billing.errors import Refused
from billing.ids import email_key
from billing.money import Money
from billing.verbs import ObjectKind, Verb
from billing.vocabulary import EffectStatus, InvoiceStatus
from gateways import status_map
from gateways.paypal.api import PaypalApi

_DRAFTS = ("DRAFT", "SCHEDULED")
_REMINDABLE = ("SENT", "UNPAID", "PARTIALLY_PAID")


class Invoices:
    """Reads invoices and mails them."""

    kind = ObjectKind.INVOICE

    def __init__(self, api: PaypalApi) -> None:
        self._api = api
        self.handlers = {Verb.SEND_INVOICE: Handler(self._send, self._find)}

    def read(self, invoice_id: str) -> Live:
        """Read an invoice as it is now. MONEY NEVER MOVES."""
        invoice = self._api.get(at(INVOICES, invoice_id))
        word = invoice["status"]
        status = InvoiceStatus(status_map.status("paypal", "invoice", word))
        currency = invoice["detail"]["currency_code"]
        due = from_paypal(invoice["due_amount"]) if "due_amount" in invoice else Money(0, currency)
        described = live.invoice(invoice["id"], status, due=due, raw_status=word, raw=_recorded(invoice))
        if word in _DRAFTS + _REMINDABLE or Verb.SEND_INVOICE in described.obstacles:
            return described
        why = (
            f"This invoice is {word.lower().replace('_', ' ')}, and PayPal mails only what is not paid yet. "
            "Send Billhouse's own document instead."
        )
        return replace(described, obstacles={**described.obstacles, Verb.SEND_INVOICE: why})

    def _send(self, order: Order) -> Effect:
        """Mail an invoice: a draft is issued with it, an issued one comes as a reminder. NO MONEY MOVES.

        PayPal keeps no keys for invoices. Sending an issued one again has no effect, and it takes two reminders a
        day at most (PayPal's reference). It mails to the invoice's own addresses alone.
        """
        act: SendInvoice = order.act
        path = at(INVOICES, order.target.id)
        invoice = self._api.get(path)
        notice = _notice(invoice, act.to)
        if _sent_at(invoice) != order.before.get("last_sent_time"):
            return _effect(invoice, None)  # this very order, after an answer that said it had not begun
        step = "send" if invoice["status"] in _DRAFTS else "remind"
        written = self._api.writer.post(f"{path}/{step}", notice, request_id=key(order))
        return _effect(invoice, written.debug_id)

    def _find(self, order: Order) -> Effect | None:
        """Compare when PayPal last mailed it with what it said before. MONEY NEVER MOVES."""
        invoice = self._api.get(at(INVOICES, order.target.id))
        return _effect(invoice, None) if _sent_at(invoice) != order.before.get("last_sent_time") else None


def _notice(invoice: Thing, to: str | None) -> dict[str, Any]:
    """Return the notification that reaches an address of the invoice.

    Raises:
        Refused: the address is not on it.
    """
    if to is None:
        return {"send_to_recipient": True, "send_to_invoicer": False}
    recipients = (one.get("billing_info") or {} for one in invoice.get("primary_recipients", ()))
    if email_key(to) in {email_key(one.get("email_address") or "") for one in recipients}:
        return {"send_to_recipient": True, "send_to_invoicer": False}
    for known in invoice.get("additional_recipients", ()):
        if email_key(known) == email_key(to):
            return {"send_to_recipient": False, "send_to_invoicer": False, "additional_recipients": [known]}
    raise Refused(
        "PayPal: it mails an invoice only to the addresses that stand on it. "
        "Add this one to the invoice at PayPal, or send its link or Billhouse's document yourself"
    )


def _sent_at(invoice: Thing) -> str | None:
    found = (invoice["detail"].get("metadata") or {}).get("last_sent_time")
    return str(found) if found else None


def _recorded(invoice: Thing) -> dict[str, Any]:
    """Return the fields of an invoice that the audit log keeps."""
    return {
        "id": invoice["id"],
        "status": invoice["status"],
        "number": invoice["detail"].get("invoice_number"),
        "due": invoice.get("due_amount"),
        "last_sent_time": _sent_at(invoice),
    }


def _effect(invoice: Thing, debug_id: str | None) -> Effect:
    return Effect(
        EffectStatus.SUCCEEDED,
        "SENT",
        touched=(("invoice", invoice["id"]),),
        request_id=debug_id,
    )
