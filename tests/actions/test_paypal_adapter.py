"""What is particular to PayPal: keys that end, refunds without a list, kept methods, consent, invoices by mail."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime

import pytest

from actions import acts
from actions.adapters.paypal.sending import from_paypal, to_paypal
from actions.ports import Effect, GatewayActions, Order
from actions.wiring import adapters
from billing.errors import Refused, Transient
from billing.ids import GatewayRef, new_action_id
from billing.money import Money, MoneyError
from billing.settings_model import Settings
from billing.verbs import ObjectKind, Verb
from billing.vocabulary import EffectStatus
from tests.actions.conftest import STAFF
from tests.actions.counters.paypal import EUR_20, PAYER, Counter
from tests.conftest import Sandbox, start_sandbox


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """A sandbox whose clock may be moved, by hours."""
    running = start_sandbox(tmp_path_factory.mktemp("paypal") / "state", "--customers", "1")
    yield running
    running.stop()


@pytest.fixture
def till(own: Sandbox) -> Counter:
    own.forget("faults")
    return Counter(own)


@pytest.fixture
def paypal(till: Counter) -> GatewayActions:
    return connected(till)


def connected(till: Counter) -> GatewayActions:
    """The adapter of the counter's account."""
    settings = Settings.model_validate({**STAFF, "gateways": {"paypal": [till.settings()]}})
    return adapters(settings)["paypal", till.account]


def order(paypal: GatewayActions, kind: ObjectKind, object_id: str, act: acts.Act) -> Order:
    """The order as the service makes it: with what was read just before."""
    live = paypal.read(kind, object_id)
    amount = acts.amount_of(act) or live.ceilings.get(act.verb)
    ref = GatewayRef("paypal", "paypal_main", object_id)
    return Order(
        new_action_id(), ref, acts.with_amount(act, amount) if amount else act, amount, "other", live.raw
    )


def send(paypal: GatewayActions, one: Order) -> Effect:
    return paypal.handlers[one.act.verb].send(one)


def find(paypal: GatewayActions, one: Order) -> Effect | None:
    return paypal.handlers[one.act.verb].find(one)


@pytest.mark.parametrize(
    ("money", "value"),
    [
        (Money(2000, "EUR"), "20.00"),
        (Money(5, "EUR"), "0.05"),
        (Money(1950, "JPY"), "1950"),
        (Money(10000, "HUF"), "100"),
    ],
)
def test_money_is_written_as_paypal_takes_it(money: Money, value: str) -> None:
    assert to_paypal(money) == {"currency_code": money.currency, "value": value}
    assert from_paypal(to_paypal(money)) == money


def test_an_amount_that_paypal_has_not_is_refused_before_it_is_sent() -> None:
    with pytest.raises(MoneyError):
        to_paypal(Money(10050, "HUF"))


def test_a_full_refund_after_its_key_ended_is_found_and_not_made_again(
    fresh_sandbox: Callable[..., Sandbox],
) -> None:
    own = fresh_sandbox("--customers", "1")
    till = Counter(own)
    paypal = connected(till)
    one = order(paypal, ObjectKind.CHARGE, till.capture(), acts.Refund())
    assert one.amount == Money(4900, "EUR")
    first = send(paypal, one)
    assert send(paypal, one).made_id == first.made_id, "PayPal replays its key"
    own.control("clock", advance_days=46)
    late = send(paypal, one)
    assert (late.made_id, late.status) == (first.made_id, EffectStatus.SUCCEEDED)
    another = replace(one, action_id=new_action_id())
    with pytest.raises(Refused) as refused:
        send(paypal, another)
    assert refused.value.code == "CAPTURE_FULLY_REFUNDED"


def test_several_refunds_of_a_charge_are_told_apart(paypal: GatewayActions, till: Counter) -> None:
    charge = till.capture()
    orders = [order(paypal, ObjectKind.CHARGE, charge, acts.Refund(amount=EUR_20)) for _ in range(2)]
    made = [send(paypal, one).made_id for one in orders]
    assert [effect.made_id for one in orders if (effect := find(paypal, one))] == made
    live = paypal.read(ObjectKind.CHARGE, charge)
    assert live.ceilings[Verb.REFUND] == Money(900, "EUR")


