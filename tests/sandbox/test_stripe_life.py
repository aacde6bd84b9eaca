"""What the emulated Stripe does by itself as the clock moves, and what subscriptions and payments can be told."""

import time
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
import stripe

from sandbox import ledger
from sandbox.stripe import life
from sandbox.stripe.subscribing import months_after, next_period

DAY = 86_400


def one_of(desk: Any, email: str, path: str = "/subscriptions", account: str = "stripe_eu") -> dict[str, Any]:
    """The newest object of a customer."""
    customer = desk.every("/customers", account, email=email)[0]["id"]
    extra = {"status": "all"} if path == "/subscriptions" else {}
    found: dict[str, Any] = desk.every(path, account, customer=customer, **extra)[0]
    return found


def test_a_month_renews_everybody_each_at_their_own_time(desk: Any) -> None:
    before = one_of(desk, "sofia@example.com")
    charged = ledger.major(desk.state, "stripe", "stripe_eu", "charged")["EUR"]
    now = desk.clock.timestamp()
    life.advance(desk.state, desk.clock, 31 * DAY)
    assert abs(desk.clock.timestamp() - now - 31 * DAY) < 60
    after = one_of(desk, "sofia@example.com")
    period = after["items"]["data"][0]
    assert period["current_period_start"] == before["items"]["data"][0]["current_period_end"]
    assert after["latest_invoice"] != before["latest_invoice"]
    invoice = one_of(desk, "sofia@example.com", "/invoices")
    assert (invoice["billing_reason"], invoice["status"]) == ("subscription_cycle", "paid")
    assert invoice["created"] == period["current_period_start"]
    assert invoice["status_transitions"]["paid_at"] == invoice["created"] + 3600
    assert invoice["total_taxes"][0]["amount"] == 980  # 25 % within 49.00
    assert ledger.major(desk.state, "stripe", "stripe_eu", "charged")["EUR"] > charged
    renewals = [one["created"] for one in desk.every("/charges") if one["created"] > now]
    assert len(set(renewals)) > len(renewals) // 2


def test_a_declined_card_is_tried_again_and_the_subscription_ends_at_last(desk: Any) -> None:
    maria = one_of(desk, "maria@example.com")
    assert maria["status"] == "past_due"
    invoice = one_of(desk, "maria@example.com", "/invoices")
    assert invoice["status"] == "open"
    assert invoice["next_payment_attempt"] > desk.clock.timestamp()
    life.advance(desk.state, desk.clock, 16 * DAY)
    after = one_of(desk, "maria@example.com")
    assert (after["status"], after["cancellation_details"]["reason"]) == ("canceled", "payment_failed")
    failed = [one for one in desk.every("/charges", customer=maria["customer"]) if one["status"] == "failed"]
    assert len(failed) == 4
    assert {one["payment_intent"] for one in failed} == {failed[0]["payment_intent"]}


def test_a_trial_becomes_a_paid_subscription(desk: Any) -> None:
    assert one_of(desk, "mia@example.com", account="stripe_us")["status"] == "trialing"
    life.advance(desk.state, desk.clock, 6 * DAY)
    after = one_of(desk, "mia@example.com", account="stripe_us")
    assert after["status"] == "active"
    charge = one_of(desk, "mia@example.com", "/charges", "stripe_us")
    assert charge["amount"] == 4900 + 435  # 8.875 % sales tax on top


def test_cancel_at_period_end_can_be_set_taken_back_and_takes_effect(desk: Any) -> None:
    before = one_of(desk, "sofia@example.com")
    ending = desk.eu.v1.subscriptions.update(
        before["id"], {"cancel_at_period_end": True, "cancellation_details": {"feedback": "too_expensive"}}
    )
    assert ending.cancel_at_period_end
    assert ending.cancel_at == before["items"]["data"][0]["current_period_end"]
    assert ending.cancellation_details.feedback == "too_expensive"
    back = desk.eu.v1.subscriptions.update(before["id"], {"cancel_at_period_end": False})
    assert (back.cancel_at_period_end, back.cancel_at, back.canceled_at) == (False, None, None)
    desk.eu.v1.subscriptions.update(before["id"], {"cancel_at_period_end": True})
    life.advance(desk.state, desk.clock, 32 * DAY)
    assert desk.eu.v1.subscriptions.retrieve(before["id"]).status == "canceled"


