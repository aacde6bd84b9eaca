"""Subscriptions begun and changed by the API: plans, prices, discounts, cycles, proration."""

from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import NoReturn

from sandbox.braintree import selling, subscriptions, transactions
from sandbox.braintree.books import Books, moment, money, seconds
from sandbox.braintree.errors import Invalid
from sandbox.braintree.merchant import BY_CURRENCY, MERCHANT_ACCOUNTS
from sandbox.state import Json

_PRICE_CHANGING = ("price", "plan_id", "number_of_billing_cycles", "never_expires", "add_ons")
_LONGEST_ID = 36


def create(books: Books, params: Json, given: Json) -> Json:
    """Begin a subscription with a stored payment method; the plan is its template.

    Raises:
        Invalid: what is asked for makes no sense.
        NotDone: the first payment was declined.
    """
    plan = books.get("plan", params.get("plan_id") or "")
    if plan is None:
        _refuse("91904", "plan_id", "Plan ID is invalid.")
    customer, card = _payer(books, params.get("payment_method_token") or "")
    merchant_account = params.get("merchant_account_id") or BY_CURRENCY[plan["currency-iso-code"]]
    if MERCHANT_ACCOUNTS.get(merchant_account) != plan["currency-iso-code"]:
        _refuse("91923", "base", "Currency ISO code of plan and merchant account must match.")
    if (id := params.get("id")) and books.get("subscription", id):
        _refuse("81902", "id", "ID has already been taken.")
    if id and len(id) > _LONGEST_ID:
        _refuse("81906", "id", "ID is invalid (use only letters, numbers, '-', and '_').")
    trial = params.get("trial_duration") if params.get("trial_period") else None
    if params.get("trial_period") and not trial:
        _refuse("81908", "trial_duration", "Trial Duration is required.")
    discounts = _added(books, [], params)
    cycles = (
        _cycles(params, 0) if params.get("number_of_billing_cycles") else plan["number-of-billing-cycles"]
    )
    without_trial: Json = {**plan, "trial-duration": 0} if params.get("trial_period") is False else plan
    return subscriptions.create(
        books, without_trial, customer, card=card, must_pay=True, discounts=discounts, cycles=cycles, id=id,
        price=params.get("price"), trial_duration=trial,
    )  # fmt: skip


def update(books: Books, made: Json, params: Json, given: Json) -> Json:
    """Change a subscription.

    Raises:
        Invalid: its state does not allow this, or what is asked for makes no sense.
        NotDone: the prorated difference was declined; the subscription is as it was.
    """
    _require_changeable(made, params)
    before = subscriptions.price(made)
    changed = {**made}
    if params.get("payment_method_token"):
        customer, card = _payer(books, params["payment_method_token"])
        changed |= {"payment-method-token": card["token"], "_customer": customer["id"]}
    _change_plan(books, changed, params)
    if params.get("number_of_billing_cycles") or params.get("never_expires"):
        _change_end(books, changed, params)
    if params.get("discounts"):
        changed["discounts"] = _added(books, _left(made["discounts"], params), params)
    if (params.get("options") or {}).get("prorate_charges"):
        _prorate(books, changed, subscriptions.price(changed) - before, given)
    currency = MERCHANT_ACCOUNTS[changed["merchant-account-id"]]
    changed["next-billing-period-amount"] = money(subscriptions.due(changed), currency)
    subscriptions.move(books, changed, changed["status"])
    return changed


def _require_changeable(made: Json, params: Json) -> None:
    if made["status"] == "Canceled":
        _refuse("81901", "status", "Cannot edit a canceled subscription.")
    if made["status"] == "Expired":
        _refuse("81910", "status", "Cannot edit an expired subscription.")
    if made["status"] == "Past Due" and params.get("discounts"):
        _refuse("92022", "base", "Cannot edit add-ons or discounts on a past due subscription.")
    if made["status"] == "Past Due" and any(name in params for name in _PRICE_CHANGING):
        _refuse("91920", "base", "Cannot edit price changing fields on past due subscription.")


def _change_plan(books: Books, made: Json, params: Json) -> None:
    """Take another plan; its price is inherited only where it bills at another frequency."""
    if params.get("plan_id"):
        plan, old = books.get("plan", params["plan_id"]), books.must("plan", made["plan-id"])
        if plan is None:
            _refuse("91904", "plan_id", "Plan ID is invalid.")
        if plan["currency-iso-code"] != MERCHANT_ACCOUNTS[made["merchant-account-id"]]:
            _refuse("91923", "base", "Currency ISO code of plan and merchant account must match.")
        made["plan-id"] = plan["id"]
        if plan["billing-frequency"] != old["billing-frequency"]:
            made["price"] = plan["price"]
    if params.get("price"):
        made["price"] = params["price"]


