"""Retries of what is due on a past due subscription."""

from datetime import date
from decimal import Decimal

from sandbox.braintree import subscriptions, transactions
from sandbox.braintree.books import Books, money
from sandbox.braintree.errors import Invalid
from sandbox.state import Json


def retry(books: Books, id: str, amount: Decimal | None, *, submit: bool) -> Json:
    """Charge a past due subscription's balance, or another amount (major units); a success makes it active.

    Raises:
        Invalid: there is no such subscription, or it is not past due.
    """
    made = books.get("subscription", id)
    if made is None:
        raise Invalid("transaction", "91528", "subscription_id", "Subscription ID is invalid.")
    if made["status"] != "Past Due":
        raise Invalid("transaction", "91531", "subscription_id", "Subscription status must be Past Due.")
    customer = books.must("customer", made["_customer"])
    card = next(one for one in customer["credit-cards"] if one["token"] == made["payment-method-token"])
    wanted = Decimal(made["balance"]) if amount is None else amount
    sale = transactions.sale(
        books, wanted, made["merchant-account-id"], customer=customer, card=card, submit=submit, recurring=True,
        plan_id=made["plan-id"], subscription_id=id, discounts=made["discounts"], retried=True, _source="api",
        subscription={
            "billing-period-end-date": made["billing-period-end-date"],
            "billing-period-start-date": made["billing-period-start-date"],
        },
    )  # fmt: skip
    subscriptions.carry(made, sale)
    if sale["status"] in ("authorized", *transactions.CAPTURED):
        _caught_up(books, made, wanted, sale["currency-iso-code"])
    else:
        books.touch("subscription", made, failure_count=made["failure-count"] + 1)
    return sale


def _caught_up(books: Books, made: Json, paid: Decimal, currency: str) -> None:
    left = max(Decimal(made["balance"]) - paid, Decimal(0))
    if made["failure-count"]:  # a period that could not be billed is paid now
        subscriptions.paid(books, made, date.fromisoformat(made["next-billing-date"]), currency)
    else:
        made["days-past-due"] = None
        subscriptions.move(books, made, "Active")
        books.announce("subscription_charged_successfully", "subscription", made)
    books.touch("subscription", made, balance=money(left, currency))
    books.announce("subscription_went_active", "subscription", made)
