"""Subscriptions: plans, approval, payments by themselves, failures, suspension, cancellation, their end."""

from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal

from sandbox.paypal import accounting, agenda, payments, people
from sandbox.paypal.books import Books, Thing
from sandbox.paypal.errors import refused
from sandbox.paypal.money import major, moment, money, rounded, seconds
from sandbox.paypal.payments import DAY
from sandbox.state import Json

PRODUCTS = (("studio", "Lampa Studio", "SOFTWARE"), ("school", "Lampa School", "ONLINE_SERVICES"))

# key: product, name, currency, price, unit, tax percentage, tax inclusive, trial days, number of payments
PLANS: dict[str, tuple[str, str, str, str, str, str, bool, int, int]] = {
    "studio_eur": ("studio", "Studio monthly", "EUR", "29.00", "MONTH", "19", True, 0, 0),
    "studio_gbp": ("studio", "Studio monthly", "GBP", "25.00", "MONTH", "20", True, 0, 0),
    "studio_usd": ("studio", "Studio monthly", "USD", "32.00", "MONTH", "8.875", False, 0, 0),
    "studio_jpy": ("studio", "Studio monthly", "JPY", "3900", "MONTH", "10", True, 0, 0),
    "studio_trial": ("studio", "Studio with a free month", "EUR", "29.00", "MONTH", "19", True, 30, 0),
    "school_usd": ("school", "School term", "USD", "75.00", "MONTH", "0", False, 0, 4),
    "studio_year": ("studio", "Studio yearly", "EUR", "290.00", "YEAR", "19", True, 0, 0),
}
_THRESHOLD = 3
_RETRY_DAYS = 5


def open_shop(books: Books) -> None:
    """Make the products and plans."""
    for key, name, category in PRODUCTS:
        id = f"PROD-{books.new_id('product')}"
        product_body = {
            "id": id, "name": name, "description": f"{name} for designers", "type": "SERVICE",
            "category": category, "create_time": books.now, "update_time": books.now,
        }  # fmt: skip
        books.make("product", id, product_body)
        books.state.set_setting(f"paypal.product.{key}", id)
    for key, (product, name, currency, price, unit, percentage, inclusive, trial, total) in PLANS.items():
        id = f"P-{books.new_id('plan', 24)}"
        regular: Json = {
            "pricing_scheme": {
                "version": 1, "fixed_price": money(Decimal(price), currency),
                "create_time": books.now, "update_time": books.now,
            },
            "frequency": {"interval_unit": unit, "interval_count": 1},
            "tenure_type": "REGULAR", "sequence": 2 if trial else 1, "total_cycles": total,
        }  # fmt: skip
        first = {
            "frequency": {"interval_unit": "DAY", "interval_count": trial},
            "tenure_type": "TRIAL", "sequence": 1, "total_cycles": 1,
        }  # fmt: skip
        body: Json = {
            "id": id, "product_id": books.state.get_setting(f"paypal.product.{product}"), "name": name,
            "status": "ACTIVE", "description": name, "usage_type": "LICENSED",
            "billing_cycles": [first, regular] if trial else [regular],
            "payment_preferences": {
                "service_type": "PREPAID", "auto_bill_outstanding": True, "setup_fee_failure_action": "CONTINUE",
                "payment_failure_threshold": _THRESHOLD,
            },
            "taxes": {"percentage": percentage, "inclusive": inclusive},
            "quantity_supported": True, "create_time": books.now, "update_time": books.now,
        }  # fmt: skip
        books.make("plan", id, body)
        books.state.set_setting(f"paypal.plan.{key}", id)


def subscribe(
    books: Books, plan: Thing, person: Json | None, quantity: int = 1, told: Json | None = None
) -> Thing:
    """Make a subscription; with a person it is approved at once, without one it waits for approval.

    `told` are further fields of the request: custom_id, start_time, subscriber.
    """
    id = f"I-{books.new_id('subscription', 12)}"
    body = {
        "id": id, "plan_id": plan.id, "status": "APPROVAL_PENDING", "status_update_time": books.now,
        "start_time": books.now, "quantity": str(quantity), "create_time": books.now, "update_time": books.now,
        "plan_overridden": False,
        **(told or {}),
    }  # fmt: skip
    found = books.make("subscription", id, body, {"person": person, "will_fail": False})
    books.emit("BILLING.SUBSCRIPTION.CREATED", "subscription", body)
    if person is not None:
        activate(books, found, person)
    return found


