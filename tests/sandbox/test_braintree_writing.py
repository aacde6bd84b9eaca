"""What the emulated Braintree lets the official SDK change: keys, parts, subscriptions, retries, evidence."""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import orjson
import pytest
from braintree import ErrorCodes

from sandbox import ledger
from sandbox.braintree import disputes, keys, merchant
from sandbox.braintree.books import Books
from tests.conftest import ROOT
from tests.sandbox.braintree_desk import Desk, serving

SALE = {
    "amount": "30.00",
    "payment_method_nonce": "fake-valid-nonce",
    "options": {"submit_for_settlement": True},
}


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with serving(tmp_path, 4) as desk:
        yield desk


def codes(result: Any) -> list[str]:
    return [error.code for error in result.errors.deep_errors]


def customer(desk: Desk) -> Any:
    params = {"email": "writer@example.com", "payment_method_nonce": "fake-valid-nonce"}
    return desk.sdk.customer.create(params).customer


def begin(desk: Desk, plan: str = "pro_month_eur", **more: Any) -> Any:
    token = customer(desk).credit_cards[0].token
    return desk.sdk.subscription.create({"plan_id": plan, "payment_method_token": token, **more}).subscription


def declines(desk: Desk, token: str, code: str | None) -> None:
    """Let a card decline everything from now on, or nothing any more."""
    for one in desk.state.list("braintree", merchant.ACCOUNT, "customer"):
        if any(card["token"] == token for card in one["credit-cards"]):
            for card in one["credit-cards"]:
                card["_declines"] = code
            desk.state.put("braintree", merchant.ACCOUNT, "customer", one, created=desk.clock.timestamp())


def test_refusals_are_braintrees_own() -> None:
    def every(group: type) -> Iterator[str]:
        for value in vars(group).values():
            if isinstance(value, type):
                yield from every(value)
            elif isinstance(value, str):
                yield value

    used = {
        code
        for file in (ROOT / "sandbox" / "braintree").glob("*.py")
        for code in re.findall(r'"(9\d{4,5}|8\d{4,5})"', file.read_text())
    }
    assert len(used) > 40
    assert used <= set(every(ErrorCodes)), used - set(every(ErrorCodes))


def test_every_path_is_one_that_the_sdk_calls(specs: Path) -> None:
    told = orjson.loads((specs / "braintree.resources.json").read_bytes())["operations"]
    called = {(one["http"], one["path"]) for group in told.values() for one in group}
    served = (
        ("POST", "/subscriptions"),
        ("PUT", "/subscriptions/{subscription_id}"),
        ("POST", "/transactions/{transaction_id}/submit_for_partial_settlement"),
        ("POST", "/disputes/{dispute_id}/evidence"),
        ("DELETE", "/disputes/{dispute_id}/evidence/{evidence_id}"),
    )
    assert {(http, "/merchants/{merchant_id}" + path) for http, path in served} <= called


def test_a_key_does_a_thing_once_for_thirty_days(desk: Desk) -> None:
    sale = {**SALE, "order_id": "k", "api_request_key": "k-1"}
    first = desk.sdk.transaction.sale(dict(sale)).transaction
    assert desk.sdk.transaction.sale(dict(sale)).transaction.id == first.id
    desk.sdk.transaction.void(first.id, {"api_request_key": "k-2"})
    again = desk.sdk.transaction.sale(dict(sale)).transaction
    assert (again.id, again.status) == (first.id, "voided"), "a repeat tells the present state"
    assert desk.sdk.transaction.void(first.id, {"api_request_key": "k-2"}).transaction.status == "voided"
    assert codes(desk.sdk.transaction.void(first.id, {"api_request_key": "k-1"})) == ["915232"]
    assert codes(desk.sdk.transaction.sale({**sale, "api_request_key": "k" * 256})) == ["915230"]
    desk.clock.advance(30 * 86_400)
    assert desk.sdk.transaction.sale(dict(sale)).transaction.id != first.id
    desk.state.set_setting(keys.ALLOWED, False)
    assert codes(desk.sdk.transaction.sale(dict(sale))) == ["915231"]


