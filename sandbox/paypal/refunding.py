"""Money that goes back: whole or in parts, at once, pending, and sometimes failing in the end. Fees are kept."""

from decimal import Decimal

from sandbox.paypal import accounting, agenda, people
from sandbox.paypal.books import Books, Thing
from sandbox.paypal.errors import refused
from sandbox.paypal.money import major, money
from sandbox.paypal.payments import DAY, change_status, show_in_order
from sandbox.state import Json

LIMIT_DAYS = 180
_PENDING_DAYS = 4


def refund(
    books: Books,
    taken: Thing,
    amount: Decimal | None = None,
    *,
    fate: str = "done",
    info: Json | None = None,
) -> Thing:
    """Give money back; fate is done, pending (and completes in four days) or fails_later.

    Raises:
        PaypalError: PayPal's rules forbid it.
    """
    currency = taken.body["amount"]["currency_code"]
    left = major(taken.body["amount"]) - Decimal(taken.inner["refunded"])
    amount = left if amount is None else amount
    _check(books, taken, amount, left)
    id = books.new_id("refund")
    taken.inner["refunded"] = str(Decimal(taken.inner["refunded"]) + amount)
    body: Json = {
        "id": id,
        "status": "COMPLETED" if fate == "done" else "PENDING",
        "amount": money(amount, currency),
        **(info or {}),
        "seller_payable_breakdown": {
            "gross_amount": money(amount, currency),
            "paypal_fee": money(Decimal(0), currency),
            "net_amount": money(amount, currency),
            "total_refunded_amount": money(Decimal(taken.inner["refunded"]), currency),
        },
        "payer": {"email_address": books.account.email, "merchant_id": books.account.merchant_id},
        "create_time": books.now,
        "update_time": books.now,
    }
    if fate != "done":
        body["status_details"] = {"reason": "ECHECK"}
    given = books.make("refund", id, body, {"capture": taken.id})
    books.record(currency, "refunded", amount)
    accounting.given_back(books, taken.id, amount)
    person, is_guest = taken.inner["person"], taken.inner["is_guest"]
    told = {"custom_field": body["custom_id"]} if "custom_id" in body else {}
    books.report(
        "T1107", id, -amount, currency, status="S" if fate == "done" else "P", reference=("TXN", taken.id),
        info={**people.account_info(person, is_guest), **told},
        more={**people.reported(person, is_guest=is_guest)},
    )  # fmt: skip
    _mark(books, taken)
    _show(books, taken, given)
    books.emit("PAYMENT.CAPTURE.REFUNDED", "refund", body | {"links": _up(taken.id)})
    if fate != "done":
        agenda.plan(
            books.state, books.account.name, books.at + _PENDING_DAYS * DAY, "settle_refund",
            refund=id, is_failed=fate == "fails_later",
        )  # fmt: skip
    return given


def settle_refund(books: Books, refund: str, is_failed: bool) -> None:
    """A pending refund arrives, or fails: then the money is the seller's again."""
    given = books.must("refund", refund)
    if given.body["status"] != "PENDING":
        return
    given.body |= {"status": "FAILED" if is_failed else "COMPLETED", "update_time": books.now}
    if not is_failed:
        del given.body["status_details"]
    books.put(given)
    books.rereport(
        "T1107", given.id, lambda told: told.update(transaction_status="D" if is_failed else "S"),
        settles=not is_failed,
    )  # fmt: skip
    taken = books.must("capture", given.inner["capture"])
    _show(books, taken, given)
    if is_failed:
        amount = major(given.body["amount"])
        books.record(given.body["amount"]["currency_code"], "refunded", -amount)
        accounting.given_back(books, taken.id, -amount)
        taken.inner["refunded"] = str(Decimal(taken.inner["refunded"]) - amount)
        _mark(books, taken)
        books.emit("PAYMENT.REFUND.FAILED", "refund", given.body | {"links": _up(taken.id)})


def _mark(books: Books, taken: Thing) -> None:
    back, whole = Decimal(taken.inner["refunded"]), major(taken.body["amount"])
    status = "REFUNDED" if back == whole else "PARTIALLY_REFUNDED" if back else "COMPLETED"
    change_status(books, taken, status)
    letter = {"REFUNDED": "V", "PARTIALLY_REFUNDED": "F"}.get(status, "S")
    books.rereport(taken.inner["code"], taken.id, lambda told: told.update(transaction_status=letter))


def _show(books: Books, taken: Thing, given: Thing) -> None:
    if taken.inner["order"]:
        order = books.must("order", taken.inner["order"])
        show_in_order(books, order, "refunds", given, f"/v2/payments/captures/{taken.id}")


def _check(books: Books, taken: Thing, amount: Decimal, left: Decimal) -> None:
    status = taken.body["status"]
    if status == "REFUNDED":
        raise refused(422, "CAPTURE_FULLY_REFUNDED")
    if status == "PENDING":
        raise refused(422, "PENDING_CAPTURE")
    if status not in ("COMPLETED", "PARTIALLY_REFUNDED"):
        raise refused(422, "REFUND_NOT_ALLOWED")
    if taken.inner.get("is_charged_back"):
        raise refused(422, "REFUND_NOT_PERMITTED_DUE_TO_CHARGEBACK")
    if books.at - taken.created > LIMIT_DAYS * DAY:
        raise refused(422, "REFUND_TIME_LIMIT_EXCEEDED")
    if amount > left:
        raise refused(422, "REFUND_AMOUNT_EXCEEDED", "/amount/value")
    if amount <= 0:
        raise refused(400, "INVALID_PARAMETER_VALUE", "/amount/value", "INVALID_REQUEST")


def _up(capture: str) -> list[Json]:
    return [{"href": f"https://api.paypal.com/v2/payments/captures/{capture}", "rel": "up", "method": "GET"}]
