"""Refunds from command to Stripe's books, with Stripe's bad days."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
import stripe
from sqlalchemy import Engine

from actions import store
from actions.outcomes import ActionResult
from actions.reconcile import follow, settle
from actions.service import perform
from actions.wiring import adapters, desk
from billing.ids import GatewayRef, new_action_id
from billing.money import Money
from billing.vocabulary import ActionStatus

from .conftest import Sandbox, World, command, eur, person, stripe_settings

Act = Callable[..., ActionResult]


@pytest.fixture
def act(engine: Engine, world: World) -> Act:
    """act(charge, name="ana", amount=...): carry out a refund against the emulated Stripe."""
    there = desk(world.settings, engine)

    def refund(charge: GatewayRef, name: str = "ana", **changes: Any) -> ActionResult:
        return perform(there, command(target=charge, **changes), person(name))

    return refund


def test_a_part_then_the_rest_then_nothing(act: Act, world: World) -> None:
    charge, before = world.charge(), world.refunded()
    part = act(charge, amount=eur("20"), seen=eur("49"))
    rest = act(charge, amount=None, seen=eur("29"))
    assert [(one.status, one.amount) for one in (part, rest)] == [
        (ActionStatus.SUCCEEDED, eur("20")),
        (ActionStatus.SUCCEEDED, eur("29")),
    ]
    assert act(charge, amount=eur("1")).rule == "charge.not_ready"
    assert {refund.id for refund in world.refunds(charge)} == {part.made_id, rest.made_id}
    assert world.refunded() - before == 4900
    assert len(world.sent()) == 2


def test_a_refund_made_elsewhere_is_noticed(act: Act, world: World) -> None:
    charge = world.charge()
    world.stripe.v1.refunds.create({"charge": charge.id, "amount": 1000})
    result = act(charge, amount=eur("20"), seen=eur("49"))
    assert result.rule == "charge.changed"
    assert "39.00 EUR is possible now, not 49.00 EUR" in result.message
    assert len(world.refunds(charge)) == 1


@pytest.mark.parametrize(
    ("payment", "name", "changes", "rule"),
    [
        ({}, "ana", {"amount": eur("49.01")}, "amount.too_much"),
        ({}, "ana", {"amount": eur("0")}, "amount.not_positive"),
        ({}, "ana", {"amount": eur("-1")}, "amount.not_positive"),
        ({}, "ana", {"amount": Money(100, "JPY")}, "currency.mismatch"),
        ({}, "ana", {"reason": ""}, "reason.missing"),
        ({"minor": 9000}, "ana", {"amount": None}, "limit.per_action"),
        ({"currency": "gbp"}, "ana", {"amount": None}, "limit.per_action"),
        ({}, "eve", {}, "role.none"),
        ({}, "rita", {}, "role.may_not"),
        ({"payment_method": "pm_card_chargeDeclined"}, "boris", {"amount": None}, "charge.not_ready"),
        ({"capture_method": "manual"}, "boris", {"amount": None}, "charge.not_ready"),
    ],
)
def test_bad_input_reaches_nobody(
    act: Act, world: World, payment: dict[str, Any], name: str, changes: dict[str, Any], rule: str
) -> None:
    result = act(world.charge(**payment), name, **changes)
    assert (result.status, result.rule) == (ActionStatus.DENIED, rule)
    assert world.sent() == []


def test_an_unknown_charge_is_said_to_be_unknown(act: Act, world: World) -> None:
    result = act(GatewayRef("stripe", "stripe_eu", "ch_none"))
    assert (result.rule, world.sent()) == ("charge.unknown", [])


@pytest.mark.parametrize(
    ("kind", "at_once", "in_the_end"),
    [
        ("429", ActionStatus.SUCCEEDED, ActionStatus.SUCCEEDED),
        ("500", ActionStatus.UNKNOWN, ActionStatus.FAILED),
        ("timeout_before", ActionStatus.UNKNOWN, ActionStatus.FAILED),
        ("timeout_after", ActionStatus.UNKNOWN, ActionStatus.SUCCEEDED),
        ("truncate", ActionStatus.UNKNOWN, ActionStatus.SUCCEEDED),
    ],
)
def test_a_bad_day_never_refunds_twice(
    engine: Engine, act: Act, world: World, kind: str, at_once: ActionStatus, in_the_end: ActionStatus
) -> None:
    charge, action_id, before = world.charge(), new_action_id(), world.refunded()
    world.fault(kind)
    assert act(charge, action_id=action_id).status is at_once
    sent = len(world.sent())
    assert sent == (2 if kind == "429" else 1)
    assert act(charge, action_id=action_id).is_replay
    settle(engine, adapters(world.settings), not_found_after=timedelta(0))
    end = act(charge, action_id=action_id)
    assert (end.status, end.is_replay) == (in_the_end, True)
    assert store.standing(engine) == []
    made = 1 if in_the_end is ActionStatus.SUCCEEDED else 0
    assert len(world.refunds(charge)) == made
    assert world.refunded() - before == 2000 * made
    assert len(world.sent()) == sent, "settling sends nothing"


def test_a_stripe_that_is_gone_leaves_nothing_behind(
    engine: Engine, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("actions.adapters.stripe.PATIENCE", 1.0)
    text = stripe_settings("http://127.0.0.1:9")
    settings = type(world.settings).model_validate(text)
    result = perform(desk(settings, engine), command(), person("ana"))
    assert result.rule == "gateway.unreachable"
    assert "Nothing was sent and nothing moved" in result.message
    assert store.standing(engine) == []


@pytest.mark.parametrize("names", [("ana", "ana"), ("ana", "boris")])
def test_clicks_at_once_are_one_refund(
    engine: Engine, act: Act, world: World, names: tuple[str, str]
) -> None:
    """The same person twice with one action id (a double click), or two people with one each."""
    charge, before = world.charge(), world.refunded()
    world.fault("delay", seconds=0.3)
    ids = [new_action_id()] * 2 if names[0] == names[1] else [new_action_id(), new_action_id()]
    with ThreadPoolExecutor(2) as pool:
        calls = [
            pool.submit(act, charge, name, action_id=action_id)
            for name, action_id in zip(names, ids, strict=True)
        ]
        results = [call.result() for call in calls]
    assert len(world.refunds(charge)) == 1
    assert world.refunded() - before == 2000
    second = next(one for one in results if one.is_replay or one.status is ActionStatus.DENIED)
    assert second.message
    if ids[0] != ids[1]:
        assert second.rule in ("charge.in_progress", "charge.overtaken")


def test_a_pending_refund_is_followed_until_stripe_is_done(
    engine: Engine, act: Act, fresh_sandbox: Callable[..., Sandbox], world: World
) -> None:
    alone = fresh_sandbox("--customers", "1")  # its clock moves, so it is nobody else's
    settings = type(world.settings).model_validate(stripe_settings(alone.url))
    gateways = adapters(settings)
    there = World(alone, settings, _client(alone))
    ends = {"pending_then_succeeds": ActionStatus.SUCCEEDED, "pending": ActionStatus.FAILED}
    asked = {
        fate: command(target=there.charge(metadata={"sandbox_refund": fate}), amount=eur("20"))
        for fate in ends
    }
    for each in asked.values():
        assert perform(desk(settings, engine), each, person("ana")).status is ActionStatus.PENDING
    assert follow(engine, gateways) == []
    alone.control("clock", advance_days=3)
    assert len(follow(engine, gateways)) == 2
    for fate, each in asked.items():
        assert perform(desk(settings, engine), each, person("ana")).status is ends[fate]


def _client(sandbox: Sandbox) -> Any:
    return stripe.StripeClient("sk_test_sandbox_eu", base_addresses={"api": f"{sandbox.url}/stripe"})


def test_fifty_at_once_are_one_refund(engine: Engine, act: Act, world: World) -> None:
    """Fifty submissions of one charge, each with an id of its own: one is done, the rest are told why not."""
    charge, before = world.charge(), world.refunded()
    with ThreadPoolExecutor(50) as pool:
        calls = [pool.submit(act, charge, "boris", amount=eur("49"), seen=eur("49")) for _ in range(50)]
        results = [call.result() for call in calls]
    done = [one for one in results if one.status is ActionStatus.SUCCEEDED]
    assert len(done) == 1
    rest = [one for one in results if one.status is not ActionStatus.SUCCEEDED]
    told = {"charge.in_progress", "charge.overtaken", "charge.not_ready", "charge.changed"}
    assert {one.rule for one in rest} <= told
    assert all(one.message.endswith(("confirm.", "again.", "Nothing was sent.")) for one in rest)
    assert world.refunded() - before == 4900
    assert len(world.sent()) == 1