def _change_end(books: Books, made: Json, params: Json) -> None:
    """Fix the number of cycles, or let it go on without end. The last one paid is the last day's."""
    if params.get("never_expires"):
        if params.get("number_of_billing_cycles"):
            _refuse("91908", "base", "Number of billing cycles cannot be given for one that never expires.")
        made |= {"never-expires": True, "number-of-billing-cycles": None}
    else:
        cycles = _cycles(params, made["current-billing-cycle"])
        made |= {"never-expires": False, "number-of-billing-cycles": cycles}
    if made["status"] != "Active" or not made["billing-period-end-date"]:
        return
    following = date.fromisoformat(made["billing-period-end-date"]) + timedelta(days=1)
    if made["number-of-billing-cycles"] == made["current-billing-cycle"]:
        made["next-billing-date"] = None
        books.plan(seconds(following.isoformat()), "end_subscription", id=made["id"])
    else:
        made["next-billing-date"] = following.isoformat()
        subscriptions.plan_bill(books, made, following)


def _cycles(params: Json, current: int) -> int:
    text = str(params["number_of_billing_cycles"])
    if not text.lstrip("-").isdigit():
        _refuse("91906", "number_of_billing_cycles", "Number of billing cycles must be numeric.")
    if int(text) < 1:
        _refuse("91907", "number_of_billing_cycles", "Number of billing cycles must be greater than zero.")
    if int(text) < current:
        _refuse(
            "91909",
            "number_of_billing_cycles",
            "Number of billing cycles is less than the current billing cycle.",
        )
    return int(text)


def _added(books: Books, known: list[Json], params: Json) -> list[Json]:
    """Return the discounts with those that are to be added."""
    found = list(known)
    for one in (params.get("discounts") or {}).get("add") or []:
        source = books.get("discount", one.get("inherited_from_id") or "")
        if source is None:
            _refuse("92013", "inherited_from_id", "Inherited From ID is invalid.", "discounts")
        if any(other["id"] == source["id"] for other in found):
            _refuse("91911", "base", "Cannot add duplicate add-on or discount.")
        found.append({**source, "quantity": 1, "current-billing-cycle": 0})
    return found


def _left(known: list[Json], params: Json) -> list[Json]:
    """Return the discounts without those that are to be removed."""
    gone = (params.get("discounts") or {}).get("remove") or []
    for id in gone:
        if all(one["id"] != id for one in known):
            _refuse("92016", "id_to_remove", "ID to remove is not present.", "discounts")
    return [one for one in known if one["id"] not in gone]


def _prorate(books: Books, made: Json, difference: Decimal, given: Json) -> None:
    """Charge the rest of the period's difference at once, or keep a credit for the next periods."""
    if made["status"] != "Active" or not made["current-billing-cycle"] or not difference:
        return
    start, end = (date.fromisoformat(made[f"billing-period-{name}-date"]) for name in ("start", "end"))
    days = (end - start).days + 1
    left = max((end - date.fromisoformat(moment(books.at)[:10])).days, 0)
    currency = MERCHANT_ACCOUNTS[made["merchant-account-id"]]
    unit = Decimal(money(Decimal(0), currency))
    part = (difference * left / days).quantize(unit, ROUND_HALF_UP)
    if part < 0:
        made["balance"] = money(Decimal(made["balance"]) + part, currency)
    elif part > 0:
        customer, card = _payer(books, made["payment-method-token"])
        sale = transactions.sale(
            books, part, made["merchant-account-id"], customer=customer, card=card, recurring=True,
            plan_id=made["plan-id"], subscription_id=made["id"],
        )  # fmt: skip
        transactions.require_done(sale, given)
        subscriptions.carry(made, sale)


def _payer(books: Books, token: str) -> tuple[Json, Json]:
    try:
        return selling.vaulted(books, token)
    except Invalid:
        _refuse("91903", "payment_method_token", "Payment method token is invalid.")


def _refuse(code: str, attribute: str, message: str, kind: str = "subscription") -> NoReturn:
    raise Invalid(kind, code, attribute, message)
