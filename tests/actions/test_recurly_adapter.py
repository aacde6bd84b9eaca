"""What is particular to Recurly: keys of an hour, refunds of invoices, exact totals, whole captures, pauses."""

from collections.abc import Iterator
from typing import Any

import pytest

from actions import acts
from actions.ports import Effect, GatewayActions, Order
from actions.wiring import adapters
from billing.errors import NotFound, Refused
from billing.ids import GatewayRef, new_action_id
from billing.money import Money
from billing.settings_model import Settings
from billing.verbs import ObjectKind, Verb
from billing.vocabulary import EffectStatus
from tests.actions.conftest import STAFF
from tests.actions.counters.recurly import BAD, EUR_20, Counter
from tests.conftest import Sandbox, start_sandbox

K = ObjectKind
HOUR = 3700


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """A sandbox whose clock may be moved, by days."""
    running = start_sandbox(tmp_path_factory.mktemp("recurly") / "state", "--customers", "1")
    yield running
    running.stop()


@pytest.fixture
def till(own: Sandbox) -> Counter:
    own.forget("requests")
    return Counter(own)


@pytest.fixture
def recurly(till: Counter) -> GatewayActions:
    settings = Settings.model_validate({**STAFF, "gateways": {"recurly": [till.settings()]}})
    return adapters(settings)["recurly", till.account]


def order(recurly: GatewayActions, kind: ObjectKind, object_id: str, act: acts.Act) -> Order:
    """The order as the service makes it: with what was read just before."""
    live = recurly.read(kind, object_id)
    amount = acts.amount_of(act) or live.ceilings.get(act.verb)
    ref = GatewayRef("recurly", "recurly_main", object_id)
    return Order(
        new_action_id(), ref, acts.with_amount(act, amount) if amount else act, amount, "other", live.raw
    )


def send(recurly: GatewayActions, one: Order) -> Effect:
    return recurly.handlers[one.act.verb].send(one)


def writes(own: Sandbox) -> list[Any]:
    """The requests that could have changed something, previews left out."""
    return [
        one
        for one in own.control("requests?prefix=/recurly")
        if one["method"] != "GET" and not one["path"].endswith("/preview")
    ]


@pytest.mark.parametrize("seconds", [60, HOUR])
def test_the_same_order_is_done_once_also_when_the_key_is_forgotten(
    own: Sandbox, till: Counter, recurly: GatewayActions, seconds: int
) -> None:
    case = till.case(Verb.REFUND)
    one = order(recurly, K.CHARGE, case.target.id, case.act)
    first = send(recurly, one)
    own.control("clock", advance_seconds=seconds)
    again = send(recurly, one)
    assert (again.made_id, again.amount, case.count()) == (first.made_id, EUR_20, 1)


def test_a_refund_goes_to_the_card_in_parts_until_nothing_is_left(
    till: Counter, recurly: GatewayActions
) -> None:
    taken = till.paid()["transactions"][0]["id"]
    for minor in (2000, 1500, 1400):
        live = recurly.read(K.CHARGE, taken)
        assert live.ceilings[Verb.REFUND].minor >= minor
        effect = send(recurly, order(recurly, K.CHARGE, taken, acts.Refund(amount=Money(minor, "EUR"))))
        assert effect.status is EffectStatus.SUCCEEDED
        refund = till.send("GET", f"/transactions/{effect.made_id}")
        assert (refund["type"], refund["original_transaction_id"]) == ("refund", taken)
        assert Money(minor, "EUR") == effect.amount
    live = recurly.read(K.CHARGE, taken)
    assert (live.ceilings[Verb.REFUND].minor, live.obstacles[Verb.REFUND]) == (
        0,
        "All 49.00 EUR of this charge are refunded already.",
    )