def test_who_pays_is_checked(desk: Desk) -> None:
    buyer, other = customer(desk), customer(desk)
    sale = {"amount": "10.00", "customer_id": buyer.id}
    wrong = {**sale, "payment_method_token": other.credit_cards[0].token}
    assert codes(desk.sdk.transaction.sale(wrong)) == ["91516"]
    assert codes(desk.sdk.transaction.sale({**sale, "payment_method_token": "none"})) == ["91518"]
    assert codes(desk.sdk.transaction.sale({**sale, "customer_id": "none"})) == ["91510"]
    assert codes(desk.sdk.transaction.sale({**sale, "merchant_account_id": "none"})) == ["91513"]
    assert codes(desk.sdk.transaction.sale({**sale, "amount": "0"})) == ["81531"]
    empty = desk.sdk.customer.create({"email": "empty@example.com"}).customer
    assert codes(desk.sdk.transaction.sale({**sale, "customer_id": empty.id})) == ["91511"]
    assert codes(desk.sdk.customer.update(empty.id, {"email": "nonsense"})) == ["81604"]


def test_paypal_is_captured_in_parts_and_a_card_once(desk: Desk) -> None:
    held = {**SALE, "options": {}}
    card = desk.sdk.transaction.sale(dict(held)).transaction.id
    assert codes(desk.sdk.transaction.submit_for_partial_settlement(card, "10.00")) == ["915102"]
    assert desk.sdk.transaction.submit_for_settlement(card, "10.00").transaction.amount == 10
    assert codes(desk.sdk.transaction.submit_for_settlement(card, "10.00")) == ["91507"]
    paypal = desk.sdk.transaction.sale(
        {**held, "payment_method_nonce": "fake-paypal-one-time-nonce"}
    ).transaction.id
    part = desk.sdk.transaction.submit_for_partial_settlement(paypal, "10.00").transaction
    assert part.authorized_transaction_id == paypal
    assert codes(desk.sdk.transaction.submit_for_partial_settlement(paypal, "20.01")) == ["91522"]
    assert desk.sdk.transaction.submit_for_partial_settlement(paypal, "20.00").is_success


def test_a_subscription_ends_with_its_period_or_goes_on(desk: Desk) -> None:
    ending, going_on = begin(desk), begin(desk)
    for one in (ending, going_on):
        desk.sdk.subscription.update(one.id, {"number_of_billing_cycles": 1})
    desk.sdk.subscription.update(going_on.id, {"never_expires": True})
    assert codes(desk.sdk.subscription.update(ending.id, {"number_of_billing_cycles": 0})) == ["91907"]
    desk.pass_days(33)
    assert desk.sdk.subscription.find(ending.id).status == "Expired"
    found = desk.sdk.subscription.find(going_on.id)
    assert (found.status, found.current_billing_cycle, len(found.transactions)) == ("Active", 2, 2)
    assert codes(desk.sdk.subscription.update(ending.id, {"price": "1.00"})) == ["81910"]


def test_another_plan_needs_its_price_said_and_is_prorated(desk: Desk) -> None:
    made = begin(desk, "basic_month_eur", trial_period=False)
    kept = desk.sdk.subscription.update(made.id, {"plan_id": "pro_month_eur"}).subscription
    assert kept.price == 19
    dearer = {"price": "49.00", "options": {"prorate_charges": True}}
    found = desk.sdk.subscription.update(made.id, dearer).subscription
    days = (found.billing_period_end_date - found.billing_period_start_date).days + 1
    left = (found.billing_period_end_date - date.fromisoformat(desk.clock.now().date().isoformat())).days
    charged = found.transactions[0].amount
    assert charged == (Decimal(30) * left / days).quantize(Decimal("0.01"))
    cheaper = {"price": "19.00", "options": {"prorate_charges": True}}
    assert desk.sdk.subscription.update(made.id, cheaper).subscription.balance == -charged
    assert codes(desk.sdk.subscription.update(made.id, {"plan_id": "pro_month_usd"})) == ["91923"]
    assert codes(desk.sdk.subscription.update(made.id, {"plan_id": "none"})) == ["91904"]


