"""Subscriptions: begun, billed on their day, declined, tried again, ended."""

from datetime import date, timedelta
from decimal import Decimal

from sandbox.braintree import accounting, shapes, transactions
from sandbox.braintree.books import Books, moment, money, seconds
from sandbox.braintree.errors import Invalid
from sandbox.braintree.merchant import BY_CURRENCY, MERCHANT_ACCOUNTS
from sandbox.state import Json

_HOUR = 9 * 3600  # of the UTC day on which a subscription is billed
_RETRY_DAYS, _MOST_FAILURES = 4, 3
_KEPT = 20  # transactions that a subscription carries with it


def create(
    books: Books,
    plan: Json,
    customer: Json,
    *,
    discounts: list[Json] | None = None,
    cycles: int | None = None,
    first_day: str | None = None,
    card: Json | None = None,
    must_pay: bool = False,
    **more: object,
) -> Json:
    """Begin a subscription with a card: billed at once, after the plan's trial, or on a first day.

    `more` are its fields that differ from the plan's (id, price, trial_duration).

    Raises:
        NotDone: `must_pay`, and the first payment was declined: there is no subscription.
    """
    today = date.fromisoformat(moment(books.at)[:10])
    trial = int(str(more.pop("trial_duration", None) or plan["trial-duration"] or 0))
    first = date.fromisoformat(first_day) if first_day else today + timedelta(days=trial)
    currency = plan["currency-iso-code"]
    card = card or customer["credit-cards"][0]
    made = shapes.subscription(
        str(more.pop("id", None) or books.new_id("subscription")),
        moment(books.at),
        plan_id=plan["id"],
        payment_method_token=card["token"],
        merchant_account_id=BY_CURRENCY[currency],
        price=more.pop("price", None) or plan["price"],
        balance=money(Decimal(0), currency),
        first_billing_date=first.isoformat(),
        next_billing_date=first.isoformat(),
        billing_day_of_month=first.day,
        number_of_billing_cycles=cycles,
        never_expires=cycles is None,
        trial_period=bool(trial),
        trial_duration=trial or None,
        trial_duration_unit="day" if trial else None,
        discounts=[{**one, "quantity": 1, "current-billing-cycle": 0} for one in discounts or []],
    )
    made["_customer"] = customer["id"]
    made["next-billing-period-amount"] = money(price(made), currency)
    sale = None
    if first <= today and must_pay:
        _open_period(made, plan)
        sale = transactions.require_done(_sell(books, made, plan, customer))
    move(books, made, "Active" if trial or first <= today else "Pending")
    if first <= today:
        bill(books, made["id"], sale=sale)
    else:
        plan_bill(books, made, first)
    return books.must("subscription", made["id"])


def bill(books: Books, id: str, sale: Json | None = None) -> None:
    """Charge the next period. A decline makes it past due; after three declines it is canceled."""
    made = books.must("subscription", id)
    day = made["next-billing-date"]
    is_due = made["status"] == "Past Due" or (day is not None and day <= moment(books.at)[:10])
    if made["status"] in ("Canceled", "Expired") or not is_due:
        return
    plan = books.must("plan", made["plan-id"])
    customer = books.get("customer", made["_customer"])
    if customer is None:
        cancel(books, made)
        return
    currency = plan["currency-iso-code"]
    accounting.runs(books, made, Decimal(made["price"]), plan["billing-frequency"], currency)
    if made["trial-period"] and made["current-billing-cycle"] == 0:
        books.announce("subscription_trial_ended", "subscription", made)
    following = _open_period(made, plan)
    sale = sale or _sell(books, made, plan, customer)
    carry(made, sale)
    if sale["status"] in transactions.CAPTURED:
        paid(books, made, following, plan["currency-iso-code"])
    else:
        _declined(books, made, following, plan["currency-iso-code"])


def carry(made: Json, sale: Json) -> None:
    """Put a sale at the head of the transactions that a subscription carries."""
    names = ("id", "status", "amount", "created-at")
    made["transactions"] = [{name: sale[name] for name in names}, *made["transactions"]][:_KEPT]


def plan_bill(books: Books, made: Json, day: date) -> None:
    """Plan the billing of a day, once."""
    if made.get("_bill_planned") != day.isoformat():
        books.plan(seconds(day.isoformat()) + _HOUR, "bill", id=made["id"])
        books.touch("subscription", made, _bill_planned=day.isoformat())


def _open_period(made: Json, plan: Json) -> date:
    """Date the period that is to be paid, and return the day after it."""
    start = date.fromisoformat(made["next-billing-date"])
    if made["status"] == "Past Due" and made["failure-count"]:
        start = date.fromisoformat(made["billing-period-start-date"])
    following = months_after(start, plan["billing-frequency"], made["billing-day-of-month"])
    made["billing-period-start-date"] = start.isoformat()
    made["billing-period-end-date"] = (following - timedelta(days=1)).isoformat()
    return following