def test_unsettled_money_is_stopped_and_that_is_no_refund(till: Counter, recurly: GatewayActions) -> None:
    taken = till.paid()["transactions"][0]["id"]
    one = order(recurly, K.CHARGE, taken, acts.Refund())
    effect = send(recurly, one)
    assert (effect.status, effect.raw_status, effect.made_id) == (EffectStatus.SUCCEEDED, "void", None)
    assert effect.explanation is not None
    assert "had not settled" in effect.explanation
    found = recurly.handlers[Verb.REFUND].find(one)
    assert found is not None
    assert (found.status, found.amount) == (EffectStatus.SUCCEEDED, Money(4900, "EUR"))
    assert "stopped" in recurly.read(K.CHARGE, taken).obstacles[Verb.REFUND]


def test_a_refund_that_does_not_reach_the_card_fails_although_its_credit_exists(
    own: Sandbox, till: Counter, recurly: GatewayActions
) -> None:
    """Priya's refund of yesterday is on its way, and comes back in four days; it is taken for ours by its note."""
    path = "/accounts/code-priya/invoices?type=credit"
    credit = next(one for one in till.every(path) if one["total"] == -5.0)
    [refund] = credit["transactions"]
    act = acts.Refund(amount=Money(500, "GBP"))
    one = order(recurly, K.CHARGE, refund["original_transaction_id"], act)
    find = recurly.handlers[Verb.REFUND].find
    assert find(one) is None, "a credit without our note is not ours"
    till.send("PUT", f"/invoices/{credit['id']}", {"customer_notes": f"billhouse-{one.action_id}"})
    pending = find(one)
    assert pending is not None
    assert (pending.status, pending.made_id) == (EffectStatus.PENDING, refund["id"])
    own.control("clock", advance_days=5)
    failed = find(one)
    assert failed is not None
    assert failed.status is EffectStatus.FAILED
    assert failed.explanation == "The refund was rejected by the card's bank"


def test_credit_that_stays_on_the_account_is_no_refund(till: Counter, recurly: GatewayActions) -> None:
    sold = till.paid()
    one = order(recurly, K.CHARGE, sold["transactions"][0]["id"], acts.Refund(amount=EUR_20))
    wish = {"type": "amount", "amount": 20, "refund_method": "all_credit"}
    notes = {"credit_customer_notes": f"billhouse-{one.action_id}"}
    till.send("POST", f"/invoices/{sold['id']}/refund", wish | notes)
    found = recurly.handlers[Verb.REFUND].find(one)
    assert found is not None
    assert (found.status, found.made_id) == (EffectStatus.FAILED, None)


def test_credit_of_the_account_is_not_spent_by_a_charge(own: Sandbox, recurly: GatewayActions) -> None:
    till = Counter(own)
    account = till.customer(country="AR")
    sold = till.bought(account, "30.00")
    wish = {"type": "amount", "amount": 30, "refund_method": "all_credit"}
    till.send("POST", f"/invoices/{sold['id']}/refund", wish)
    act = acts.Charge(amount=EUR_20, description="Extra hour")
    effect = send(recurly, order(recurly, K.CUSTOMER, account["id"], act))
    made = till.send("GET", f"/transactions/{effect.made_id}")
    assert (made["amount"], made["status"]) == (20.0, "success")


@pytest.mark.parametrize("minor", [1, 2, 99, 1000, 1003, 2001, 119, 123_457])
def test_a_charge_takes_exactly_its_amount_tax_inside(
    till: Counter, recurly: GatewayActions, minor: int
) -> None:
    """At 19 % some totals are those of no net price: they get a line of one untaxed cent."""
    account = till.customer()["id"]
    act = acts.Charge(amount=Money(minor, "EUR"), description="Extra hour")
    effect = send(recurly, order(recurly, K.CUSTOMER, account, act))
    assert (effect.status, effect.amount) == (EffectStatus.SUCCEEDED, Money(minor, "EUR"))
    [invoice] = till.every(f"/accounts/{account}/invoices")
    assert round(invoice["total"] * 100) == minor
    assert invoice["tax"] > 0 or minor < 3


