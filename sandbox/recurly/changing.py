"""Subscriptions by the API: begun, moved to another plan, paused, resumed, canceled, reactivated, terminated."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from sandbox.recurly import accounts, buying, catalogue, shapes, subscribing
from sandbox.recurly.books import moment, seconds
from sandbox.recurly.call import Call, currency, one_of, permitted, whole
from sandbox.recurly.errors import RecurlyError, invalid, not_found
from sandbox.recurly.invoicing import DAY
from sandbox.recurly.refunding import Refusal
from sandbox.state import Json

_SHARES = ("none", "prorated_amount", "full_amount")
_NEEDED = {
    "cancel": ("active", "future"), "reactivate": ("canceled",), "pause": ("active", "paused"),
    "resume": ("paused",),
}  # fmt: skip


def create(call: Call) -> Json:
    """POST /subscriptions. A declined card leaves no subscription behind."""
    body = permitted(call.body, "SubscriptionCreate", ("currency", "account"))
    account = _account(call, permitted(body["account"], "AccountCreate", ("code",)))
    plan = _plan(call, body)
    if plan is None:
        raise invalid("can't be blank", "plan_code")
    unit, quantity = currency(body["currency"]), whole(body.get("quantity", 1), "quantity", 1)
    coupon = next((_coupon(call, code) for code in body.get("coupon_codes") or []), None)
    trial_days = _trial_days(call, body.get("trial_ends_at"))
    if not trial_days:
        price = catalogue.price(plan, unit) * quantity
        off = catalogue.discount(coupon, price, unit) if coupon else Decimal(0)
        buying.must_pay(call, account, price - off, unit)
    made = subscribing.begin(
        call.books, account, plan, unit, quantity=quantity, coupon=coupon, trial_days=trial_days,
        notes=body.get("customer_notes"), po_number=body.get("po_number"),
    )  # fmt: skip
    return shapes.shown(call.books, "subscription", made)


def change(call: Call, id: str) -> Json:
    """POST /subscriptions/{id}/change, at once. A declined card leaves the subscription as it was."""
    found = call.find("subscription", id)
    body = permitted(call.body, "SubscriptionChangeCreate")
    if (
        one_of(body.get("timeframe", "now"), ("now", "renewal", "bill_date", "term_end"), "timeframe")
        != "now"
    ):
        raise invalid("This sandbox changes subscriptions at once only", "timeframe")
    if found["state"] != "active":
        raise _immutable(found, "change")
    plan = _plan(call, body) or call.books.must("plan", found["plan_id"])
    quantity = whole(body.get("quantity", found["quantity"]), "quantity", 1)
    if (plan["id"], quantity) == (found["plan_id"], found["quantity"]):
        raise invalid("Subscription hasn't been changed", "base")
    settings = permitted(body.get("proration_settings") or {}, "ProrationSettings")
    shares = [
        one_of(settings.get(name, "prorated_amount"), _SHARES, f"proration_settings.{name}")
        for name in ("charge", "credit")
    ]
    charged, credited = subscribing.worth(call.books, found, plan, quantity, *shares)
    account = call.books.must("account", found["account_id"])
    buying.must_pay(call, account, charged - credited, found["currency"])
    charge, credit = subscribing.change(call.books, found, plan, quantity, charged, credited)
    return _shown_change(call, found, plan, charge, credit)


def act(verb: str) -> Callable[..., Json]:
    """Return the endpoint that cancels, reactivates, pauses or resumes a subscription."""

    def endpoint(call: Call, id: str) -> Json:
        found = call.find("subscription", id)
        if found["state"] not in _NEEDED[verb]:
            raise _immutable(found, verb)
        _ACTS[verb](call, found)
        return shapes.shown(call.books, "subscription", found)

    return endpoint


def terminate(call: Call, id: str) -> Json:
    """End a subscription now: DELETE /subscriptions/{id}?refund=full|partial|none."""
    found = call.find("subscription", id)
    if found["state"] in ("expired", "failed"):
        raise invalid("Cannot expire an inactive subscription.", "id")
    refund = one_of(call.query.get("refund", "none"), ("full", "partial", "none"), "refund")
    try:
        subscribing.terminate(call.books, found, refund)
    except Refusal as refusal:
        raise invalid(str(refusal), refusal.param) from refusal
    return shapes.shown(call.books, "subscription", found)


def _cancel(call: Call, found: Json) -> None:
    body = permitted(call.body, "SubscriptionCancel")
    one_of(body.get("timeframe", "term_end"), ("bill_date", "term_end"), "timeframe")
    if found["state"] == "future":
        subscribing.expire(call.books, found, "canceled")
    else:
        subscribing.cancel(call.books, found)


def _pause(call: Call, found: Json) -> None:
    """Pauses begin with the next billing: not in a trial, nor while an invoice of the account is past due."""
    body = permitted(call.body, "SubscriptionPause", ("remaining_pause_cycles",))
    cycles = whole(body["remaining_pause_cycles"], "remaining_pause_cycles", 0)
    if found["state"] == "paused":
        if cycles:
            found["remaining_pause_cycles"] = cycles
            call.books.save("subscription", found)
        else:
            subscribing.resume(call.books, found)
        return
    if subscribing.is_in_trial(call.books, found):
        raise invalid("Subscriptions in trial cannot be paused", "id")
    invoices = call.books.linked("invoice", "account", found["account_id"])
    if cycles and any(one["state"] == "past_due" for one in invoices):
        raise invalid("Account has past due invoices", "id")
    subscribing.plan_pause(call.books, found, cycles)


_ACTS: dict[str, Callable[[Call, Json], Any]] = {
    "cancel": _cancel,
    "pause": _pause,
    "reactivate": lambda call, found: subscribing.reactivate(call.books, found),
    "resume": lambda call, found: subscribing.resume(call.books, found),
}


def _account(call: Call, asked: Json) -> Json:
    found = accounts.find(call.books, f"code-{asked['code']}")
    if found is None:
        raise not_found("account", str(asked["code"]))
    if found["state"] != "active":
        raise invalid("Account is inactive", "account")
    return found


def _plan(call: Call, body: Json) -> Json | None:
    """Return the plan that a request names; the id counts where it names both."""
    if not (body.get("plan_id") or body.get("plan_code")):
        return None
    key = str(body["plan_id"]) if body.get("plan_id") else f"code-{body['plan_code']}"
    plan = call.find("plan", key)
    if plan["state"] != "active":
        raise invalid("Plan is inactive", "plan_code")
    return plan


def _coupon(call: Call, code: str) -> Json:
    coupon = call.find("coupon", f"code-{code}")
    if coupon["state"] != "redeemable":
        raise invalid("Coupon is not redeemable", "coupon_codes")
    return coupon


def _trial_days(call: Call, ends: Any) -> int:
    """Return how many days a trial lasts, a part of one counting as one."""
    if ends is None:
        return 0
    try:
        left = seconds(str(ends)) - call.books.at
    except ValueError:
        raise invalid("is not a time", "trial_ends_at") from None
    return max(0, -(-left // DAY))


def _immutable(found: Json, verb: str) -> RecurlyError:
    return RecurlyError(
        422, "immutable_subscription", f"A subscription in state {found['state']} cannot {verb}"
    )


def _shown_change(call: Call, found: Json, plan: Json, charge: Json | None, credit: Json | None) -> Json:
    """Return the SubscriptionChange that an immediate change answers with."""
    books = call.books
    shown = {
        one["id"]: shapes.shown(books, "invoice", books.must("invoice", one["id"]))
        for one in (charge, credit)
        if one
    }
    collection = buying.collection(shown[charge["id"]] if charge else None)
    collection["credit_invoices"] = [shown[credit["id"]]] if credit else []
    return {
        "id": books.new_id(), "object": "subscription_change", "subscription_id": found["id"],
        "plan": {"id": plan["id"], "object": "plan", "code": plan["code"], "name": plan["name"]},
        "add_ons": [], "unit_amount": found["unit_amount"], "quantity": found["quantity"], "shipping": None,
        "activate_at": moment(books.at), "activated": True, "invoice_collection": collection,
        "created_at": books.now, "updated_at": books.now, "deleted_at": None,
    }  # fmt: skip
