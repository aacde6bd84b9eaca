"""Subscriptions: they begin (with a trial, or later), renew, pause, are canceled, expire."""

from decimal import Decimal

from sandbox.recurly import accounting, catalogue, invoicing, redeeming, refunding
from sandbox.recurly.books import Books, moment, seconds
from sandbox.recurly.invoicing import DAY, Item
from sandbox.recurly.numbers import rounded, text
from sandbox.state import Json
from sandbox.stripe.subscribing import months_after


def begin(
    books: Books, account: Json, plan: Json, currency: str, *, quantity: int = 1, coupon: Json | None = None,
    trial_days: int = 0, starts_in_days: int = 0, manual_days: int | None = None, notes: str | None = None,
    po_number: str | None = None,
) -> Json:  # fmt: skip
    """Subscribe an account to a plan; the first invoice is made at once, unless a trial or a start comes first."""
    subscription: Json = {
        "id": books.new_id(), "object": "subscription", "uuid": books.new_uuid(), "account_id": account["id"],
        "plan_id": plan["id"], "state": "future" if starts_in_days else "active", "currency": currency,
        "unit_amount": text(catalogue.price(plan, currency)), "quantity": quantity, "tax_inclusive": False,
        "coupon_id": coupon["id"] if coupon else None,
        "collection_method": "automatic" if manual_days is None else "manual",
        "net_terms": manual_days or 0, "net_terms_type": "net", "auto_renew": True,
        "current_period_started_at": None, "current_period_ends_at": None, "current_term_started_at": None,
        "current_term_ends_at": None, "trial_started_at": None, "trial_ends_at": None,
        "remaining_billing_cycles": 1, "total_billing_cycles": 1, "renewal_billing_cycles": 1,
        "paused_at": None, "remaining_pause_cycles": None, "activated_at": None, "canceled_at": None,
        "expires_at": None, "expiration_reason": None, "active_invoice_id": None,
        "billing_info_id": account["card_id"], "customer_notes": notes, "po_number": po_number,
    }  # fmt: skip
    if coupon:
        redeeming.begin(books, coupon, subscription)
    books.add("subscription", subscription, account=account["id"])
    books.notify("subscription", "created", subscription, account_code=account["code"])
    if starts_in_days:
        books.plan(books.at + starts_in_days * DAY, "renew", subscription=subscription["id"])
        return subscription
    subscription["activated_at"] = books.now
    if trial_days:
        end = books.at + trial_days * DAY
        subscription |= {"trial_started_at": books.now, "trial_ends_at": moment(end)}
        _period(books, subscription, books.at, end)
        books.save("subscription", subscription)
    else:
        _bill_period(books, subscription, plan, "purchase")
    return subscription


def renew(books: Books, subscription: Json) -> None:
    """What happens at a period's end: the next one begins, or the subscription ends."""
    ends = subscription["current_period_ends_at"]
    if subscription["state"] in ("expired", "failed") or (ends and seconds(ends) > books.at):
        return
    if subscription["state"] == "canceled":
        expire(books, subscription, "canceled")
        return
    plan = books.must("plan", subscription["plan_id"])
    if subscription["state"] == "active" and subscription["remaining_pause_cycles"]:
        # The pause that was asked for begins: this billing is the first that is left out.
        subscription["state"] = "paused"
        _period(books, subscription, books.at, _next(books.at, plan))
        books.save("subscription", subscription)
        books.notify("subscription", "paused", subscription)
        return
    if subscription["state"] == "paused":
        cycles = subscription["remaining_pause_cycles"] - 1
        subscription["remaining_pause_cycles"] = cycles
        if cycles > 0:
            _period(books, subscription, books.at, _next(books.at, plan))
            books.save("subscription", subscription)
            return
        resume(books, subscription)
    is_first = subscription["activated_at"] is None
    if is_first:
        subscription |= {"state": "active", "activated_at": books.now}
    _bill_period(books, subscription, plan, "purchase" if is_first else "renewal")
    books.notify("subscription", "activated" if is_first else "renewed", subscription)


def cancel(books: Books, subscription: Json) -> None:
    """Let a subscription run out at its period's end."""
    ends = subscription["current_period_ends_at"]
    subscription |= {"state": "canceled", "canceled_at": books.now, "expires_at": ends, "auto_renew": False}
    books.save("subscription", subscription)
    books.notify("subscription", "canceled", subscription)


def reactivate(books: Books, subscription: Json) -> None:
    """Take a cancellation back."""
    subscription |= {"state": "active", "canceled_at": None, "expires_at": None, "auto_renew": True}
    books.save("subscription", subscription)
    books.notify("subscription", "reactivated", subscription)


def expire(books: Books, subscription: Json, why: str) -> None:
    """End a subscription now."""
    subscription |= {
        "state": "expired", "expires_at": books.now, "expiration_reason": why,
        "canceled_at": subscription["canceled_at"] or books.now,
    }  # fmt: skip
    accounting.ended(books, subscription)
    books.save("subscription", subscription)
    books.notify("subscription", "expired", subscription)


def terminate(books: Books, subscription: Json, refund: str) -> None:
    """End a subscription now and give back all ("full"), the unused part ("partial") or nothing of its period.

    Raises:
        refunding.Refusal: its last invoice cannot be refunded.
    """
    if refund != "none" and subscription["active_invoice_id"]:
        invoice = books.must("invoice", subscription["active_invoice_id"])
        amount = None
        if refund == "partial":
            begun, ends = (seconds(subscription[f"current_period_{word}_at"]) for word in ("started", "ends"))
            share = Decimal(max(0, ends - books.at)) / Decimal(ends - begun)
            amount = Decimal(text(Decimal(invoice["total"]) * share))
        refunding.refund(books, invoice, amount)
    expire(books, subscription, "terminated")