def test_a_declined_card_is_a_refusal_and_leaves_no_invoice(till: Counter, recurly: GatewayActions) -> None:
    account = till.customer(card=BAD)["id"]
    for act in (
        acts.Charge(amount=EUR_20, description="Extra hour"),
        acts.Authorize(amount=EUR_20, description="Deposit"),
        acts.CreateSubscription(plan_id=till.send("GET", "/plans/code-solo-monthly")["id"]),
    ):
        with pytest.raises(Refused) as refused:
            send(recurly, order(recurly, K.CUSTOMER, account, act))
        assert refused.value.code == "declined"
    assert till.every(f"/accounts/{account}/invoices") == []
    assert till.every(f"/accounts/{account}/subscriptions") == []
    assert {one["status"] for one in till.every(f"/accounts/{account}/transactions")} == {"declined"}


def test_a_new_try_that_is_declined_moves_nothing(till: Counter, recurly: GatewayActions) -> None:
    invoice = till.bought(till.customer(card=BAD), net_terms=5)["id"]
    one = order(recurly, K.INVOICE, invoice, acts.RetryPayment())
    with pytest.raises(Refused):
        send(recurly, one)
    found = recurly.handlers[Verb.RETRY_PAYMENT].find(one)
    assert found is not None
    assert found.status is EffectStatus.FAILED
    assert found.explanation == "The transaction was declined"
    by_hand = till.bought(till.customer(), collection_method="manual", net_terms=5)["id"]
    assert "by hand" in recurly.read(K.INVOICE, by_hand).obstacles[Verb.RETRY_PAYMENT]


def test_a_part_of_an_authorization_cannot_be_captured(
    own: Sandbox, till: Counter, recurly: GatewayActions
) -> None:
    held = till.held()["id"]
    own.forget("requests")
    with pytest.raises(Refused, match=r"49\.00 EUR"):
        send(recurly, order(recurly, K.CHARGE, held, acts.Capture(amount=EUR_20)))
    assert writes(own) == []
    effect = send(recurly, order(recurly, K.CHARGE, held, acts.Capture()))
    assert (effect.amount, effect.made_id != held) == (Money(4900, "EUR"), True)
    assert "charge of its own" in str(recurly.read(K.CHARGE, held).obstacles[Verb.REFUND])
    assert recurly.read(K.CHARGE, str(effect.made_id)).ceilings[Verb.REFUND] == Money(4900, "EUR")


def test_a_link_signs_the_customer_in_and_a_payment_has_its_own_page(
    till: Counter, recurly: GatewayActions
) -> None:
    account = till.customer()
    token = account["hosted_login_token"]
    link = send(recurly, order(recurly, K.CUSTOMER, account["id"], acts.CardUpdateLink()))
    assert link.url == f"https://lampa-sandbox.recurly.com/account/billing_info/edit?ht={token}"
    act = acts.RequestPayment(amount=EUR_20, description="Extra hour")
    asked = send(recurly, order(recurly, K.CUSTOMER, account["id"], act))
    number = till.send("GET", f"/invoices/{asked.made_id}")["number"]
    assert asked.url == f"https://lampa-sandbox.recurly.com/account/invoices/{number}?ht={token}"


def test_a_pause_begins_with_the_next_billing_and_can_be_taken_back(
    till: Counter, recurly: GatewayActions
) -> None:
    found = till.subscription()
    paused = send(recurly, order(recurly, K.SUBSCRIPTION, found["id"], acts.PauseSubscription()))
    assert paused.raw_status == "active"
    assert paused.explanation is not None
    assert found["current_period_ends_at"][:10] in paused.explanation
    live = recurly.read(K.SUBSCRIPTION, found["id"])
    assert Verb.PAUSE_SUBSCRIPTION in live.obstacles
    assert Verb.RESUME_SUBSCRIPTION not in live.obstacles
    send(recurly, order(recurly, K.SUBSCRIPTION, found["id"], acts.ResumeSubscription()))
    assert till.send("GET", f"/subscriptions/{found['id']}")["remaining_pause_cycles"] is None
    trial = till.subscription(trial_ends_at="2099-01-01T00:00:00Z")
    assert "trial" in recurly.read(K.SUBSCRIPTION, trial["id"]).obstacles[Verb.PAUSE_SUBSCRIPTION]


