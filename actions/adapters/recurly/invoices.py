"""Recurly's charge invoices: collect once more, and give up. What was done is found by the state."""

from dataclasses import replace
from typing import Any

from actions import live
from actions.adapters.recurly.sending import Thing, failure_of, money, once, path_of, status_of, write
from actions.live import Live
from actions.ports import Effect, Order
from billing.money import Money
from billing.verbs import Verb
from billing.vocabulary import EffectStatus, InvoiceStatus
from gateways import status_map
from gateways.recurly.api import RecurlyApi

_BY_ITSELF = "recurring"
"""The origin of what Recurly tries of its own accord, for renewals and in dunning."""


class Invoices:
    """Reads invoices and does what can be done to them."""

    def __init__(self, api: RecurlyApi) -> None:
        self._api = api
        self.handlers = {
            Verb.RETRY_PAYMENT: once(self._retry, self._find_retry),
            Verb.MARK_UNCOLLECTIBLE: once(self._give_up, self._find_given_up),
        }

    def read(self, invoice_id: str) -> Live:
        """Read an invoice. MONEY NEVER MOVES."""
        invoice = self._api.get(path_of("invoices", invoice_id))
        status = InvoiceStatus(status_map.status("recurly", "invoice", invoice["state"]))
        due = money(invoice["balance"], invoice["currency"])
        found = live.invoice(
            invoice["id"],
            status,
            due=due if status is InvoiceStatus.OPEN else Money(0, due.currency),
            raw_status=invoice["state"],
            raw=_recorded(invoice),
        )
        if invoice["collection_method"] != "manual" or Verb.RETRY_PAYMENT in found.obstacles:
            return found
        words = "This invoice is paid by hand: Recurly charges no card for it."
        return replace(found, obstacles={**found.obstacles, Verb.RETRY_PAYMENT: words})

    def _retry(self, order: Order) -> Effect:
        """Let Recurly charge the card for what is due, outside of its own retries. MONEY MOVES TO THE SELLER.

        A declined card is a refusal (422 `transaction`): Recurly notes the attempt, and nothing moved.
        """
        written = write(self._api, order, "PUT", path_of("invoices", order.target.id, "collect"))
        effect = _tried(written.body, order, written.request_id)
        if effect is not None:
            return effect
        status = EffectStatus.SUCCEEDED if written.body["state"] == "paid" else EffectStatus.PENDING
        return _effect(written.body, status, order, written.request_id)

    def _find_retry(self, order: Order) -> Effect | None:
        return _tried(self._api.get(path_of("invoices", order.target.id)), order, None)

    def _give_up(self, order: Order) -> Effect:
        """Mark an invoice as failed, which ends its collection. NO MONEY MOVES."""
        written = write(self._api, order, "PUT", path_of("invoices", order.target.id, "mark_failed"))
        return _effect(written.body, EffectStatus.SUCCEEDED, order, written.request_id)

    def _find_given_up(self, order: Order) -> Effect | None:
        invoice = self._api.get(path_of("invoices", order.target.id))
        return _effect(invoice, EffectStatus.SUCCEEDED, order, None) if invoice["state"] == "failed" else None


def _tried(invoice: Thing, order: Order, request_id: str | None) -> Effect | None:
    """Return the attempt that was made since the invoice was read, unless Recurly made it by itself."""
    known = order.before.get("transactions") or ()
    tried = [
        one
        for one in invoice["transactions"]
        if one["type"] == "purchase" and one["id"] not in known and one["origin"] != _BY_ITSELF
    ]
    if not tried:
        return None
    newest = max(tried, key=lambda one: (one["success"], one["created_at"]))
    status, words = status_of("charge", newest["status"])
    effect = _effect(invoice, status, order, request_id)
    return replace(
        effect,
        raw_status=newest["status"],
        made_id=newest["id"],
        amount=money(newest["amount"], newest["currency"]),
        explanation=failure_of(newest) if status is EffectStatus.FAILED else words,
        touched=(*effect.touched, ("transaction", newest["id"])),
    )


def _effect(invoice: Thing, status: EffectStatus, order: Order, request_id: str | None) -> Effect:
    return Effect(
        status,
        invoice["state"],
        after=_recorded(invoice),
        touched=(("invoice", order.target.id),),
        request_id=request_id,
    )


def _recorded(invoice: Thing) -> dict[str, Any]:
    """Return the fields of an invoice that the audit log keeps."""
    return {
        **{name: invoice.get(name) for name in ("id", "type", "state", "currency", "collection_method")},
        **{name: str(invoice[name]) for name in ("total", "paid", "balance")},
        "account_id": invoice["account"]["id"],
        "transactions": [one["id"] for one in invoice["transactions"]],
    }