def test_discounts_come_and_go(desk: Desk) -> None:
    made = begin(desk, discounts={"add": [{"inherited_from_id": "welcome5"}]})
    assert made.transactions[0].amount == 44
    add = {"discounts": {"add": [{"inherited_from_id": "welcome5"}]}}
    assert codes(desk.sdk.subscription.update(made.id, add)) == ["91911"]
    none = {"discounts": {"add": [{"inherited_from_id": "none"}]}}
    assert codes(desk.sdk.subscription.update(made.id, none)) == ["92013"]
    gone = {"discounts": {"remove": ["welcome5"]}}
    assert desk.sdk.subscription.update(made.id, gone).subscription.next_billing_period_amount == 49
    assert codes(desk.sdk.subscription.update(made.id, gone)) == ["92016"]


def test_a_declined_first_payment_leaves_no_subscription(desk: Desk) -> None:
    before = ledger.major(desk.state, "braintree", merchant.ACCOUNT, "charged")
    token = customer(desk).credit_cards[0].token
    declines(desk, token, "2000")
    result = desk.sdk.subscription.create(
        {"id": "mine", "plan_id": "pro_month_eur", "payment_method_token": token}
    )
    assert result.transaction.status == "processor_declined"
    assert not desk.state.get("braintree", merchant.ACCOUNT, "subscription", "mine")
    assert ledger.major(desk.state, "braintree", merchant.ACCOUNT, "charged") == before
    assert begin(desk, id="mine").id == "mine"
    token = customer(desk).credit_cards[0].token
    taken = {"id": "mine", "plan_id": "pro_month_eur", "payment_method_token": token}
    assert codes(desk.sdk.subscription.create(taken)) == ["81902"]


def test_what_is_due_is_retried_by_hand(desk: Desk) -> None:
    made = begin(desk)
    assert codes(desk.sdk.subscription.retry_charge(made.id)) == ["91531"]
    declines(desk, made.payment_method_token, "2001")
    desk.pass_days(32)
    failed = desk.sdk.subscription.find(made.id)
    assert (failed.status, failed.balance) == ("Past Due", 49)
    assert codes(desk.sdk.subscription.update(made.id, {"price": "1.00"})) == ["91920"]
    declines(desk, made.payment_method_token, None)
    paid = desk.sdk.subscription.retry_charge(made.id, None, True).transaction
    assert (paid.amount, paid.status) == (49, "submitted_for_settlement")
    found = desk.sdk.subscription.find(made.id)
    assert (found.status, found.balance, found.current_billing_cycle) == ("Active", 0, 2)
    desk.pass_days(10)
    assert len(desk.sdk.subscription.find(made.id).transactions) == len(found.transactions), (
        "not billed twice"
    )
    following = found.next_billing_date - date.fromisoformat(desk.clock.now().date().isoformat())
    desk.pass_days((following + timedelta(days=1)).days)
    assert desk.sdk.subscription.find(made.id).current_billing_cycle == 3


def test_evidence_is_for_open_disputes_and_goes_out_when_it_is_final(desk: Desk) -> None:
    sale = desk.of("settled")
    quarrel = disputes.begin(Books(desk.state, desk.clock.timestamp()), sale)["id"]
    kept = desk.sdk.dispute.add_text_evidence(quarrel, "It was delivered.").evidence
    gone = desk.sdk.dispute.add_text_evidence(quarrel, "A mistake.").evidence
    assert kept.sent_to_processor_at is None
    assert desk.sdk.dispute.remove_evidence(quarrel, gone.id).is_success
    desk.sdk.dispute.finalize(quarrel)
    found = desk.sdk.dispute.find(quarrel)
    assert [(piece.comment, bool(piece.sent_to_processor_at)) for piece in found.evidence] == [
        ("It was delivered.", True)
    ]
    assert codes(desk.sdk.dispute.add_text_evidence(quarrel, "Too late.")) == ["95701"]
    assert codes(desk.sdk.dispute.remove_evidence(quarrel, kept.id)) == ["95702"]