def activate(books: Books, found: Thing, person: Json) -> None:
    """The subscriber agrees; the first period begins, free where the plan has a trial."""
    plan = books.must("plan", found.body["plan_id"])
    trial = next((c for c in plan.body["billing_cycles"] if c["tenure_type"] == "TRIAL"), None)
    cycles = [
        {
            "tenure_type": cycle["tenure_type"], "sequence": cycle["sequence"], "cycles_completed": 0,
            "cycles_remaining": cycle["total_cycles"], "current_pricing_scheme_version": 1,
            "total_cycles": cycle["total_cycles"],
        }
        for cycle in plan.body["billing_cycles"]
    ]  # fmt: skip
    currency = _regular(plan)["pricing_scheme"]["fixed_price"]["currency_code"]
    found.body |= {
        "status": "ACTIVE", "status_update_time": books.now, "subscriber": people.subscriber(person),
        "billing_info": {
            "outstanding_balance": money(Decimal(0), currency), "cycle_executions": cycles,
            "failed_payments_count": 0,
        },
    }  # fmt: skip
    found.inner["person"] = person
    begin = max(books.at, seconds(found.body["start_time"], "start_time"))
    if trial is not None:
        begin += trial["frequency"]["interval_count"] * DAY
    if begin > books.at:
        _bill_next(books, found, begin)
    _change(books, found, "BILLING.SUBSCRIPTION.ACTIVATED")
    if begin == books.at:
        renew(books, found.id)


def renew(books: Books, subscription: str) -> None:
    """A payment falls due: it succeeds, or fails and is tried again until the subscription is suspended."""
    found = books.must("subscription", subscription)
    if found.body["status"] != "ACTIVE":
        return
    info = found.body["billing_info"]
    plan = books.must("plan", found.body["plan_id"])
    amount, tax, currency = price(plan, int(found.body["quantity"]))
    unit = _regular(plan)["frequency"]["interval_unit"]
    accounting.runs(books, found.id, found.inner["person"]["email"], amount - tax, currency, unit)
    if found.inner["will_fail"]:
        _fail(books, found, amount, currency)
        return
    cycles = {cycle["tenure_type"]: cycle for cycle in info["cycle_executions"]}
    if "TRIAL" in cycles and cycles["TRIAL"]["cycles_remaining"]:
        cycles["TRIAL"] |= {"cycles_completed": 1, "cycles_remaining": 0}
    payments.take(
        books, found.inner["person"], amount, currency, plan.body["name"], subscription=found.id, tax=tax,
        rate=plan.body["taxes"]["percentage"], is_tax_inclusive=plan.body["taxes"]["inclusive"],
    )  # fmt: skip
    regular = cycles["REGULAR"]
    regular["cycles_completed"] += 1
    if regular["total_cycles"]:
        regular["cycles_remaining"] = regular["total_cycles"] - regular["cycles_completed"]
    info |= {
        "last_payment": {"amount": money(amount, currency), "time": books.now},
        "failed_payments_count": 0,
        "outstanding_balance": money(Decimal(0), currency),
    }
    if regular["total_cycles"] and not regular["cycles_remaining"]:
        info.pop("next_billing_time", None)
        end_at = next_period(books.at, unit)
        agenda.plan(books.state, books.account.name, end_at, "expire", subscription=found.id)
    else:
        _bill_next(books, found, next_period(books.at, unit))
    _change(books, found, None)


def price(plan: Thing, quantity: int) -> tuple[Decimal, Decimal, str]:
    """Return what a period costs, the tax in it, and the currency."""
    fixed = _regular(plan)["pricing_scheme"]["fixed_price"]
    currency = fixed["currency_code"]
    amount = major(fixed) * quantity
    percentage = Decimal(plan.body["taxes"]["percentage"])
    if plan.body["taxes"]["inclusive"]:
        net = (amount * 100 / (100 + percentage)).quantize(Decimal("0.0001"), ROUND_HALF_UP)
        return amount, rounded(amount - net, currency), currency
    tax = rounded(amount * percentage / 100, currency)
    return amount + tax, tax, currency


def end(books: Books, found: Thing, status: str, note: str = "") -> None:
    """Suspend, cancel or expire a subscription."""
    found.body |= {"status": status, "status_update_time": books.now}
    if note:
        found.body["status_change_note"] = note
    if status != "SUSPENDED":
        found.body.get("billing_info", {}).pop("next_billing_time", None)
        if found.inner["person"] is not None:
            currency = price(books.must("plan", found.body["plan_id"]), 1)[2]
            accounting.ended(books, found.id, found.inner["person"]["email"], currency)
    _change(books, found, f"BILLING.SUBSCRIPTION.{status}")


