"""Recurly's charges are transactions: refund (of their invoice), void, capture.

What a refund did is found by our action id in the credit invoice's notes; void and capture, which happen to a
transaction once at most, by its state.
"""

from typing import Any

from actions import live
from actions.adapters.recurly.sending import (
    NEWEST,
    Thing,
    failure_of,
    is_ours,
    money,
    notes,
    once,
    path_of,
    status_of,
    write,
)
from actions.live import Live
from actions.ports import Effect, Order
from billing.errors import BillhouseError, NotFound, Refused
from billing.money import Money
from billing.verbs import Verb
from billing.vocabulary import EffectStatus
from gateways.recurly.api import RecurlyApi

_TAKEN = ("purchase", "capture")
_GONE = ("declined", "error", "void")


class Charges:
    """Reads transactions that take or hold money, and does what can be done to them."""

    def __init__(self, api: RecurlyApi) -> None:
        self._api = api
        self.handlers = {
            Verb.REFUND: once(self._refund, self._find_refund),
            Verb.VOID: once(self._void, self._find_void),
            Verb.CAPTURE: once(self._capture, self._find_capture),
        }

    def read(self, charge_id: str) -> Live:
        """Read a transaction, its invoice and what was given back of it. MONEY NEVER MOVES."""
        taken = self._api.get(path_of("transactions", charge_id))
        if taken["type"] not in (*_TAKEN, "authorization"):
            raise NotFound(f"Recurly: {charge_id} is a {taken['type']}, not a charge.")
        invoice = self._invoice(taken)
        captured = self._captures(taken) if taken["type"] == "authorization" else []
        return _live(taken, invoice, self._given_back(taken, invoice), is_captured=bool(captured))

    def _refund(self, order: Order) -> Effect:
        """Refund a part or all of the transaction's invoice to where the money came from. MONEY MOVES BACK.

        `all_transaction` keeps Recurly from giving account credit instead. Recurly stops money of the same day that
        is refunded whole before it settles: then nothing is refunded, and nothing was paid. Where several payments
        paid one invoice, Recurly chooses of which it gives back.
        """
        assert order.amount is not None
        invoice_id = order.before.get("invoice_id") or self._invoice_id(order)
        written = write(
            self._api, order, "POST", path_of("invoices", invoice_id, "refund"),
            {
                "type": "amount",
                "amount": order.amount.to_decimal(),
                "refund_method": "all_transaction",
                "credit_customer_notes": notes(order),
            },
        )  # fmt: skip
        return self._refund_effect(written.body, order, written.request_id)

    def _find_refund(self, order: Order) -> Effect | None:
        path = path_of(
            "invoices", order.before.get("invoice_id") or self._invoice_id(order), "related_invoices"
        )
        for page in self._api.pages(path):
            for credit in page:
                if credit["type"] == "credit" and is_ours(credit, order):
                    return self._refund_effect(credit, order, None)
        return None

    def _void(self, order: Order) -> Effect:
        """Cancel an authorization. NO MONEY MOVES: what was held is released."""
        written = write(self._api, order, "POST", path_of("purchases", order.target.id, "cancel", ""))
        return _void_effect("void", order, written.request_id)

    def _find_void(self, order: Order) -> Effect | None:
        held = self._api.get(path_of("transactions", order.target.id))
        return _void_effect(held["status"], order, None) if held["status"] == "void" else None

    def _capture(self, order: Order) -> Effect:
        """Capture an authorization. MONEY MOVES TO THE SELLER.

        Recurly captures it whole and once: "Partial captures and multiple captures are not supported"
        (docs.recurly.com/docs/auth-and-capture). An authorization ends after about a week, as the card's bank says.
        """
        held = self._api.get(path_of("transactions", order.target.id))
        whole = money(held["amount"], held["currency"])
        if order.amount is not None and order.amount != whole:
            raise Refused(
                f"Recurly captures an authorization as a whole, which is {whole}, and never a part",
                "partial_capture",
            )
        written = write(self._api, order, "POST", path_of("purchases", order.target.id, "capture"))
        invoice = written.body.get("charge_invoice") or {}
        for made in invoice.get("transactions") or ():
            if made["type"] in _TAKEN:
                return _capture_effect(made, order, written.request_id)
        return Effect(
            EffectStatus.PENDING,
            str(invoice.get("state") or ""),
            amount=whole,
            touched=(("transaction", order.target.id),),
            request_id=written.request_id,
        )

    def _find_capture(self, order: Order) -> Effect | None:
        held = self._api.get(path_of("transactions", order.target.id))
        captures = [held] if held["type"] in _TAKEN else self._captures(held)
        return _capture_effect(captures[0], order, None) if captures else None

    def _captures(self, held: Thing) -> list[Thing]:
        path = path_of("accounts", held["account"]["id"], "transactions")
        return [
            one
            for page in self._api.pages(path, {**NEWEST, "type": "capture"})
            for one in page
            if one["original_transaction_id"] == held["id"] and one["status"] not in _GONE
        ]

    def _invoice(self, taken: Thing) -> Thing | None:
        mini = taken.get("invoice")
        return self._api.get(path_of("invoices", mini["id"])) if mini and mini.get("id") else None

    def _invoice_id(self, order: Order) -> str:
        mini = self._api.get(path_of("transactions", order.target.id)).get("invoice")
        if not mini:
            raise Refused("Recurly refunds invoices, and this transaction has none", "no_invoice")
        return str(mini["id"])

    def _given_back(self, taken: Thing, invoice: Thing | None) -> list[Thing]:
        """Return the refunds of a transaction that arrived or are under way."""
        if invoice is None or taken["type"] not in _TAKEN:
            return []
        return [
            one
            for page in self._api.pages(path_of("invoices", invoice["id"], "related_invoices"))
            for credit in page
            for one in credit.get("transactions") or ()
            if one["type"] == "refund"
            and one["original_transaction_id"] == taken["id"]
            and status_of("refund", one["status"])[0] is not EffectStatus.FAILED
        ]

    def _refund_effect(self, credit: Thing, order: Order, request_id: str | None) -> Effect:
        taken = self._now(order)
        given = [one for one in credit.get("transactions") or () if one["type"] == "refund"]
        status, raw_status, explanation = _how_refunded(credit, given, taken)
        amount = -money(credit["total"], credit["currency"])
        previous = credit.get("previous_invoice_id") or order.before.get("invoice_id")
        return Effect(
            status=status,
            raw_status=raw_status,
            made_id=given[0]["id"] if given else None,
            amount=amount,
            explanation=explanation,
            after=_recorded(taken) if taken else None,
            touched=(
                ("transaction", order.target.id),
                ("invoice", credit["id"]),
                *((("invoice", previous),) if previous else ()),
                *(("transaction", one["id"]) for one in given),
            ),
            request_id=request_id,
        )

    def _now(self, order: Order) -> Thing | None:
        """Read the transaction after a refund; that it cannot be read takes nothing from the refund."""
        try:
            return self._api.get(path_of("transactions", order.target.id))
        except BillhouseError:
            return None


