"""Disputes: the payer's bank takes the money without asking, looks at evidence, and decides."""

from decimal import Decimal

from sandbox.state import Json
from sandbox.stripe.books import Books
from sandbox.stripe.currency import major
from sandbox.stripe.payments import DAY, country_of

DISPUTE_FEES = {"eur": Decimal(20), "gbp": Decimal(20), "usd": Decimal(15), "pln": Decimal(80)}


def begin(books: Books, charge: Json, reason: str, *, inquiry: bool = False) -> Json:
    """The payer disputes a charge. A chargeback takes the money and a fee at once; an inquiry takes nothing yet."""
    id = books.new_id("dp")
    currency = charge["currency"]
    amount = major(charge["amount_captured"], currency)
    moved = []
    if not inquiry:
        fee = DISPUTE_FEES.get(currency, Decimal(0))
        books.desk.revenue(currency, country_of(charge), "disputes", amount)
        moved.append(
            books.balance(
                "adjustment", id, currency, -amount, fee=fee, days=1, category="dispute",
                description=f"Chargeback withdrawal for {charge['id']}", country=country_of(charge),
            )
        )  # fmt: skip
    books.record(currency, "disputed", amount)
    brand = charge["payment_method_details"]["card"]["brand"]
    dispute: Json = {
        "id": id,
        "object": "dispute",
        "amount": charge["amount_captured"],
        "balance_transactions": moved,
        "charge": charge["id"],
        "created": books.at,
        "currency": currency,
        "enhanced_eligibility_types": [],
        "evidence": _evidence(charge),
        "evidence_details": {
            "due_by": books.at + 14 * DAY,
            "enhanced_eligibility": {},
            "has_evidence": False,
            "past_due": False,
            "submission_count": 0,
            "submission_method": "not_submitted",
        },
        "is_charge_refundable": inquiry,
        "livemode": False,
        "metadata": {},
        "payment_intent": charge["payment_intent"],
        "payment_method_details": {
            "card": {
                "brand": brand,
                "case_type": "inquiry" if inquiry else "chargeback",
                "network": brand,
                "network_reason_code": "10.4",
            },
            "type": "card",
        },
        "reason": reason,
        "status": "warning_needs_response" if inquiry else "needs_response",
    }
    books.put(dispute)
    books.emit("charge.dispute.created", dispute)
    if moved:
        books.emit("charge.dispute.funds_withdrawn", dispute)
    books.change(charge, "charge.updated", disputed=True)
    return dispute


def answer(books: Books, dispute: str) -> None:
    """The seller has sent evidence; the bank looks at it."""
    found = books.must("dispute", dispute)
    status = {"needs_response": "under_review", "warning_needs_response": "warning_under_review"}
    if found["status"] in status:
        found["evidence_details"].update(has_evidence=True, submission_count=1, submission_method="manual")
        books.change(found, "charge.dispute.updated", status=status[found["status"]])


def give_up(books: Books, dispute: str) -> None:
    """The seller accepts: a chargeback is lost as it stands; an inquiry becomes one that is lost."""
    found = books.must("dispute", dispute)
    books.change(found, "charge.dispute.closed", status="lost")


def close(books: Books, dispute: str, won: bool) -> None:
    """The bank has decided. Won: the money and the fee come back. Lost: nothing more moves."""
    found = books.must("dispute", dispute)
    if found["status"].startswith("warning"):
        books.change(found, "charge.dispute.closed", status="warning_closed")
        return
    if won:
        currency = found["currency"]
        fee = DISPUTE_FEES.get(currency, Decimal(0))
        country = country_of(books.must("charge", found["charge"]))
        books.desk.revenue(currency, country, "disputes", -major(found["amount"], currency))
        back = books.balance(
            "adjustment", dispute, currency, major(found["amount"], currency), fee=-fee, days=1,
            category="dispute_reversal", description=f"Chargeback reversal for {found['charge']}", country=country,
        )  # fmt: skip
        found["balance_transactions"].append(back)
        books.put(found)
        books.emit("charge.dispute.funds_reinstated", found)
    books.change(found, "charge.dispute.closed", status="won" if won else "lost")


_TEXTS = (
    "access_activity_log", "billing_address", "cancellation_policy", "cancellation_policy_disclosure",
    "cancellation_rebuttal", "customer_communication", "customer_name", "customer_purchase_ip",
    "customer_signature", "duplicate_charge_documentation", "duplicate_charge_explanation",
    "duplicate_charge_id", "product_description", "receipt", "refund_policy", "refund_policy_disclosure",
    "refund_refusal_explanation", "service_date", "service_documentation", "shipping_address",
    "shipping_carrier", "shipping_date", "shipping_documentation", "shipping_tracking_number",
    "uncategorized_file", "uncategorized_text",
)  # fmt: skip


EVIDENCE = (*_TEXTS, "customer_email_address")
"""What evidence may consist of."""


def _evidence(charge: Json) -> Json:
    return {
        **dict.fromkeys(_TEXTS),
        "customer_email_address": charge["billing_details"]["email"],
        "enhanced_evidence": {},
    }