def test_a_subscriptions_payment_has_no_order_and_its_refund_is_found_all_the_same(
    paypal: GatewayActions, till: Counter
) -> None:
    subscription = till.subscription()
    bounds = {"start_time": "2020-01-01T00:00:00Z", "end_time": "2099-01-01T00:00:00Z"}
    path = f"/v1/billing/subscriptions/{subscription}/transactions"
    charge = till.get(path, **bounds)["transactions"][0]["id"]
    one = order(paypal, ObjectKind.CHARGE, charge, acts.Refund(amount=Money(900, "EUR")))
    assert find(paypal, one) is None
    made = send(paypal, one)
    found = find(paypal, one)
    assert found is not None
    assert found.made_id == made.made_id
    left = paypal.read(ObjectKind.CHARGE, charge).ceilings[Verb.REFUND]
    assert Money.parse(one.before["amount"].split()[0], "EUR") - left == Money(900, "EUR")


def test_a_refund_that_nothing_tells_of_yet_stays_open(
    own: Sandbox, paypal: GatewayActions, till: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without events, until the report has caught up: something went back, and it may have been ours."""
    subscription = till.subscription()
    bounds = {"start_time": "2020-01-01T00:00:00Z", "end_time": "2099-01-01T00:00:00Z"}
    path = f"/v1/billing/subscriptions/{subscription}/transactions"
    charge = till.get(path, **bounds)["transactions"][0]["id"]
    one = order(paypal, ObjectKind.CHARGE, charge, acts.Refund(amount=Money(900, "EUR")))
    made = send(paypal, one)
    monkeypatch.setattr("gateways.paypal.api.PaypalApi.events", lambda *_args, **_filters: iter(()))
    with pytest.raises(Transient, match="report"):
        find(paypal, one)
    own.control("clock", advance_seconds=4 * 3600)
    monkeypatch.setattr("billing.clock.now", lambda: _emulated(own))
    found = find(paypal, one)
    assert found is not None
    assert found.made_id == made.made_id


def test_a_partial_capture_is_the_last_one_and_has_our_number(paypal: GatewayActions, till: Counter) -> None:
    one = order(paypal, ObjectKind.CHARGE, till.authorization(), acts.Capture(amount=EUR_20))
    made = send(paypal, one)
    assert made.explanation == "PayPal releases the rest"
    assert till.get(f"/v2/payments/captures/{made.made_id}")["invoice_id"] == one.action_id
    assert till.get(f"/v2/payments/authorizations/{one.target.id}")["status"] == "CAPTURED"


def test_a_charge_of_a_kept_method_is_found_after_its_key_ended(
    own: Sandbox, paypal: GatewayActions, till: Counter
) -> None:
    act = acts.Charge(amount=EUR_20, description="Print", method_id=till.deed("vault"))
    one = order(paypal, ObjectKind.CUSTOMER, PAYER, act)
    made = send(paypal, one)
    own.control("clock", advance_seconds=7 * 3600)
    found = find(paypal, one)
    assert found is not None
    assert found.made_id == made.made_id
    assert find(paypal, replace(one, action_id=new_action_id())) is None


def test_a_kept_method_must_be_named(paypal: GatewayActions) -> None:
    one = order(paypal, ObjectKind.CUSTOMER, PAYER, acts.Charge(amount=EUR_20, description="Print"))
    with pytest.raises(Refused, match="vault id"):
        send(paypal, one)


def test_a_change_of_plan_waits_for_the_subscriber(paypal: GatewayActions, till: Counter) -> None:
    subscription = till.subscription()
    one = order(paypal, ObjectKind.SUBSCRIPTION, subscription, acts.ChangePlan(plan_id=till.plans()[-1]))
    proposed = send(paypal, one)
    assert proposed.status is EffectStatus.PENDING
    assert proposed.url
    assert find(paypal, one) is None
    till.deed("approve_revision", id=subscription)
    agreed = find(paypal, one)
    assert agreed is not None
    assert agreed.status is EffectStatus.SUCCEEDED


def test_a_new_subscription_waits_for_its_subscriber(paypal: GatewayActions, till: Counter) -> None:
    act = acts.CreateSubscription(plan_id=till.plans()[0], quantity=2, trial_days=14)
    one = order(paypal, ObjectKind.CUSTOMER, PAYER, act)
    made = send(paypal, one)
    assert (made.status, bool(made.url)) == (EffectStatus.PENDING, True)
    till.deed("approve_subscription", id=str(made.made_id))
    agreed = find(paypal, one)
    assert agreed is not None
    assert (agreed.status, agreed.made_id) == (EffectStatus.SUCCEEDED, made.made_id)
    bounds = {"start_time": "2020-01-01T00:00:00Z", "end_time": "2099-01-01T00:00:00Z"}
    path = f"/v1/billing/subscriptions/{made.made_id}/transactions"
    assert till.get(path, **bounds)["transactions"] == [], "its first payment is due in fourteen days"


def test_a_subscription_is_not_cancelled_for_later(paypal: GatewayActions, till: Counter) -> None:
    act = acts.CancelSubscription(at_period_end=True)
    one = order(paypal, ObjectKind.SUBSCRIPTION, till.subscription(), act)
    with pytest.raises(Refused, match="at once"):
        send(paypal, one)
    assert find(paypal, one) is None


def test_what_is_due_on_a_suspended_subscription_can_be_collected(
    paypal: GatewayActions, till: Counter
) -> None:
    subscription = till.subscription(is_due=True)
    till.post(f"/v1/billing/subscriptions/{subscription}/suspend", {"reason": "By hand."})
    one = order(paypal, ObjectKind.SUBSCRIPTION, subscription, acts.RetryPayment())
    assert paypal.read(ObjectKind.SUBSCRIPTION, subscription).why_not(Verb.RETRY_PAYMENT) is None
    assert one.amount is not None
    assert send(paypal, one).status is EffectStatus.SUCCEEDED


def test_a_declined_try_has_failed(paypal: GatewayActions, till: Counter) -> None:
    subscription = till.subscription(is_due=True)
    one = order(paypal, ObjectKind.SUBSCRIPTION, subscription, acts.RetryPayment())
    till.deed("empty_purse", id=subscription)
    assert send(paypal, one).status is EffectStatus.FAILED


@pytest.mark.parametrize(
    ("to", "is_sent"), [(None, True), ("Bea@Example.com", True), ("other@example.com", False)]
)
def test_an_invoice_is_mailed_to_its_own_addresses(
    paypal: GatewayActions, till: Counter, to: str | None, is_sent: bool
) -> None:
    one = order(paypal, ObjectKind.INVOICE, till.invoice(), acts.SendInvoice(to=to))
    if is_sent:
        assert send(paypal, one).status is EffectStatus.SUCCEEDED
        return
    with pytest.raises(Refused, match="addresses"):
        send(paypal, one)


def test_long_evidence_goes_in_pieces(paypal: GatewayActions, till: Counter) -> None:
    dispute = till.dispute()
    one = order(paypal, ObjectKind.DISPUTE, dispute, acts.SubmitEvidence(text="x" * 2000 + "y" * 500))
    send(paypal, one)
    notes = [evidence["notes"] for evidence in till.get(f"/v1/customer/disputes/{dispute}")["evidences"]]
    assert [len(note) for note in notes] == [2000, 500]
    assert find(paypal, one) is not None


def test_a_requested_payment_is_paid_by_its_link(paypal: GatewayActions, till: Counter) -> None:
    one = order(paypal, ObjectKind.CUSTOMER, PAYER, acts.RequestPayment(amount=EUR_20, description="Print"))
    made = send(paypal, one)
    assert str(made.url).startswith("https://www.paypal.com/invoice/p/")
    assert send(paypal, one).made_id == made.made_id
    till.deed("pay_invoice", id=str(made.made_id))
    assert till.get(f"/v2/invoicing/invoices/{made.made_id}")["status"] == "PAID"


def _emulated(own: Sandbox) -> datetime:
    """The emulator's present moment."""
    return datetime.fromisoformat(own.control("clock")["now"])