def _how_refunded(
    credit: Thing, given: list[Thing], taken: Thing | None
) -> tuple[EffectStatus, str, str | None]:
    """Return how a refund stands, Recurly's word for it, and what is particular."""
    if given:
        found = [(*status_of("refund", one["status"]), one) for one in given]
        for wanted in (EffectStatus.FAILED, EffectStatus.PENDING, EffectStatus.SUCCEEDED):
            for status, words, one in found:
                if status is wanted:
                    why = failure_of(one) if status is EffectStatus.FAILED else words
                    return status, one["status"], why
    if taken is not None and taken["status"] == "void":
        return EffectStatus.SUCCEEDED, "void", "it had not settled yet, so Recurly stopped the charge itself"
    if taken is None or credit["state"] == "processing":
        return EffectStatus.PENDING, credit["state"], None
    return (
        EffectStatus.FAILED,
        credit["state"],
        "Recurly keeps it as credit of the account; nothing went back",
    )


def _live(taken: Thing, invoice: Thing | None, given_back: list[Thing], *, is_captured: bool) -> Live:
    amount = money(taken["amount"], taken["currency"])
    nothing = Money(0, amount.currency)
    is_held, status = taken["type"] == "authorization", taken["status"]
    is_paid = not is_held and status in ("success", "chargeback")
    is_open = is_held and status == "success" and not is_captured
    refunded = sum((money(one["amount"], one["currency"]) for one in given_back), nothing)
    refundable = nothing
    if is_paid and invoice is not None and taken.get("collection_method") != "manual":
        left = money(invoice.get("refundable_amount") or 0, invoice["currency"])
        refundable = max(nothing, min(left, amount - refunded))
    return live.charge(
        taken["id"],
        status,
        is_paid=is_paid,
        is_authorized=is_open,
        is_disputed=status == "chargeback",
        refunded=refunded,
        refundable=refundable,
        capturable=amount if is_open else nothing,
        failure=_why_unpaid(taken, is_captured=is_captured),
        raw={
            **_recorded(taken),
            "refundable_amount": str(invoice["refundable_amount"]) if invoice else None,
        },
    )


def _why_unpaid(taken: Thing, *, is_captured: bool) -> str | None:
    if taken["type"] == "authorization" and taken["status"] == "success":
        return "its capture is a charge of its own" if is_captured else "authorized, not captured"
    if taken["status"] == "void":
        return "it was stopped"
    if taken.get("collection_method") == "manual":
        return "it was paid outside of Recurly"
    return failure_of(taken) if taken["status"] in _GONE else None


def _recorded(taken: Thing) -> dict[str, Any]:
    """Return the fields of a transaction that the audit log keeps."""
    return {
        **{name: taken.get(name) for name in ("id", "type", "status", "currency", "refunded")},
        "amount": str(taken["amount"]),
        "invoice_id": (taken.get("invoice") or {}).get("id"),
        "account_id": taken["account"]["id"],
    }


def _void_effect(status: str, order: Order, request_id: str | None) -> Effect:
    return Effect(
        EffectStatus.SUCCEEDED,
        status,
        after={"id": order.target.id, "status": status},
        touched=(("transaction", order.target.id),),
        request_id=request_id,
    )


def _capture_effect(made: Thing, order: Order, request_id: str | None) -> Effect:
    status, words = status_of("charge", made["status"])
    invoice = made.get("invoice") or {}
    return Effect(
        status,
        made["status"],
        made_id=made["id"],
        amount=money(made["amount"], made["currency"]),
        explanation=failure_of(made) if status is EffectStatus.FAILED else words,
        touched=(
            ("transaction", order.target.id),
            ("transaction", made["id"]),
            *((("invoice", invoice["id"]),) if invoice.get("id") else ()),
        ),
        request_id=request_id,
    )