def test_canceling_now_ends_the_subscription_once(desk: Any) -> None:
    id = one_of(desk, "pieter@example.com")["id"]
    assert desk.eu.v1.subscriptions.cancel(id).status == "canceled"
    assert desk.eu.v1.events.list({"limit": 1}).data[0].type == "customer.subscription.deleted"
    with pytest.raises(stripe.InvalidRequestError, match="No such subscription"):
        desk.eu.v1.subscriptions.cancel(id)


def test_an_upgrade_is_prorated_to_the_second(desk: Any) -> None:
    pieter = desk.every("/customers", email="pieter@example.com")[0]
    invoices = desk.every("/invoices", customer=pieter["id"])
    upgrade = next(one for one in invoices if one["billing_reason"] == "subscription_update")
    credit, debit = (line for line in upgrade["lines"]["data"])
    assert credit["parent"]["invoice_item_details"]["proration"]
    item = one_of(desk, "pieter@example.com")["items"]["data"][0]
    share = Decimal(credit["period"]["end"] - credit["period"]["start"]) / Decimal(
        months_after(credit["period"]["end"], 0) - months_after(credit["period"]["end"], -1)
    )
    assert abs(credit["amount"] + 1900 * share) <= 1
    assert abs(debit["amount"] - 4900 * share) <= 1
    assert upgrade["total"] == credit["amount"] + debit["amount"]
    assert item["price"]["unit_amount"] == 4900


def test_payment_intents_authorise_capture_cancel_and_decline(desk: Any) -> None:
    client = desk.eu.v1.payment_intents
    customer = desk.every("/customers", email="sofia@example.com")[0]["id"]
    ask = {
        "amount": 2500,
        "currency": "eur",
        "customer": customer,
        "confirm": True,
        "capture_method": "manual",
    }
    intent = client.create({**ask, "payment_method": "pm_card_visa"})
    assert (intent.status, intent.amount_capturable) == ("requires_capture", 2500)
    captured = client.capture(intent.id, {"amount_to_capture": 2000})
    assert (captured.status, captured.amount_received) == ("succeeded", 2000)
    charge = desk.eu.v1.charges.retrieve(captured.latest_charge)
    assert (charge.captured, charge.amount_captured, charge.refunded) == (True, 2000, False)
    with pytest.raises(stripe.InvalidRequestError, match=r"unrefunded amount on charge \(€20.00\)"):
        desk.eu.v1.refunds.create({"charge": charge.id, "amount": 2001})
    released = client.cancel(client.create({**ask, "payment_method": "pm_card_visa"}).id)
    assert released.status == "canceled"
    assert desk.every("/refunds", payment_intent=released.id) == []
    with pytest.raises(stripe.CardError) as refusal:
        client.create({**ask, "payment_method": "pm_card_chargeDeclinedInsufficientFunds"})
    assert refusal.value.error.decline_code == "insufficient_funds"
    assert desk.eu.v1.charges.list({"limit": 1}).data[0].failure_code == "card_declined"
    with pytest.raises(stripe.InvalidRequestError, match="unknown parameter: payment_method_types"):
        client.create({**ask, "payment_method_types": ["card"]})


def test_an_authorisation_is_released_after_seven_days(desk: Any) -> None:
    reserved = next(one for one in desk.every("/charges") if one["paid"] and not one["captured"])
    charged = ledger.major(desk.state, "stripe", "stripe_eu", "charged")
    desk.state.execute("delete from agenda where what != 'expire_authorisation'")
    life.advance(desk.state, desk.clock, 8 * DAY)
    assert desk.eu.v1.payment_intents.retrieve(reserved["payment_intent"]).status == "canceled"
    assert "charge.expired" in {one["type"] for one in desk.every("/events")}
    assert ledger.major(desk.state, "stripe", "stripe_eu", "charged") == charged


