"""Refunds at the emulated Stripe: money, events, ledger, refusals in Stripe's words, late failures, keys."""

from decimal import Decimal
from typing import Any

import pytest
import stripe

from sandbox import ledger
from sandbox.stripe import idempotency, life

DAY = 86_400


def paid_charge(desk: Any, email: str = "sofia@example.com", account: str = "stripe_eu") -> dict[str, Any]:
    """The newest refundable charge of a customer."""
    customer = desk.every("/customers", account, email=email)[0]["id"]
    charges = desk.every("/charges", account, customer=customer)
    return next(one for one in charges if one["paid"] and one["captured"])


def booked(desk: Any, measure: str, currency: str = "EUR", account: str = "stripe_eu") -> Decimal:
    return ledger.major(desk.state, "stripe", account, measure).get(currency, Decimal(0))


def test_a_partial_refund_moves_money_once_everywhere(desk: Any) -> None:
    charge = paid_charge(desk)
    refunded, net = booked(desk, "refunded"), booked(desk, "net")
    ask = {"charge": charge["id"], "amount": 1000, "reason": "requested_by_customer"}
    refund = desk.eu.v1.refunds.create({**ask, "metadata": {"billhouse": "a1"}})
    assert (refund.status, refund.amount, refund.payment_intent) == (
        "succeeded",
        1000,
        charge["payment_intent"],
    )
    moved = desk.eu.v1.balance_transactions.retrieve(refund.balance_transaction)
    assert (moved.type, moved.amount, moved.net) == ("refund", -1000, -1000)
    after = desk.eu.v1.charges.retrieve(charge["id"])
    assert (after.amount_refunded, after.refunded) == (1000, False)
    assert booked(desk, "refunded") - refunded == Decimal("10.00")
    assert booked(desk, "net") - net == Decimal("-10.00")
    events = [one["type"] for one in desk.every("/events")[:2]]
    assert sorted(events) == ["charge.refunded", "refund.created"]
    changed = desk.eu.v1.refunds.update(refund.id, {"metadata": {"note": "x"}})
    assert changed.metadata.to_dict() == {"billhouse": "a1", "note": "x"}


def test_the_rest_is_refunded_by_payment_intent_without_an_amount(desk: Any) -> None:
    charge = paid_charge(desk)
    desk.eu.v1.refunds.create({"charge": charge["id"], "amount": 1})
    rest = desk.eu.v1.refunds.create({"payment_intent": charge["payment_intent"]})
    assert rest.amount == charge["amount"] - 1
    assert desk.eu.v1.charges.retrieve(charge["id"]).refunded
    with pytest.raises(stripe.InvalidRequestError, match="has already been refunded") as refusal:
        desk.eu.v1.refunds.create({"charge": charge["id"]})
    assert refusal.value.code == "charge_already_refunded"


def test_too_much_is_refused_in_stripes_words(desk: Any) -> None:
    charge = paid_charge(desk)
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        desk.eu.v1.refunds.create({"charge": charge["id"], "amount": charge["amount"] + 100})
    left = Decimal(charge["amount"]) / 100
    words = f"Refund amount (€{left + 1:.2f}) is greater than unrefunded amount on charge (€{left:.2f})"
    assert words in str(refusal.value)
    assert refusal.value.param == "amount"


@pytest.mark.parametrize("amount", ["0", "-5", "1.5"])
def test_amounts_that_are_no_amounts(desk: Any, amount: str) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        desk.eu.v1.refunds.create({"charge": paid_charge(desk)["id"], "amount": amount})
    assert (refusal.value.code, refusal.value.param) == ("parameter_invalid_integer", "amount")


def test_unknown_failed_uncaptured_and_disputed_charges(desk: Any) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="No such charge: 'ch_no'") as refusal:
        desk.eu.v1.refunds.create({"charge": "ch_no"})
    assert (refusal.value.http_status, refusal.value.code) == (404, "resource_missing")
    charges = desk.every("/charges")
    failed = next(one for one in charges if one["status"] == "failed")
    reserved = next(one for one in charges if one["paid"] and not one["captured"])
    for charge in (failed, reserved):
        with pytest.raises(stripe.InvalidRequestError) as refusal:
            desk.eu.v1.refunds.create({"charge": charge["id"]})
        assert refusal.value.code == "charge_not_refundable"
    for dispute in desk.every("/disputes"):
        if dispute["status"] in ("lost", "under_review"):
            with pytest.raises(stripe.InvalidRequestError, match="has been charged back") as refusal:
                desk.eu.v1.refunds.create({"charge": dispute["charge"]})
            assert refusal.value.code == "charge_disputed"
    inquiry = next(one for one in desk.every("/disputes") if one["status"] == "warning_needs_response")
    assert desk.eu.v1.refunds.create({"charge": inquiry["charge"]}).status == "succeeded"