def _sell(books: Books, made: Json, plan: Json, customer: Json) -> Json:
    cards = customer["credit-cards"]
    card = next((one for one in cards if one["token"] == made["payment-method-token"]), cards[0])
    return transactions.sale(
        books, due(made), made["merchant-account-id"], customer=customer, card=card, recurring=True,
        plan_id=plan["id"], subscription_id=made["id"], discounts=made["discounts"], tax_amount=made.get("_tax"),
        subscription={
            "billing-period-end-date": made["billing-period-end-date"],
            "billing-period-start-date": made["billing-period-start-date"],
        },
        retried=made["status"] == "Past Due",
    )  # fmt: skip


def cancel(books: Books, made: Json) -> Json:
    """End a subscription at once.

    Raises:
        Invalid: it has ended already.
    """
    if made["status"] in ("Canceled", "Expired"):
        raise Invalid("subscription", "81905", "status", "Subscription has already been canceled.")
    made["next-billing-date"] = None
    move(books, made, "Canceled")
    accounting.ended(books, made, MERCHANT_ACCOUNTS[made["merchant-account-id"]])
    books.announce("subscription_canceled", "subscription", made)
    return made


def past_due(books: Books, made: Json, days: int = 1) -> Json:
    """Make a subscription past due, as the testing gateway can."""
    made["days-past-due"] = days
    made["balance"] = money(price(made), books.must("plan", made["plan-id"])["currency-iso-code"])
    move(books, made, "Past Due")
    books.announce("subscription_went_past_due", "subscription", made)
    return made


def months_after(start: date, months: int, day: int) -> date:
    """Return the day of the month so many months later, or that month's last day."""
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    last = (date(year + (month == 11), (month + 1) % 12 + 1, 1) - timedelta(days=1)).day
    return date(year, month + 1, min(day, last))


def paid(books: Books, made: Json, following: date, currency: str) -> None:
    """Note that a period was paid, and plan the next one or the end."""
    made["current-billing-cycle"] += 1
    made["paid-through-date"] = made["billing-period-end-date"]
    made["balance"] = money(Decimal(0), currency)
    made["failure-count"] = 0
    made["days-past-due"] = None
    for one in made["discounts"]:
        one["current-billing-cycle"] += 1
    is_last = made["number-of-billing-cycles"] == made["current-billing-cycle"]
    made["next-billing-date"] = None if is_last else following.isoformat()
    made["next-billing-period-amount"] = money(
        price(made), currency
    )  # never nil: the SDKs read it as a number
    move(books, made, "Active")
    books.announce("subscription_charged_successfully", "subscription", made)
    if is_last:
        books.plan(seconds(following.isoformat()), "end_subscription", id=made["id"])
    else:
        plan_bill(books, made, following)


def end(books: Books, id: str) -> None:
    """The last period is over."""
    made = books.must("subscription", id)
    is_over = (made["billing-period-end-date"] or "") < moment(books.at)[:10]
    if made["status"] == "Active" and made["next-billing-date"] is None and is_over:
        move(books, made, "Expired")
        accounting.ended(books, made, MERCHANT_ACCOUNTS[made["merchant-account-id"]])
        books.announce("subscription_expired", "subscription", made)


def _declined(books: Books, made: Json, following: date, currency: str) -> None:
    made["failure-count"] += 1
    made["days-past-due"] = (made["failure-count"] - 1) * _RETRY_DAYS
    made["balance"] = money(price(made), currency)
    made["next-billing-date"] = following.isoformat()
    books.announce("subscription_charged_unsuccessfully", "subscription", made)
    if made["failure-count"] >= _MOST_FAILURES and not made.get("_keeps_trying"):
        cancel(books, made)
        return
    if made["status"] != "Past Due":
        books.announce("subscription_went_past_due", "subscription", made)
    move(books, made, "Past Due")
    books.plan(books.at + _RETRY_DAYS * 86_400, "bill", id=made["id"])


def due(made: Json) -> Decimal:
    """Return what the next period costs, less what a change of plan left as a credit."""
    return max(price(made) + min(Decimal(made["balance"]), Decimal(0)), Decimal(0))


def price(made: Json) -> Decimal:
    """Return what a period costs after discounts."""
    off = sum((Decimal(one["amount"]) * one["quantity"] for one in made["discounts"]), Decimal(0))
    return max(Decimal(made["price"]) - off, Decimal(0))


def move(books: Books, made: Json, status: str) -> None:
    """Give a subscription a state, with an entry of its history where it is another one."""
    if made["status"] != status or not made["status-history"]:
        made["status-history"] = [
            {
                "timestamp": moment(books.at),
                "status": status,
                "price": made["price"],
                "balance": made["balance"],
                "user": "api@lampa.example",
                "subscription-source": "api",
                "plan-id": made["plan-id"],
            },
            *made["status-history"],
        ]
    books.touch("subscription", made, status=status)
