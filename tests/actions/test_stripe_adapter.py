"""The Stripe adapter against the emulated Stripe, by the official SDK."""

from collections.abc import Iterator

import pytest

from actions import acts
from actions.adapters.stripe import StripeActions
from actions.live import Live
from actions.ports import Effect, GatewayActions, Order
from actions.wiring import adapters
from billing.errors import BadCredential, NotFound, OutcomeUnknown, Refused, Transient
from billing.ids import GatewayRef, new_action_id
from billing.money import Money
from billing.settings_model import Settings
from billing.verbs import ObjectKind, Verb
from billing.vocabulary import EffectStatus
from gateways.stripe.api import StripeApi

from .conftest import Sandbox, World, eur, stripe_settings

REASON = "requested_by_customer"


def _order(charge: str, amount: Money, reason: str, action: str) -> Order:
    ref = GatewayRef("stripe", "stripe_eu", charge)
    return Order(action, ref, acts.Refund(amount=amount), amount, reason)


def refund(gateway: GatewayActions, charge: str, amount: Money, reason: str, action: str) -> Effect:
    return gateway.handlers[Verb.REFUND].send(_order(charge, amount, reason, action))


def find(gateway: GatewayActions, charge: str, action: str) -> Effect | None:
    return gateway.handlers[Verb.REFUND].find(_order(charge, eur("1"), REASON, action))


def read(gateway: GatewayActions, charge: str) -> Live:
    return gateway.read(ObjectKind.CHARGE, charge)


def refundable(live: Live) -> Money:
    return live.ceilings[Verb.REFUND]


@pytest.fixture
def gateway(world: World) -> Iterator[GatewayActions]:
    return adapters(world.settings)["stripe", "stripe_eu"]


@pytest.mark.parametrize(
    ("in_stripe_units", "money"),
    [
        (4900, Money(4900, "EUR")),
        (5400, Money(5400, "JPY")),
        (12500, Money(12500, "KWD")),
        (690000, Money(6900, "ISK")),
    ],
)
def test_amounts_are_iso_minor_units_on_our_side(
    world: World, gateway: GatewayActions, in_stripe_units: int, money: Money
) -> None:
    charge = world.charge(in_stripe_units, money.currency.lower())
    live = read(gateway, charge.id)
    assert refundable(live) == money
    before = world.refunded(money.currency)
    outcome = refund(gateway, charge.id, money, REASON, new_action_id())
    assert (outcome.status, outcome.amount) == (EffectStatus.SUCCEEDED, money)
    assert outcome.after is not None
    assert outcome.after["amount_refunded"] == in_stripe_units
    assert refundable(read(gateway, charge.id)) == Money(0, money.currency)
    assert world.refunds(charge)[0].amount == in_stripe_units
    assert world.refunded(money.currency) - before == money.minor


@pytest.mark.parametrize(("reason", "told"), [("duplicate", "duplicate"), ("goodwill", None)])
def test_stripe_is_told_its_own_reasons_and_our_action(
    world: World, gateway: GatewayActions, reason: str, told: str | None
) -> None:
    charge = world.charge()
    outcome = refund(gateway, charge.id, eur("20"), reason, "action1" + charge.id)
    (made,) = world.refunds(charge)
    assert made.reason == told
    assert made.metadata is not None
    assert made.metadata.to_dict() == {
        "billhouse_action_id": "action1" + charge.id,
        "billhouse_reason": reason,
    }
    assert world.sent()[0]["idempotency_key"] == "billhouse-action1" + charge.id
    assert (outcome.request_id or "").startswith("req_")


def test_the_same_action_twice_is_one_refund(world: World, gateway: GatewayActions) -> None:
    charge, action = world.charge(), new_action_id()
    first = refund(gateway, charge.id, eur("20"), REASON, action)
    assert refund(gateway, charge.id, eur("20"), REASON, action).made_id == first.made_id
    assert len(world.refunds(charge)) == 1
    with pytest.raises(OutcomeUnknown):
        refund(gateway, charge.id, eur("10"), REASON, action)


def test_a_refund_is_found_by_its_action_on_any_page(world: World, gateway: GatewayActions) -> None:
    charge, action = world.charge(20_000), new_action_id()
    assert find(gateway, charge.id, action) is None
    refund(gateway, charge.id, eur("1"), REASON, action)
    for _ in range(101):
        world.stripe.v1.refunds.create({"charge": charge.id, "amount": 1})
    found = find(gateway, charge.id, action)
    assert found is not None
    assert (found.amount, found.status) == (eur("1"), EffectStatus.SUCCEEDED)
    assert find(gateway, charge.id, new_action_id()) is None


