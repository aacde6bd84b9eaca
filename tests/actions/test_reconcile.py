"""Settling what has no outcome: asked, never sent again, and the truth wins over haste."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine

from actions import outcomes, reconcile, sending, store
from actions.reconcile import follow, settle
from billing import clock
from billing.errors import OutcomeUnknown, Refused, Transient
from billing.store import inbox, transaction
from billing.vocabulary import ActionStatus, EffectStatus

from .conftest import FakeGateway

Refund = Callable[..., Any]
Log = Callable[[], list[tuple[str, dict[str, Any]]]]
Gateways = Mapping[tuple[str, str], FakeGateway]


class Killed(BaseException):
    """Stands for a process that ends here: nothing catches it."""


def _raise(error: BaseException) -> Callable[[], None]:
    def act() -> None:
        raise error

    return act


def _late(seconds: int = 600) -> datetime:
    return clock.now() + timedelta(seconds=seconds)


def _kinds(log: Log) -> list[str]:
    return [kind.removeprefix("charge.refund.") for kind, _ in log()]


def test_the_graces_are_longer_than_a_call_can_be_under_way() -> None:
    longest = sending.SEND_WITHIN + timedelta(seconds=sending._RETRY_SECONDS + 10 + 60)
    assert longest <= reconcile.IN_CALL <= reconcile.NOT_FOUND


def test_an_unknown_refund_that_was_made_is_found(
    engine: Engine, refund: Refund, gateways: Gateways, gateway: FakeGateway, log: Log
) -> None:
    gateway.after_refund = _raise(OutcomeUnknown("time-out"))
    refund(action_id="a1")
    (result,) = settle(engine, gateways)
    assert (result.status, result.made_id) == (ActionStatus.SUCCEEDED, "re_1")
    assert _kinds(log) == ["requested", "unknown", "succeeded"]
    assert log()[-1][1]["actor"] == "reconciler"
    assert len(gateway.sent) == 1
    assert settle(engine, gateways, _late()) == []
    with transaction(engine) as connection:
        assert len(inbox.pending(connection)) == 2


def test_not_found_means_nothing_until_the_grace_is_over(
    engine: Engine, refund: Refund, gateways: Gateways, gateway: FakeGateway, log: Log
) -> None:
    gateway.on_refund = _raise(OutcomeUnknown("time-out"))
    refund(action_id="a1")
    (early,) = settle(engine, gateways)
    assert early.status is ActionStatus.UNKNOWN
    (late,) = settle(engine, gateways, _late())
    assert late.status is ActionStatus.FAILED
    assert "did not reach Stripe" in late.message
    assert _kinds(log) == ["requested", "unknown", "failed"]
    assert len(gateway.sent) == 1
    gateway.on_refund = lambda: None
    assert refund().status is ActionStatus.SUCCEEDED, "the charge is free again"


@pytest.mark.parametrize("made", [True, False])
def test_an_intent_of_a_dead_process_is_settled(
    engine: Engine, refund: Refund, gateways: Gateways, gateway: FakeGateway, log: Log, made: bool
) -> None:
    if made:
        gateway.after_refund = _raise(Killed())
    else:
        gateway.on_refund = _raise(Killed())
    with pytest.raises(Killed):
        refund(action_id="a1")
    assert settle(engine, gateways) == [], "its process may be alive and inside the call"
    (result,) = settle(engine, gateways, _late())
    assert result.status is (ActionStatus.SUCCEEDED if made else ActionStatus.FAILED)
    assert len(gateway.sent) == 1
    assert len(log()) == 2


def test_a_dead_intent_becomes_unknown_while_the_gateway_is_away(
    engine: Engine, refund: Refund, gateways: Gateways, gateway: FakeGateway, log: Log
) -> None:
    gateway.after_refund = _raise(Killed())
    with pytest.raises(Killed):
        refund(action_id="a1")
    gateway.on_find = _raise(Transient("connection refused"))
    for _ in range(3):
        (result,) = settle(engine, gateways, _late())
        assert result.status is ActionStatus.UNKNOWN
    assert _kinds(log) == ["requested", "unknown"], "said once"
    gateway.on_find = lambda: None
    assert [one.status for one in settle(engine, gateways)] == [ActionStatus.SUCCEEDED]


@pytest.mark.parametrize("error", [Refused("no permission"), Transient("away")])
def test_who_cannot_tell_does_not_decide(
    engine: Engine, refund: Refund, gateways: Gateways, gateway: FakeGateway, error: Exception
) -> None:
    gateway.on_refund = _raise(OutcomeUnknown("time-out"))
    refund()
    gateway.on_find = _raise(error)
    assert [one.status for one in settle(engine, gateways, _late())] == [ActionStatus.UNKNOWN]
    assert [one.status for one in settle(engine, {}, _late())] == [ActionStatus.UNKNOWN]


def test_a_late_answer_corrects_a_hasty_failure(
    engine: Engine, refund: Refund, gateways: Gateways, gateway: FakeGateway, log: Log
) -> None:
    """The reconciler rules while the process is held between intent and sending, for longer than any grace."""
    gateway.on_refund = lambda: ruled.extend(settle(engine, gateways, _late()))
    ruled: list[outcomes.ActionResult] = []
    result = refund(action_id="a1")
    assert [one.status for one in ruled] == [ActionStatus.FAILED]
    assert (result.status, result.made_id) == (ActionStatus.SUCCEEDED, "re_1")
    assert _kinds(log) == ["requested", "failed", "succeeded"]


def test_who_comes_second_changes_nothing(
    engine: Engine, refund: Refund, gateways: Gateways, gateway: FakeGateway, log: Log
) -> None:
    gateway.after_refund = lambda: settled.extend(settle(engine, gateways, _late()))
    settled: list[outcomes.ActionResult] = []
    result = refund(action_id="a1")
    assert [one.status for one in settled] == [ActionStatus.SUCCEEDED]
    assert result.status is ActionStatus.SUCCEEDED
    assert _kinds(log) == ["requested", "succeeded"]


def test_an_answer_older_than_a_failure_at_the_gateway_changes_nothing(
    engine: Engine, refund: Refund, gateways: Gateways, gateway: FakeGateway, log: Log
) -> None:
    """Stripe answers "succeeded"; before that is recorded, the refund fails and the reconciler records it."""

    def it_fails_meanwhile() -> None:
        gateway.status = EffectStatus.FAILED
        settle(engine, gateways, _late())

    gateway.after_refund = it_fails_meanwhile
    assert refund(action_id="a1").status is ActionStatus.FAILED
    assert _kinds(log) == ["requested", "failed"]


@pytest.mark.parametrize("end", [EffectStatus.SUCCEEDED, EffectStatus.FAILED])
def test_a_pending_refund_is_followed_to_its_end(
    engine: Engine, refund: Refund, gateways: Gateways, gateway: FakeGateway, log: Log, end: EffectStatus
) -> None:
    gateway.status = EffectStatus.PENDING
    refund(action_id="a1")
    assert follow(engine, gateways) == []
    gateway.status = end
    (result,) = follow(engine, gateways)
    assert result.status.value == end.value
    assert _kinds(log) == ["requested", "pending", end.value]
    assert follow(engine, gateways) == []
    with transaction(engine) as connection:
        recorded = store.find(connection, "a1")
    assert recorded is not None
    assert recorded.made_id == "re_1"