def test_a_pause_that_goes_on_is_ended(own: Sandbox, till: Counter, recurly: GatewayActions) -> None:
    found = till.subscription()
    send(recurly, order(recurly, K.SUBSCRIPTION, found["id"], acts.PauseSubscription()))
    own.control("clock", advance_days=35)
    assert till.send("GET", f"/subscriptions/{found['id']}")["state"] == "paused"
    send(recurly, order(recurly, K.SUBSCRIPTION, found["id"], acts.ResumeSubscription()))
    assert till.send("GET", f"/subscriptions/{found['id']}")["state"] == "active"


def test_a_subscription_ends_at_once_without_a_refund(till: Counter, recurly: GatewayActions) -> None:
    found = till.subscription()
    act = acts.CancelSubscription(at_period_end=False)
    assert send(recurly, order(recurly, K.SUBSCRIPTION, found["id"], act)).raw_status == "expired"
    invoice = till.send("GET", f"/invoices/{found['active_invoice_id']}")
    assert (invoice["state"], invoice["refundable_amount"]) == ("paid", invoice["total"])


@pytest.mark.parametrize("is_prorated", [True, False])
def test_a_change_of_plan_costs_what_it_says(
    till: Counter, recurly: GatewayActions, is_prorated: bool
) -> None:
    found = till.subscription()
    plan = till.send("GET", "/plans/code-studio-monthly")["id"]
    act = acts.ChangePlan(plan_id=plan, is_prorated=is_prorated)
    effect = send(recurly, order(recurly, K.SUBSCRIPTION, found["id"], act))
    made = {kind for kind, _ in effect.touched}
    assert made == ({"subscription", "invoice"} if is_prorated else {"subscription"})
    invoices = till.every(f"/accounts/{found['account']['id']}/invoices")
    assert len(invoices) == (3 if is_prorated else 1)


def test_a_coupon_of_accounts_changes_no_other_subscription(till: Counter, recurly: GatewayActions) -> None:
    found, coupon = till.subscription(), till.coupon("account")
    act = acts.ApplyCoupon(coupon_id=coupon["id"])
    applied = send(recurly, order(recurly, K.SUBSCRIPTION, found["id"], act))
    assert applied.explanation == "it counts for the whole account"
    till.send(
        "POST",
        "/subscriptions",
        {"account": {"code": found["account"]["code"]}, "plan_code": "studio-monthly", "currency": "EUR"},
    )
    with pytest.raises(Refused, match="other subscriptions"):
        send(recurly, order(recurly, K.SUBSCRIPTION, found["id"], acts.RemoveCoupon()))
    other = acts.ApplyCoupon(coupon_id=till.coupon("account")["id"])
    with pytest.raises(Refused, match="other subscriptions"):
        send(recurly, order(recurly, K.SUBSCRIPTION, found["id"], other))


def test_a_new_subscription_has_its_trial_its_coupon_and_the_accounts_currency(
    till: Counter, recurly: GatewayActions
) -> None:
    account, coupon = till.customer(country="US"), till.coupon()
    usd = {"type": "charge", "currency": "USD", "unit_amount": 5, "description": "Kit"}
    sold = {"currency": "USD", "account": {"code": account["code"]}, "line_items": [usd]}
    till.send("POST", "/purchases", sold)
    plan = till.send("GET", "/plans/code-solo-monthly")["id"]
    act = acts.CreateSubscription(plan_id=plan, trial_days=400, coupon_id=coupon["id"])
    effect = send(recurly, order(recurly, K.CUSTOMER, account["id"], act))
    made = till.send("GET", f"/subscriptions/{effect.made_id}")
    assert (made["currency"], made["trial_ends_at"] is not None) == ("USD", True)
    assert [one["coupon"]["id"] for one in made["coupon_redemptions"]] == [coupon["id"]]


def test_what_the_log_keeps_says_nothing_of_the_person(till: Counter, recurly: GatewayActions) -> None:
    account = till.customer()
    kept = str(recurly.read(K.CUSTOMER, account["id"]).raw)
    for secret in (account["email"], "Old Street", account["hosted_login_token"], "1111", account["code"]):
        assert secret not in kept
    with pytest.raises(NotFound):
        recurly.read(K.DISPUTE, "x")