def test_a_pending_refund_fails_when_its_day_comes_and_everything_is_taken_back(desk: Any) -> None:
    charge = paid_charge(desk)
    desk.eu.v1.charges.update(charge["id"], {"metadata": {"sandbox_refund": "pending"}})
    before = booked(desk, "refunded"), booked(desk, "net")
    refund = desk.eu.v1.refunds.create({"charge": charge["id"], "amount": 700})
    assert refund.status == "pending"
    assert booked(desk, "refunded") == before[0] + 7
    desk.state.execute(
        "delete from agenda where what != 'fail_refund' or cast(args as text) not like ?", (f"%{refund.id}%",)
    )
    life.advance(desk.state, desk.clock, 3 * DAY)
    after = desk.eu.v1.refunds.retrieve(refund.id)
    assert (after.status, after.failure_reason) == ("failed", "expired_or_canceled_card")
    back = desk.eu.v1.balance_transactions.retrieve(after.failure_balance_transaction)
    assert (back.type, back.amount) == ("refund_failure", 700)
    assert desk.eu.v1.charges.retrieve(charge["id"]).amount_refunded == charge["amount_refunded"]
    assert (booked(desk, "refunded"), booked(desk, "net")) == before
    assert {"refund.failed", "charge.refund.updated"} <= {one["type"] for one in desk.every("/events")[:4]}


def test_krona_yen_and_dinar_keep_stripes_own_minor_units(desk: Any) -> None:
    krona, yen = paid_charge(desk, "bjork@example.com"), paid_charge(desk, "kenji@example.com", "stripe_us")
    dinar = paid_charge(desk, "fatima@example.com", "stripe_us")
    for account, charge, amounts in (
        ("stripe_eu", krona, {690_000, 350_000}),
        ("stripe_us", yen, {5400, 1200}),
        ("stripe_us", dinar, {12_500, 4_250}),
    ):
        found = desk.every("/charges", account, customer=charge["customer"])
        assert {one["amount"] for one in found} == amounts
    before = booked(desk, "refunded", "ISK")
    desk.eu.v1.refunds.create({"charge": krona["id"], "amount": 100_000})
    assert booked(desk, "refunded", "ISK") - before == 1000
    minor = {(row["currency"], row["measure"]): row["minor"] for row in ledger.rows(desk.state)}
    assert minor["ISK", "refunded"] == 1000


def test_the_same_key_gives_the_same_answer_and_one_refund(desk: Any) -> None:
    charge = paid_charge(desk)
    ask = {"charge": charge["id"], "amount": 500}
    first = desk.eu.v1.refunds.create(ask, {"idempotency_key": "k1"})
    again = desk.eu.v1.refunds.create(ask, {"idempotency_key": "k1"})
    assert again.to_dict() == first.to_dict()
    assert again.last_response.headers["idempotent-replayed"] == "true"
    assert again.last_response.headers["original-request"] == first.last_response.headers["request-id"]
    assert desk.eu.v1.charges.retrieve(charge["id"]).amount_refunded == charge["amount_refunded"] + 500
    with pytest.raises(stripe.IdempotencyError, match="same parameters"):
        desk.eu.v1.refunds.create({**ask, "amount": 600}, {"idempotency_key": "k1"})


def test_a_refusal_is_kept_under_its_key_but_a_request_that_never_began_is_not(desk: Any) -> None:
    charge = paid_charge(desk)
    desk.eu.v1.refunds.create({"charge": charge["id"]})
    ids = []
    for _ in range(2):
        with pytest.raises(stripe.InvalidRequestError) as refusal:
            desk.eu.v1.refunds.create({"charge": charge["id"]}, {"idempotency_key": "k2"})
        ids.append(refusal.value.headers.get("idempotent-replayed"))
    assert ids == [None, "true"]
    with pytest.raises(stripe.InvalidRequestError):
        desk.eu.v1.refunds.create({"charge": charge["id"], "amount": "x"}, {"idempotency_key": "k3"})
    other = paid_charge(desk, "frieda@example.com")
    assert (
        desk.eu.v1.refunds.create({"charge": other["id"], "amount": 5}, {"idempotency_key": "k3"}).amount == 5
    )


def test_a_key_in_flight_is_a_conflict_and_a_day_later_it_is_free(desk: Any) -> None:
    charge = paid_charge(desk)
    ask = {"charge": charge["id"], "amount": 500}
    desk.eu.v1.refunds.create(ask, {"idempotency_key": "k4"})
    desk.state.execute("update idempotency set status = null, body = null where key = 'k4'")
    with pytest.raises(stripe.APIError) as refusal:
        desk.eu.v1.refunds.create(ask, {"idempotency_key": "k4"})
    assert (refusal.value.http_status, refusal.value.error.code) == (409, "idempotency_key_in_use")
    desk.clock.advance(idempotency.KEPT_SECONDS + 1)
    assert desk.eu.v1.refunds.create(ask, {"idempotency_key": "k4"}).amount == 500
    assert desk.eu.v1.charges.retrieve(charge["id"]).amount_refunded == charge["amount_refunded"] + 1000
