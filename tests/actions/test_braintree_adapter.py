"""What is particular to Braintree: keys that may not be allowed, batches, kept declines, ends by cycles."""

from collections.abc import Iterator
from typing import Any

import pytest

from actions import acts
from actions.adapters.braintree import BraintreeActions
from actions.ports import Effect, Order
from billing.errors import NotFound, OutcomeUnknown, Refused
from billing.ids import GatewayRef, new_action_id
from billing.money import Money
from billing.settings_model import BraintreeAccount
from billing.verbs import ObjectKind, Verb
from billing.vocabulary import EffectStatus
from gateways.braintree.api import BraintreeApi
from tests.actions.counters.braintree import CHEAPER, TEXT, Counter
from tests.conftest import Sandbox

KINDS = {
    Verb.REFUND: ObjectKind.CHARGE,
    Verb.VOID: ObjectKind.CHARGE,
    Verb.CAPTURE: ObjectKind.CHARGE,
    Verb.CHARGE: ObjectKind.CUSTOMER,
    Verb.CREATE_SUBSCRIPTION: ObjectKind.CUSTOMER,
    Verb.SUBMIT_EVIDENCE: ObjectKind.DISPUTE,
}


class Shop:
    """The emulated Braintree, its counter, and our adapter on it."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.till = Counter(sandbox)
        self.sdk = self.till.sdk
        account = BraintreeAccount.model_validate(self.till.settings())
        self.ours = BraintreeActions(BraintreeApi(account, patience=8.0))

    def deed(self, deed: str, **more: Any) -> None:
        self.sandbox.control("act", vendor="braintree", deed=deed, **more)

    def order(self, id: str, act: Any, amount: Money | None = None) -> Order:
        """Return an order as the service makes it: with what was read just before."""
        kind = KINDS.get(act.verb, ObjectKind.SUBSCRIPTION)
        live = self.ours.read(kind, id)
        amount = amount or acts.amount_of(act) or live.ceilings.get(act.verb)
        ref = GatewayRef("braintree", self.till.account, id)
        return Order(new_action_id(), ref, act, amount, "requested_by_customer", live.raw)

    def send(self, id: str, act: Any) -> Effect:
        return self.again(self.order(id, act))

    def again(self, order: Order) -> Effect:
        return self.ours.handlers[order.act.verb].send(order)

    def why_not(self, kind: ObjectKind, id: str, verb: Verb) -> str:
        return self.ours.read(kind, id).why_not(verb) or ""


@pytest.fixture
def shop(emulator: Sandbox) -> Iterator[Shop]:
    emulator.forget("faults")
    shop = Shop(emulator)
    yield shop
    emulator.forget("faults")
    shop.deed("request_keys", allowed=True)


def eur(text: str) -> Money:
    return Money.parse(text, "EUR")


def test_several_refunds_until_nothing_is_left(shop: Shop) -> None:
    sale = shop.till.sale(is_settled=True).id
    assert shop.send(sale, acts.Refund(amount=eur("9.00"))).status is EffectStatus.PENDING
    rest = shop.send(sale, acts.Refund())
    assert rest.amount == eur("40.00")
    assert (
        shop.why_not(ObjectKind.CHARGE, sale, Verb.REFUND)
        == "All 49.00 EUR of this charge are refunded already."
    )
    # What the bank refuses at settlement can be given back again.
    shop.sdk.testing.settlement_decline_transaction(rest.made_id)
    assert shop.ours.read(ObjectKind.CHARGE, sale).ceilings[Verb.REFUND] == eur("40.00")
    with pytest.raises(NotFound, match="is a refund"):
        shop.ours.read(ObjectKind.CHARGE, str(rest.made_id))


def test_a_refund_is_followed_until_its_batch_is_settled(shop: Shop) -> None:
    order = shop.order(shop.till.sale(is_settled=True).id, acts.Refund())
    made = shop.again(order)
    assert made.explanation == "it settles with Braintree's next batch"
    find = shop.ours.handlers[Verb.REFUND].find
    shop.sdk.testing.settle_transaction(made.made_id)
    found = find(order)
    assert found is not None
    assert (found.status, found.made_id) == (EffectStatus.SUCCEEDED, made.made_id)


def test_before_its_batch_a_sale_is_voided_and_not_refunded(shop: Shop) -> None:
    sale = shop.till.sale().id
    assert "it can only be voided" in shop.why_not(ObjectKind.CHARGE, sale, Verb.REFUND)
    assert shop.send(sale, acts.Void()).raw_status == "voided"
    assert shop.sdk.transaction.find(sale).status == "voided"


@pytest.mark.parametrize("allowed", [True, False])
def test_a_repeat_makes_nothing_new(shop: Shop, allowed: bool) -> None:
    """With a key Braintree sees to it; where keys are not allowed we look before we send."""
    shop.deed("request_keys", allowed=allowed)
    sale = shop.order(shop.till.sale(is_settled=True).id, acts.Refund(amount=eur("5.00")))
    customer = shop.till.customer().id
    charge = shop.order(customer, acts.Charge(amount=eur("12.00"), description="Icons"))
    for order in (sale, charge):
        assert shop.again(order).made_id == shop.again(order).made_id
    assert len(shop.sdk.transaction.find(sale.target.id).refund_ids) == 1


def test_a_key_that_was_used_for_something_else_is_no_refusal(shop: Shop) -> None:
    order = shop.order(shop.till.sale(is_settled=True).id, acts.Refund(amount=eur("5.00")))
    shop.again(order)
    other = Order(order.action_id, order.target, order.act, eur("6.00"), order.reason, order.before)
    with pytest.raises(OutcomeUnknown, match="915232"):
        shop.again(other)


def test_a_declined_charge_is_kept_by_braintree_and_failed_with_the_banks_words(shop: Shop) -> None:
    customer = shop.till.customer().id
    made = shop.send(customer, acts.Charge(amount=eur("2001.00"), description="Studio package"))
    assert (made.status, made.explanation) == (EffectStatus.FAILED, "Insufficient Funds, 2001")
    assert shop.sdk.transaction.find(made.made_id).status == "processor_declined"


def test_a_chosen_method_pays_and_one_of_somebody_else_is_refused(shop: Shop) -> None:
    customer, other = shop.till.customer(), shop.till.customer()
    second = shop.sdk.payment_method.create(
        {"customer_id": customer.id, "payment_method_nonce": "fake-valid-mastercard-nonce"}
    ).payment_method
    act = acts.Charge(amount=Money(5400, "JPY"), description="x" * 200, method_id=second.token)
    made = shop.sdk.transaction.find(shop.send(customer.id, act).made_id)
    assert (made.credit_card_details.token, str(made.amount), made.merchant_account_id) == (
        second.token, "5400", "lampa_jpy",
    )  # fmt: skip
    with pytest.raises(Refused, match="91516"):
        shop.send(other.id, act)
    with pytest.raises(Refused, match="no merchant account for CHF"):
        shop.send(customer.id, acts.Charge(amount=Money(100, "CHF"), description="Icons"))


def test_paypal_gives_an_authorization_in_parts(shop: Shop) -> None:
    held = shop.till.sale(submit=False, payment_method_nonce="fake-paypal-one-time-nonce").id
    first = shop.order(held, acts.Capture(amount=eur("20.00")))
    made = shop.again(first)
    assert made.made_id not in (None, held)
    assert shop.again(first).made_id == made.made_id
    found = shop.ours.handlers[Verb.CAPTURE].find(first)
    assert found is not None
    assert found.made_id == made.made_id
    rest = shop.send(held, acts.Capture())
    assert rest.amount == eur("29.00")
    assert shop.sdk.transaction.find(held).partial_settlement_transaction_ids == [made.made_id, rest.made_id]


def test_it_ends_with_its_period_and_goes_on_again(shop: Shop) -> None:
    made = shop.till.subscription()
    order = shop.order(made.id, acts.CancelSubscription(at_period_end=True))
    shop.again(order)
    assert shop.ours.handlers[Verb.CANCEL_SUBSCRIPTION].find(order) is not None
    found = shop.sdk.subscription.find(made.id)
    assert (found.status, found.number_of_billing_cycles, found.next_billing_date) == ("Active", 1, None)
    assert shop.again(order).raw_status == "Active"
    shop.send(made.id, acts.ResumeSubscription())
    found = shop.sdk.subscription.find(made.id)
    assert found.never_expires
    assert found.next_billing_date is not None


def test_a_trial_has_no_paid_period_to_end_with(shop: Shop) -> None:
    trial = shop.send(shop.till.customer().id, acts.CreateSubscription(plan_id="pro_month_eur", trial_days=7))
    assert shop.sdk.subscription.find(trial.made_id).trial_duration == 7
    with pytest.raises(Refused, match="cancel it at once"):
        shop.send(str(trial.made_id), acts.CancelSubscription(at_period_end=True))
    shop.send(str(trial.made_id), acts.CancelSubscription(at_period_end=False))
    assert shop.sdk.subscription.find(trial.made_id).status == "Canceled"


def test_a_subscription_whose_first_payment_is_declined_does_not_begin(shop: Shop) -> None:
    customer = shop.till.customer()
    shop.deed("decline_card", id=customer.credit_cards[0].token, code="2000")
    order = shop.order(customer.id, acts.CreateSubscription(plan_id="pro_month_eur"))
    with pytest.raises(Refused, match="Do Not Honor"):
        shop.again(order)
    assert shop.ours.handlers[Verb.CREATE_SUBSCRIPTION].find(order) is None


def test_an_upgrade_that_cannot_be_paid_changes_nothing(shop: Shop) -> None:
    made = shop.till.subscription(CHEAPER, trial_period=False)
    token = made.payment_method_token
    upgrade = acts.ChangePlan(plan_id="pro_month_eur")
    shop.deed("decline_card", id=token, code="2000")
    with pytest.raises(Refused, match="2000"):
        shop.send(made.id, upgrade)
    assert shop.sdk.subscription.find(made.id).plan_id == CHEAPER
    for act in (acts.ChangePlan(plan_id="none"), acts.ChangePlan(plan_id="pro_month_eur", quantity=2)):
        with pytest.raises(Refused):
            shop.send(made.id, act)


def test_while_it_is_past_due_its_price_cannot_change(shop: Shop) -> None:
    made = shop.till.subscription()
    shop.sdk.testing.make_past_due(made.id)
    for verb in (Verb.CHANGE_PLAN, Verb.APPLY_COUPON):
        assert "past due" in shop.why_not(ObjectKind.SUBSCRIPTION, made.id, verb)
    order = shop.order(made.id, acts.RetryPayment())
    assert order.amount == eur("49.00")
    paid = shop.again(order)
    assert paid.status is EffectStatus.SUCCEEDED
    assert shop.again(order).made_id == paid.made_id, "it is looked for before it is sent"
    assert shop.sdk.subscription.find(made.id).status == "Active"


def test_of_several_discounts_none_is_taken_off(shop: Shop) -> None:
    made = shop.till.subscription(
        discounts={"add": [{"inherited_from_id": name} for name in ("welcome5", "loyal10")]}
    )
    words = shop.why_not(ObjectKind.SUBSCRIPTION, made.id, Verb.REMOVE_COUPON)
    assert "welcome5, loyal10" in words


def test_a_text_that_was_attached_before_the_line_broke_is_not_attached_twice(shop: Shop) -> None:
    order = shop.order(shop.till.dispute(), acts.SubmitEvidence(text=TEXT))
    shop.sandbox.control("faults", path="*/finalize", method="PUT", kind="timeout_before")
    with pytest.raises(OutcomeUnknown):
        shop.again(order)
    assert shop.ours.handlers[Verb.SUBMIT_EVIDENCE].find(order) is None
    assert shop.again(order).raw_status == "disputed"
    found = shop.sdk.dispute.find(order.target.id)
    assert (found.status, [piece.comment for piece in found.evidence]) == ("disputed", [TEXT])
