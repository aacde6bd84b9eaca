"""What happens at the site by itself, or because a made-up person does it: planned deeds, in order of time."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from sandbox.recurly import accounts, catalogue, invoicing, paying, refunding, subscribing
from sandbox.recurly.books import Books, take_due
from sandbox.recurly.invoicing import Item
from sandbox.state import Json, State


def pass_time(state: State, since: int, until: int) -> None:
    """Let everything planned up to a moment happen, each deed whole or not at all; `since` is what was done before.

    All are Unix seconds.
    """
    del since  # a deed stays planned until it is done, so nothing can fall between two calls
    run(state, until)


def run(state: State, until: int, *, quiet_before: int = 0) -> None:
    """Do what is due; deeds before `quiet_before` leave no notifications."""
    while True:
        with state.transaction():
            due = take_due(state, until)
            if due is None:
                return
            at, deed, args = due
            DEEDS[deed](Books(state, at, is_quiet=at < quiet_before), **args)


def _join(books: Books, code: str, about: Json, card: str | None = accounts.GOOD_CARD) -> None:
    accounts.open_account(books, code, card=card, **about)


def _subscribe(
    books: Books, code: str, plan: str, currency: str, coupon: str | None = None, **how: Any
) -> None:
    redeemed = catalogue.by_code(books, "coupon", coupon) if coupon else None
    shelf = catalogue.by_code(books, "plan", plan)
    subscribing.begin(books, _account(books, code), shelf, currency, coupon=redeemed, **how)


def _buy(
    books: Books, code: str, items: list[list[Any]], currency: str, manual_days: int | None = None
) -> None:
    basket = [Item(what, Decimal(price), quantity) for what, price, quantity in items]
    invoicing.bill(books, _account(books, code), basket, currency, manual_days=manual_days)


def _authorize(books: Books, code: str, amount: str, currency: str) -> None:
    paying.charge(books, _account(books, code), Decimal(amount), currency, type="authorization", origin="api")


def _refund(books: Books, code: str, amount: str | None = None, fate: str = "arrives", **how: Any) -> None:
    invoice = _last(books, code, "paid")
    given = Decimal(amount) if amount else None
    credit = refunding.refund(books, invoice, given, is_slow=fate != "arrives", **how)
    for transaction in books.linked("transaction", "invoice", credit["id"]):
        if fate in ("fails", "settles"):
            books.plan(books.at + 5 * invoicing.DAY, f"refund_{fate}", transaction=transaction["id"])


def _credit(books: Books, code: str, amount: str, currency: str) -> None:
    refunding.write_credit(books, _account(books, code), Decimal(amount), currency, "Goodwill credit")


def _charge_back(books: Books, code: str) -> None:
    invoice = _last(books, code, "paid")
    taken = [
        one for one in books.linked("transaction", "invoice", invoice["id"]) if one["status"] == "success"
    ]
    if taken:
        paying.charge_back(books, taken[-1])


def _pay_by_hand(books: Books, code: str) -> None:
    account = _account(books, code)
    for state in ("past_due", "pending"):
        for invoice in books.linked("invoice", "account", account["id"]):
            if invoice["state"] == state and invoice["type"] == "charge":
                owed = Decimal(invoice["balance"])
                paying.charge(
                    books,
                    account,
                    owed,
                    invoice["currency"],
                    invoice=invoice,
                    origin="merchant",
                    manual="wire_transfer",
                )
                invoicing.settle(books, invoice, owed)
                return


def _card(books: Books, code: str, card: str) -> None:
    account = _account(books, code)
    accounts.change(books, account, card=card, card_at=books.now)


def _subscription(verb: str) -> Callable[..., None]:
    def act(books: Books, code: str, **args: Any) -> None:
        account = _account(books, code)
        living = [
            one for one in books.linked("subscription", "account", account["id"])
            if one["state"] in ("active", "canceled", "paused")
        ]  # fmt: skip
        getattr(subscribing, verb)(books, living[-1], **args)

    return act


def leave(books: Books, account: Json) -> None:
    """Close an account: what it has subscribed to ends at once."""
    for subscription in books.linked("subscription", "account", account["id"]):
        if subscription["state"] != "expired":
            subscribing.expire(books, subscription, "account_closed")
    accounts.close(books, account)


def _try_again(books: Books, invoice: str) -> None:
    owed = books.must("invoice", invoice)
    if owed["state"] == "past_due":
        invoicing.collect(books, owed)


def _come_due(books: Books, invoice: str) -> None:
    owed = books.must("invoice", invoice)
    if owed["state"] == "pending":
        invoicing.collect(books, owed)


def _account(books: Books, code: str) -> Json:
    account = accounts.find(books, f"code-{code}")
    if account is None:
        raise LookupError(f"{code} has no account")
    return account


def _last(books: Books, code: str, state: str) -> Json:
    found = books.linked("invoice", "account", _account(books, code)["id"])
    return [one for one in found if one["state"] == state and one["type"] == "charge"][-1]


DEEDS: dict[str, Callable[..., None]] = {
    "stock": catalogue.stock,
    "join": _join,
    "subscribe": _subscribe,
    "buy": _buy,
    "authorize": _authorize,
    "refund": _refund,
    "credit": _credit,
    "charge_back": _charge_back,
    "pay_by_hand": _pay_by_hand,
    "card": _card,
    "cancel": _subscription("cancel"),
    "pause": _subscription("pause"),
    "terminate": _subscription("terminate"),
    "leave": lambda books, code: leave(books, _account(books, code)),
    "set_vat": lambda books, code, vat: accounts.change(books, _account(books, code), vat_number=vat),
    "withdraw_plan": lambda books, code: withdraw(books, "plan", catalogue.by_code(books, "plan", code)),
    "renew": lambda books, subscription: subscribing.renew(books, books.must("subscription", subscription)),
    "try_again": _try_again,
    "come_due": _come_due,
    "fall_due": lambda books, invoice: invoicing.fall_due(books, books.must("invoice", invoice)),
    "refund_settles": lambda books, transaction: refunding.settle(
        books, books.must("transaction", transaction)
    ),
    "refund_fails": lambda books, transaction: refunding.fail(books, books.must("transaction", transaction)),
}


def withdraw(books: Books, kind: str, thing: Json) -> None:
    """Take a plan or coupon off the shelves; it stays in the lists, marked."""
    thing |= (
        {"state": "inactive", "deleted_at": books.now}
        if kind == "plan"
        else {"state": "expired", "expired_at": books.now}
    )
    books.save(kind, thing)