def test_a_fee_that_was_unknown_is_known_two_days_later(desk: Any) -> None:
    unsettled = next(
        one for one in desk.every("/charges") if one["captured"] and not one["balance_transaction"]
    )
    life.advance(desk.state, desk.clock, 2 * DAY)
    after = desk.eu.v1.charges.retrieve(unsettled["id"], {"expand": ["balance_transaction"]})
    assert after.balance_transaction.fee > 0


def test_customers_change_get_tax_ids_and_go(desk: Any) -> None:
    client = desk.eu.v1.customers
    home = {"city": "Bonn", "country": "DE"}
    made = client.create({"email": "new@example.com", "name": "New", "address": home, "metadata": {"a": "1"}})
    assert (made.address.city, made.address.line1, made.metadata.to_dict()) == ("Bonn", None, {"a": "1"})
    changed = client.update(made.id, {"email": "newer@example.com", "metadata": {"a": "", "b": "2"}})
    assert (changed.email, changed.name, changed.metadata.to_dict()) == (
        "newer@example.com",
        "New",
        {"b": "2"},
    )
    assert [one["id"] for one in desk.every("/customers", email="newer@example.com")] == [made.id]
    event = desk.eu.v1.events.list({"type": "customer.updated", "limit": 1}).data[0]
    assert event.data.previous_attributes.to_dict() == {"email": "new@example.com", "metadata": {"a": "1"}}
    tax_id = client.tax_ids.create(made.id, {"type": "eu_vat", "value": "DE136695976"})
    assert (tax_id.country, tax_id.verification.status) == ("DE", "pending")
    assert client.delete(made.id).deleted
    with pytest.raises(stripe.InvalidRequestError, match="No such customer"):
        client.update(made.id, {"name": "Gone"})


def test_coupons_can_be_made_once(desk: Any) -> None:
    made = desk.eu.v1.coupons.create({"id": "SPRING", "percent_off": 25.5, "duration": "once"})
    assert (made.id, made.percent_off, made.valid) == ("SPRING", 25.5, True)
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        desk.eu.v1.coupons.create({"id": "SPRING", "percent_off": 5})
    assert refusal.value.code == "resource_already_exists"


def test_invoices_can_be_credited_voided_and_written_off(desk: Any) -> None:
    open_one = desk.every("/invoices", status="open", collection_method="send_invoice")[0]
    before = ledger.major(desk.state, "stripe", "stripe_eu", "invoiced")["EUR"]
    note = desk.eu.v1.credit_notes.create({"invoice": open_one["id"], "amount": 1000})
    assert (note.type, note.pre_payment_amount) == ("pre_payment", 1000)
    after = desk.eu.v1.invoices.retrieve(open_one["id"])
    assert after.amount_remaining == open_one["amount_remaining"] - 1000
    assert ledger.major(desk.state, "stripe", "stripe_eu", "invoiced")["EUR"] == before
    desk.eu.v1.invoices.void_invoice(open_one["id"])
    gone = Decimal(open_one["total"]) / 100
    assert ledger.major(desk.state, "stripe", "stripe_eu", "invoiced")["EUR"] == before - gone


def test_half_a_year_goes_by_in_good_order(desk: Any) -> None:
    began = time.monotonic()
    life.advance(desk.state, desk.clock, 180 * DAY)
    assert time.monotonic() - began < 30
    assert all(one["status"] != "trialing" for one in desk.every("/subscriptions", status="all"))


@pytest.mark.parametrize(
    ("anchor", "expected"),
    [
        ("2024-01-31", ["2024-02-29", "2024-03-31", "2024-04-30"]),
        ("2025-11-15", ["2025-12-15", "2026-01-15"]),
    ],
)
def test_periods_are_counted_from_the_anchor(anchor: str, expected: list[str]) -> None:
    first = int(datetime.fromisoformat(anchor).replace(tzinfo=UTC).timestamp())
    price, start = {"recurring": {"interval": "month"}}, first
    for day in expected:
        start = next_period(first, start, price)
        assert datetime.fromtimestamp(start, UTC).date().isoformat() == day
    year = next_period(first, first, {"recurring": {"interval": "year"}})
    assert year == months_after(first, 12)
