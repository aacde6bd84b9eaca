"""A process refunds and is killed at each step: never two refunds, never a missing record, nothing left unknown."""

import json
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from actions import acts, store
from actions.commands import Command
from actions.reconcile import settle
from actions.service import perform
from actions.wiring import adapters, desk
from billing.ids import GatewayRef, new_action_id
from billing.money import Money
from billing.store import audit, transaction
from billing.vocabulary import ActionStatus

from .conftest import World, eur, person, stripe_settings

ROOT = Path(__file__).parents[2]
CHILD = Path(__file__).with_name("refund_child.py")
NOW = timedelta(0)


def _kill_at(step: str, world: World, store_url: str, charge: GatewayRef, action_id: str) -> None:
    """Start a refund of 20.00 EUR in another process and SIGKILL it when it has reached the step."""
    settings = json.dumps(stripe_settings(world.sandbox.url))
    child = subprocess.Popen(
        [sys.executable, str(CHILD), step, store_url, settings, charge.id, action_id],
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT), "PATH": ""},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert child.stdout is not None
    try:
        if step == "during_the_call":
            deadline = time.monotonic() + 60
            while not world.sent():
                assert time.monotonic() < deadline
                assert child.poll() is None
                time.sleep(0.05)
        else:
            assert child.stdout.readline() == "here\n"
    finally:
        child.kill()
        child.wait()


def _ask(action_id: str, charge: GatewayRef) -> Command:
    return Command(action_id, charge, acts.Refund(amount=Money(2000, "EUR")), "requested_by_customer")


def _status(engine: Engine, action_id: str) -> ActionStatus | None:
    with transaction(engine) as connection:
        assert audit.verify(connection) == []
        found = store.find(connection, action_id)
    return found.status if found else None


@pytest.mark.parametrize(
    ("step", "left_at", "made", "end"),
    [
        ("intent_not_committed", None, 0, None),
        ("before_the_call", ActionStatus.REQUESTED, 0, ActionStatus.FAILED),
        ("after_the_call", ActionStatus.REQUESTED, 1, ActionStatus.SUCCEEDED),
        ("outcome_not_committed", ActionStatus.REQUESTED, 1, ActionStatus.SUCCEEDED),
        ("after_the_outcome", ActionStatus.SUCCEEDED, 1, ActionStatus.SUCCEEDED),
    ],
)
def test_a_killed_refund_is_settled(
    engine: Engine,
    store_url: str,
    world: World,
    step: str,
    left_at: ActionStatus | None,
    made: int,
    end: ActionStatus | None,
) -> None:
    charge, action_id, gateways, before = (
        world.charge(), new_action_id(), adapters(world.settings), world.refunded(),
    )  # fmt: skip
    _kill_at(step, world, store_url, charge, action_id)
    assert _status(engine, action_id) is left_at
    settle(engine, gateways, grace=NOW, not_found_after=NOW)
    assert _status(engine, action_id) is end
    assert store.standing(engine) == []
    assert len(world.refunds(charge)) == made
    assert world.refunded() - before == 2000 * made
    again = perform(desk(world.settings, engine), _ask(action_id, charge), person("ana"))
    assert again.is_replay is (end is not None)
    assert len(world.refunds(charge)) == (1 if end is None else made)


def test_a_request_that_outlives_its_process_is_waited_for(
    engine: Engine, store_url: str, world: World
) -> None:
    """Stripe carries the refund out three seconds after the process that sent it was killed."""
    charge, action_id, gateways, before = (
        world.charge(), new_action_id(), adapters(world.settings), world.refunded(),
    )  # fmt: skip
    world.fault("delay", seconds=3)
    _kill_at("during_the_call", world, store_url, charge, action_id)
    settle(engine, gateways, grace=NOW)
    assert _status(engine, action_id) is ActionStatus.UNKNOWN, "not found yet proves nothing"
    other = perform(desk(world.settings, engine), _ask(new_action_id(), charge), person("boris"))
    assert other.rule == "charge.in_progress"
    time.sleep(3.5)
    (settled,) = settle(engine, gateways)
    assert (settled.status, settled.amount) == (ActionStatus.SUCCEEDED, eur("20"))
    assert store.standing(engine) == []
    assert len(world.refunds(charge)) == 1
    assert len(world.sent()) == 1
    assert world.refunded() - before == 2000