def collect(books: Books, found: Thing, amount: Decimal) -> Thing:
    """Take what is outstanding, or a part: a capture that is completed or declined.

    Raises:
        PaypalError: nothing, or not so much, is outstanding.
    """
    info, plan = found.body["billing_info"], books.must("plan", found.body["plan_id"])
    due, currency = major(info["outstanding_balance"]), info["outstanding_balance"]["currency_code"]
    if due <= 0:
        raise refused(422, "ZERO_OUTSTANDING_BALANCE")
    if amount > due:
        raise refused(422, "AMOUNT_GREATER_THAN_OUTSTANDING_BALANCE", "/amount/value")
    is_declined = bool(found.inner["will_fail"])
    taken = payments.take(
        books, found.inner["person"], amount, currency, plan.body["name"], subscription=found.id,
        fate="declined" if is_declined else "paid",
    )  # fmt: skip
    if is_declined:
        info["last_failed_payment"] = {
            "amount": money(amount, currency), "time": books.now, "reason_code": "PAYMENT_DENIED",
        }  # fmt: skip
        info["failed_payments_count"] += 1
    else:
        info |= {
            "outstanding_balance": money(due - amount, currency),
            "last_payment": {"amount": money(amount, currency), "time": books.now},
            "failed_payments_count": 0 if amount == due else info["failed_payments_count"],
        }
    _change(books, found, None)
    return taken


def propose(books: Books, found: Thing, wanted: Json) -> None:
    """Propose another plan or quantity; nothing changes until the subscriber agrees.

    Raises:
        PaypalError: the plans are of different products.
    """
    plan = books.must("plan", str(wanted.get("plan_id", found.body["plan_id"])))
    if plan.body["product_id"] != books.must("plan", found.body["plan_id"]).body["product_id"]:
        raise refused(422, "PLAN_PRODUCT_NOT_COMPATIBLE", "/plan_id")
    found.inner |= {"proposed": wanted, "revisions": found.inner.get("revisions", 0) + 1}
    books.put(found)


def accept_revision(books: Books, found: Thing) -> None:
    """The subscriber agrees to what was proposed; its price counts from the next payment."""
    found.body |= found.inner.pop("proposed")
    _change(books, found, "BILLING.SUBSCRIPTION.UPDATED")


def resume(books: Books, found: Thing) -> None:
    """Let a suspended subscription go on; what is due is paid at the next billing time.

    Raises:
        PaypalError: it was suspended by its failed payments, which are still outstanding.
    """
    info = found.body["billing_info"]
    if info["failed_payments_count"] >= _THRESHOLD and major(info["outstanding_balance"]) > 0:
        raise refused(422, "SUBSCRIPTION_CANNOT_BE_ACTIVATED")
    found.body |= {"status": "ACTIVE", "status_update_time": books.now}
    found.body["billing_info"]["failed_payments_count"] = 0
    found.inner["will_fail"] = False
    _bill_next(books, found, books.at + DAY)
    _change(books, found, "BILLING.SUBSCRIPTION.ACTIVATED")


def next_period(at: int, unit: str) -> int:
    """Return the same time of day a month or a year later, on the last day where the month is shorter."""
    when = datetime.fromtimestamp(at, UTC)
    months = when.month - 1 + (12 if unit == "YEAR" else 1)
    year, month = when.year + months // 12, months % 12 + 1
    for day in range(when.day, 27, -1):
        try:
            return int(when.replace(year=year, month=month, day=day).timestamp())
        except ValueError:
            continue
    return int(when.replace(year=year, month=month, day=min(when.day, 28)).timestamp())


def _fail(books: Books, found: Thing, amount: Decimal, currency: str) -> None:
    info = found.body["billing_info"]
    info["failed_payments_count"] += 1
    info["outstanding_balance"] = money(amount, currency)
    info["last_failed_payment"] = {
        "amount": money(amount, currency), "time": books.now, "reason_code": "PAYMENT_DENIED",
        "next_payment_retry_time": moment(books.at + _RETRY_DAYS * DAY),
    }  # fmt: skip
    person = found.inner["person"]
    # A denied payment has a line in the report, but there is nothing that could be read by its id.
    books.report(
        "T0002", books.new_id("denied"), amount, currency, status="D", reference=("SUB", found.id),
        info={**people.account_info(person, False), "transaction_subject": "Subscription payment"},
        more=people.reported(person),
    )  # fmt: skip
    _change(books, found, "BILLING.SUBSCRIPTION.PAYMENT.FAILED")
    if info["failed_payments_count"] >= _THRESHOLD:
        end(books, found, "SUSPENDED", "Too many failed payments")
    else:
        _bill_next(books, found, books.at + _RETRY_DAYS * DAY)
        books.put(found)


def _bill_next(books: Books, found: Thing, at: int) -> None:
    found.body["billing_info"]["next_billing_time"] = moment(at)
    agenda.plan(books.state, books.account.name, at, "renew", subscription=found.id)


def _change(books: Books, found: Thing, event: str | None) -> None:
    found.body["update_time"] = books.now
    books.put(found)
    if event is not None:
        books.emit(event, "subscription", found.body)


def _regular(plan: Thing) -> Json:
    return next(cycle for cycle in plan.body["billing_cycles"] if cycle["tenure_type"] == "REGULAR")