def test_what_was_only_authorized_cannot_come_back(world: World, gateway: GatewayActions) -> None:
    intent = world.stripe.v1.payment_intents.create(
        {"amount": 10_000, "currency": "eur", "payment_method": "pm_card_visa", "confirm": True,
         "capture_method": "manual"}
    )  # fmt: skip
    charge = str(intent.latest_charge)
    live = read(gateway, charge)
    assert "authorized, not captured" in (live.why_not(Verb.REFUND) or "")
    assert live.ceilings[Verb.CAPTURE] == eur("100")
    world.stripe.v1.payment_intents.capture(intent.id, {"amount_to_capture": 6_000})
    live = read(gateway, charge)
    assert (live.why_not(Verb.REFUND), refundable(live)) == (None, eur("60"))
    assert live.why_not(Verb.CAPTURE)


@pytest.mark.parametrize("fate", ["pending", "pending_then_succeeds"])
def test_a_pending_refund_is_pending(world: World, gateway: GatewayActions, fate: str) -> None:
    charge = world.charge(metadata={"sandbox_refund": fate})
    assert refund(gateway, charge.id, eur("20"), REASON, new_action_id()).status is EffectStatus.PENDING


def test_a_failed_charge_is_not_paid(world: World, gateway: GatewayActions) -> None:
    charge = world.charge(payment_method="pm_card_chargeDeclinedInsufficientFunds")
    live = read(gateway, charge.id)
    assert "never paid" in (live.why_not(Verb.REFUND) or "")
    with pytest.raises(Refused) as refusal:
        refund(gateway, charge.id, eur("20"), REASON, new_action_id())
    assert refusal.value.code == "charge_not_refundable"


def test_errors_come_in_our_words(world: World, gateway: GatewayActions) -> None:
    with pytest.raises(NotFound):
        read(gateway, "ch_none")
    with pytest.raises(Refused):
        refund(gateway, "ch_none", eur("20"), REASON, new_action_id())
    with pytest.raises(Refused, match="greater than unrefunded amount"):
        refund(gateway, world.charge().id, eur("50"), REASON, new_action_id())


def test_a_key_that_stripe_does_not_know_moves_nothing(world: World) -> None:
    text = stripe_settings(world.sandbox.url)
    text["gateways"]["stripe"][0]["secret_key"] = "sk_test_other"
    account = Settings.model_validate(text).gateways.stripe[0]
    gateway, charge = StripeActions(StripeApi(account, patience=5)), world.charge()
    with pytest.raises(BadCredential):
        read(gateway, charge.id)
    with pytest.raises(BadCredential) as refusal:
        refund(gateway, charge.id, eur("20"), REASON, new_action_id())
    assert "sk_test" not in str(refusal.value)
    assert world.refunds(charge) == []


@pytest.mark.parametrize(
    ("kind", "error", "made"),
    [
        ("429", Transient, 0),
        ("500", OutcomeUnknown, 0),
        ("timeout_before", OutcomeUnknown, 0),
        ("timeout_after", OutcomeUnknown, 1),
        ("cut", OutcomeUnknown, 1),
        ("truncate", OutcomeUnknown, 1),
    ],
)
def test_a_write_is_sent_once_and_its_silence_is_unknown(
    world: World, gateway: GatewayActions, kind: str, error: type[Exception], made: int
) -> None:
    charge = world.charge()
    world.fault(kind)
    with pytest.raises(error):
        refund(gateway, charge.id, eur("20"), REASON, new_action_id())
    assert len(world.sent()) == 1
    assert len(world.refunds(charge)) == made


@pytest.mark.parametrize("kind", ["429", "500", "cut", "truncate", "timeout_before"])
def test_a_look_is_repeated(world: World, gateway: GatewayActions, kind: str) -> None:
    charge = world.charge()
    world.fault(kind, f"/stripe/v1/charges/{charge.id}", "GET")
    assert refundable(read(gateway, charge.id)) == eur("49")


def test_a_dispute_is_one_only_while_the_bank_has_the_money(sandbox: Sandbox) -> None:
    settings = Settings.model_validate(stripe_settings(sandbox.url))
    gateway = adapters(settings)["stripe", "stripe_eu"]
    api = StripeApi(settings.gateways.stripe[0])
    disputes = [one for page in api.pages("/v1/disputes") for one in page]
    held = {"needs_response", "under_review", "lost"}
    expected = {one["charge"]: one["status"] in held for one in disputes}
    assert set(expected.values()) == {True, False}, "the company has disputes of both kinds"
    found = {
        charge: "disputes this charge" in (read(gateway, charge).why_not(Verb.REFUND) or "")
        for charge in expected
    }
    assert found == expected
