"""Disputes: a buyer complains to PayPal, or to the card's bank, which takes the money at once."""

from decimal import Decimal

from sandbox.paypal import accounting, agenda
from sandbox.paypal.books import Books, Thing
from sandbox.paypal.money import major, moment, money
from sandbox.paypal.payments import DAY
from sandbox.state import Json

_FEES = {"EUR": Decimal("16.00"), "GBP": Decimal("14.00"), "USD": Decimal("20.00"), "JPY": Decimal(1300)}


def open_dispute(
    books: Books,
    taken: Thing,
    reason: str,
    *,
    is_chargeback: bool = False,
    outcome: str | None = None,
    days: int = 20,
    amount: Decimal | None = None,
) -> Thing:
    """The buyer disputes a payment. A chargeback takes money and a fee at once; an inquiry takes nothing yet.

    `outcome` is decided after some days; without it the dispute waits for the seller.
    """
    whole, currency = major(taken.body["amount"]), taken.body["amount"]["currency_code"]
    amount = whole if amount is None else amount
    id = f"PP-R-{books.new_id('dispute', 3)}-{books.state.next_number('paypal.dispute') + 100_000_000}"
    person = taken.inner["person"]
    body: Json = {
        "dispute_id": id,
        "create_time": books.now,
        "update_time": books.now,
        "disputed_transactions": [
            {
                "seller_transaction_id": taken.id,
                "create_time": taken.body["create_time"],
                "transaction_status": "COMPLETED",
                "gross_amount": money(whole, currency),
                "buyer": {"name": person["name"]},
                "seller": {"email": books.account.email, "merchant_id": books.account.merchant_id},
            }
        ],
        "reason": reason,
        "status": "WAITING_FOR_SELLER_RESPONSE",
        "dispute_state": "REQUIRED_ACTION",
        "dispute_amount": money(amount, currency),
        "dispute_life_cycle_stage": "CHARGEBACK" if is_chargeback else "INQUIRY",
        "dispute_channel": "EXTERNAL" if is_chargeback else "INTERNAL",
        "messages": [{"posted_by": "BUYER", "time_posted": books.now, "content": "Please look into this."}],
        "seller_response_due_date": moment(books.at + 10 * DAY),
    }
    found = Thing("dispute", id, body, {"capture": taken.id, "updated": books.at}, books.at)
    books.record(currency, "disputed", amount)
    if is_chargeback:
        fee = _FEES[currency]
        taken.inner["is_charged_back"] = True
        books.put(taken)
        accounting.disputed(books, taken.id, amount, fee)
        body["money_movements"] = [
            _moved(books, amount, currency, "DEBIT", "DISPUTE_SETTLEMENT"),
            _moved(books, fee, currency, "DEBIT", "CHARGEBACK_FEE"),
        ]
        books.report("T1201", books.new_id("reversal"), -amount, currency, reference=("TXN", taken.id))
        books.report("T0106", books.new_id("reversal"), -fee, currency, reference=("TXN", taken.id))
        books.emit("PAYMENT.CAPTURE.REVERSED", "capture", taken.body)
    books.put(found, capture=taken.id)
    books.emit("CUSTOMER.DISPUTE.CREATED", "dispute", body)
    if outcome is not None:
        agenda.plan(
            books.state, books.account.name, books.at + days * DAY, "decide", dispute=id, outcome=outcome
        )
    return found


def answer(books: Books, found: Thing, evidences: list[Json] | None = None) -> None:
    """The seller answers; PayPal looks at it."""
    if evidences:
        told = {"source": "SUBMITTED_BY_SELLER", "date": books.now}
        found.body.setdefault("evidences", []).extend({**one, **told} for one in evidences)
    _update(books, found, status="UNDER_REVIEW", dispute_state="UNDER_PAYPAL_REVIEW")
    books.emit("CUSTOMER.DISPUTE.UPDATED", "dispute", found.body)


def decide(books: Books, dispute: str, outcome: str) -> None:
    """PayPal or the bank decides; a seller who wins a chargeback has the money back."""
    found = books.must("dispute", dispute)
    if found.body["status"] == "RESOLVED":
        return
    amount, currency = major(found.body["dispute_amount"]), found.body["dispute_amount"]["currency_code"]
    is_chargeback = found.body["dispute_life_cycle_stage"] == "CHARGEBACK"
    is_lost = outcome in ("RESOLVED_BUYER_FAVOUR", "ACCEPTED")
    given = amount if is_lost else Decimal(0)
    taken = books.must("capture", found.inner["capture"])
    if is_chargeback and not is_lost:
        taken.inner["is_charged_back"] = False
        books.put(taken)
        accounting.disputed(books, taken.id, -amount)
        books.report("T1202", books.new_id("reversal"), amount, currency, reference=("TXN", taken.id))
        found.body["money_movements"].append(_moved(books, amount, currency, "CREDIT", "DISPUTE_SETTLEMENT"))
    elif is_lost and not is_chargeback:
        taken.inner["is_charged_back"] = True
        books.put(taken)
        accounting.disputed(books, taken.id, amount)
        books.report("T1106", books.new_id("reversal"), -amount, currency, reference=("TXN", taken.id))
        found.body["money_movements"] = [_moved(books, amount, currency, "DEBIT", "DISPUTE_SETTLEMENT")]
    found.body["dispute_outcome"] = {"outcome_code": outcome, "amount_refunded": money(given, currency)}
    found.body.pop("seller_response_due_date", None)
    _update(books, found, status="RESOLVED", dispute_state="RESOLVED")
    books.emit("CUSTOMER.DISPUTE.RESOLVED", "dispute", found.body)


def _update(books: Books, found: Thing, **fields: str) -> None:
    found.body |= {**fields, "update_time": books.now}
    found.inner["updated"] = books.at
    books.put(found)


def _moved(books: Books, amount: Decimal, currency: str, type: str, reason: str) -> Json:
    return {
        "affected_party": "SELLER",
        "amount": money(amount, currency),
        "initiated_time": books.now,
        "type": type,
        "reason": reason,
    }