def pause(books: Books, subscription: Json, cycles: int) -> None:
    """Skip so many billings: what a pause asked for earlier is when its moment has come."""
    subscription |= {"state": "paused", "paused_at": books.now, "remaining_pause_cycles": cycles}
    books.save("subscription", subscription)
    books.notify("subscription", "paused", subscription)


def plan_pause(books: Books, subscription: Json, cycles: int) -> None:
    """Let a pause of so many billings begin with the next one, as the API does; 0 takes a planned pause back."""
    subscription |= {
        "paused_at": subscription["current_period_ends_at"] if cycles else None,
        "remaining_pause_cycles": cycles or None,
    }
    books.save("subscription", subscription)
    books.notify("subscription", "updated", subscription)


def resume(books: Books, subscription: Json) -> None:
    """End a pause."""
    subscription |= {"state": "active", "paused_at": None, "remaining_pause_cycles": None}
    books.save("subscription", subscription)
    books.notify("subscription", "resumed", subscription)


def worth(
    books: Books, subscription: Json, plan: Json, quantity: int, charge: str, credit: str
) -> tuple[Decimal, Decimal]:
    """Return what an immediate change charges for the new and credits for the old, before tax.

    `charge` and `credit` are none, prorated_amount or full_amount, as in Recurly's proration settings. A trial
    costs nothing; a period of another length begins anew and is charged in full.
    """
    if is_in_trial(books, subscription):
        return Decimal(0), Decimal(0)
    begun, ends = (seconds(subscription[f"current_period_{word}_at"]) for word in ("started", "ends"))
    share = Decimal(max(0, ends - books.at)) / Decimal(max(1, ends - begun))
    new = catalogue.price(plan, subscription["currency"]) * quantity
    old = Decimal(subscription["unit_amount"]) * subscription["quantity"]
    parts = {"none": Decimal(0), "full_amount": Decimal(1), "prorated_amount": share}
    part = Decimal(1) if charge != "none" and _is_other_length(books, subscription, plan) else parts[charge]
    return rounded(new * part), rounded(old * parts[credit])


def change(
    books: Books, subscription: Json, plan: Json, quantity: int, charged: Decimal, credited: Decimal
) -> tuple[Json | None, Json | None]:
    """Move a subscription to a plan and quantity now; return the charge invoice and the credit invoice of it."""
    begins_anew = _is_other_length(books, subscription, plan) and not is_in_trial(books, subscription)
    account, before = books.must("account", subscription["account_id"]), subscription["plan_id"]
    subscription |= {
        "plan_id": plan["id"], "quantity": quantity, "paused_at": None, "remaining_pause_cycles": None,
        "unit_amount": text(catalogue.price(plan, subscription["currency"])),
    }  # fmt: skip
    if begins_anew:
        _period(books, subscription, books.at, _next(books.at, plan))
    credit = charge = None
    if credited:
        old = f"{books.must('plan', before)['name']}, unused"
        credit = refunding.write_credit(
            books, account, credited, subscription["currency"], old, origin="immediate_change",
            subscription=subscription,
        )  # fmt: skip
    if charged:
        period = (books.at, seconds(subscription["current_period_ends_at"]))
        item = Item(plan["name"], charged, 1, Decimal(0), "plan", plan, subscription, period)
        charge = invoicing.bill(books, account, [item], subscription["currency"], origin="immediate_change")
        subscription["active_invoice_id"] = charge["id"]
    books.save("subscription", subscription)
    books.notify("subscription", "updated", subscription)
    return charge, credit


def is_in_trial(books: Books, subscription: Json) -> bool:
    """Say whether nothing was billed yet because the trial goes on."""
    trial = subscription["trial_ends_at"]
    return bool(trial) and seconds(trial) > books.at


def _is_other_length(books: Books, subscription: Json, plan: Json) -> bool:
    before = books.must("plan", subscription["plan_id"])
    return bool(before["interval_length"] != plan["interval_length"])


def _bill_period(books: Books, subscription: Json, plan: Json, origin: str) -> None:
    end = _next(books.at, plan)
    _period(books, subscription, books.at, end)
    account = books.must("account", subscription["account_id"])
    coupon = books.get("coupon", subscription["coupon_id"]) if subscription["coupon_id"] else None
    unit, quantity = Decimal(subscription["unit_amount"]), subscription["quantity"]
    accounting.runs(books, subscription, unit * quantity, plan["interval_length"])
    off = catalogue.discount(coupon, unit * quantity, subscription["currency"]) if coupon else Decimal(0)
    item = Item(plan["name"], unit, quantity, off, "plan", plan, subscription, (books.at, end))
    manual = subscription["net_terms"] if subscription["collection_method"] == "manual" else None
    invoice = invoicing.bill(
        books, account, [item], subscription["currency"], origin=origin, manual_days=manual, coupon=coupon,
        notes=subscription.get("customer_notes"), po_number=subscription.get("po_number"),
    )  # fmt: skip
    subscription["active_invoice_id"] = invoice["id"]
    books.save("subscription", subscription)


def _period(books: Books, subscription: Json, begun: int, ends: int) -> None:
    for word in ("period", "term"):
        subscription[f"current_{word}_started_at"] = moment(begun)
        subscription[f"current_{word}_ends_at"] = moment(ends)
    books.plan(ends, "renew", subscription=subscription["id"])


def _next(at: int, plan: Json) -> int:
    return months_after(at, plan["interval_length"])
