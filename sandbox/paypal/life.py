"""What the company and its buyers do at PayPal, by the words of the agenda; and what time brings by itself."""

from decimal import Decimal
from typing import Any

from sandbox.paypal import agenda, disputing, invoicing, moving, payments, refunding, reserving, subscribing
from sandbox.paypal.accounts import ACCOUNTS, MAIN, VENDOR
from sandbox.paypal.agenda import Deed
from sandbox.paypal.books import Books, Thing
from sandbox.paypal.payments import DAY
from sandbox.state import Json, State

_INVOICE_DAYS = 2  # until what is sent is paid, or canceled


def pass_time(state: State, _since: int, until: int) -> None:
    """Let what fell due up to `until` (Unix seconds) happen in every account."""
    for account in ACCOUNTS:
        agenda.run(state, account, until, DEEDS)


def _remember(books: Books, label: str | None, id: str) -> None:
    if label is not None:
        books.state.set_setting(f"{VENDOR}.label.{label}", id)


def labelled(state: State, label: str) -> str:
    """Return the id that a deed of the company's script was given a label for."""
    return str(state.get_setting(f"{VENDOR}.label.{label}"))


def _thing(books: Books, kind: str, label: str) -> Thing:
    return books.must(kind, labelled(books.state, label))


def _buy(
    books: Books, person: Json, amount: str, currency: str, what: str, *, label: str | None = None,
    fate: str = "paid", is_guest: bool = False, tax: str = "0", discount: str = "0",
) -> None:  # fmt: skip
    order = payments.open_order(
        books,
        person,
        Decimal(amount),
        currency,
        what,
        tax=Decimal(tax),
        discount=Decimal(discount),
        is_guest=is_guest,
    )
    _remember(books, label, payments.capture_order(books, order, fate=fate).id)


def _reserve(books: Books, person: Json, amount: str, currency: str, what: str, label: str) -> None:
    order = payments.open_order(books, person, Decimal(amount), currency, what, intent="AUTHORIZE")
    _remember(books, label, reserving.authorize(books, order).id)


def _leave_unpaid(books: Books, amount: str, currency: str, what: str) -> None:
    payments.open_order(books, None, Decimal(amount), currency, what)


def _refund(books: Books, label: str, amount: str | None = None, fate: str = "done") -> None:
    given = None if amount is None else Decimal(amount)
    refunding.refund(books, _thing(books, "capture", label), given, fate=fate)


def _dispute(books: Books, label: str, reason: str, **more: Any) -> None:
    is_answered = more.pop("is_answered", False)
    found = disputing.open_dispute(books, _thing(books, "capture", label), reason, **more)
    if is_answered:
        disputing.answer(books, found)


def _subscribe(
    books: Books, person: Json | None, plan: str, label: str | None = None, quantity: int = 1
) -> None:
    found = books.must("plan", str(books.state.get_setting(f"{VENDOR}.plan.{plan}")))
    _remember(books, label, subscribing.subscribe(books, found, person, quantity).id)


def _empty_card(books: Books, label: str) -> None:
    found = _thing(books, "subscription", label)
    found.inner["will_fail"] = True
    books.put(found)


def _end(books: Books, label: str, status: str, note: str = "") -> None:
    subscribing.end(books, _thing(books, "subscription", label), status, note)


def _expire(books: Books, subscription: str) -> None:
    subscribing.end(books, books.must("subscription", subscription), "EXPIRED")


def _lapse(books: Books, label: str, captured: bool) -> None:
    held = _thing(books, "authorization", label)
    if captured:
        reserving.capture_authorization(books, held)
    else:
        reserving.void(books, held)


def _bill(
    books: Books, person: Json, items: list[list[Any]], currency: str, fate: str, *, label: str | None = None,
    discount: str = "0", is_inclusive: bool = False, part: str | None = None,
) -> None:  # fmt: skip
    rows = [(str(name), int(quantity), str(unit), str(percent)) for name, quantity, unit, percent in items]
    found = invoicing.draft(
        books, person, rows, currency, invoice_discount=Decimal(discount), is_inclusive=is_inclusive
    )
    _remember(books, label, found.id)
    if fate == "draft":
        return
    invoicing.send(books, found)
    if fate != "open":
        agenda.plan(
            books.state, MAIN.name, books.at + _INVOICE_DAYS * DAY, "settle_invoice",
            invoice=found.id, fate=fate, part=part,
        )  # fmt: skip


def _settle_invoice(books: Books, invoice: str, fate: str, part: str | None) -> None:
    found = books.must("invoice", invoice)
    if fate in ("paid", "refunded"):
        taken = invoicing.pay(books, found)
        if fate == "refunded":
            agenda.plan(
                books.state, MAIN.name, books.at + DAY, "refund_invoice", invoice=invoice, capture=taken.id
            )
    elif fate == "part":
        invoicing.pay(books, found, Decimal(part or "1"))
    elif fate == "elsewhere":
        invoicing.record_payment(books, found, None, "BANK_TRANSFER")
    elif fate == "canceled":
        invoicing.cancel(books, found)


def _refund_invoice(books: Books, invoice: str, capture: str) -> None:
    given = refunding.refund(books, books.must("capture", capture))
    invoicing.record_refund(books, books.must("invoice", invoice), None, "PAYPAL", refund=given.id)


def _withdraw(books: Books, amount: str, currency: str) -> None:
    moving.withdraw(books, Decimal(amount), currency)


def _withdraw_monthly(books: Books) -> None:
    moving.withdraw(books, Decimal(100), "EUR")
    agenda.plan(books.state, MAIN.name, books.at + 30 * DAY, "withdraw_monthly")


def _convert(books: Books, amount: str, currency: str, into: str, other: str) -> None:
    moving.convert(books, Decimal(amount), currency, Decimal(into), other)


def _receive(books: Books, person: Json, amount: str, currency: str, what: str) -> None:
    moving.receive(books, person, Decimal(amount), currency, what)


DEEDS: dict[str, Deed] = {
    "open_shop": subscribing.open_shop,
    "buy": _buy,
    "reserve": _reserve,
    "lapse": _lapse,
    "leave_unpaid": _leave_unpaid,
    "refund": _refund,
    "dispute": _dispute,
    "subscribe": _subscribe,
    "empty_card": _empty_card,
    "end": _end,
    "bill": _bill,
    "settle_invoice": _settle_invoice,
    "refund_invoice": _refund_invoice,
    "withdraw": _withdraw,
    "withdraw_monthly": _withdraw_monthly,
    "convert": _convert,
    "receive": _receive,
    # What PayPal itself plans.
    "clear": payments.clear,
    "settle_refund": refunding.settle_refund,
    "decide": disputing.decide,
    "renew": subscribing.renew,
    "expire": _expire,
}
