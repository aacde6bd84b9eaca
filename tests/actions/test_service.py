"""The order of a refund and what each fault leaves behind, against a gateway that misbehaves to order."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select

from actions import store
from actions.service import Desk, perform
from billing import clock
from billing.errors import NotAllowed, OutcomeUnknown, Refused, Transient
from billing.ids import GatewayRef
from billing.money import Money
from billing.store import inbox, transaction
from billing.store.tables import action_requests
from billing.vocabulary import ActionStatus, EffectStatus

from .conftest import CHARGE, FakeGateway, a_charge, command, eur, person

Refund = Callable[..., Any]
Log = Callable[[], list[tuple[str, dict[str, Any]]]]


def _raise(error: Exception) -> Callable[[], None]:
    def act() -> None:
        raise error

    return act


def test_a_partial_refund_is_made_once_and_recorded_in_order(
    engine: Engine, refund: Refund, gateway: FakeGateway, log: Log
) -> None:
    during: list[Any] = []
    gateway.on_refund = lambda: during.extend(log())
    result = refund(action_id="a1", seen=eur("49"), note="asked by phone")
    assert (result.status, result.made_id, result.amount) == (ActionStatus.SUCCEEDED, "re_1", eur("20"))
    assert "20.00 EUR refunded" in result.message
    (order,) = gateway.sent
    assert (order.target, order.amount, order.reason, order.action_id) == (
        CHARGE, eur("20"), "requested_by_customer", "a1",
    )  # fmt: skip
    assert [kind for kind, _ in during] == ["charge.refund.requested"], (
        "the intent is committed before the call"
    )
    (_, asked), (kind, done) = log()
    assert kind == "charge.refund.succeeded"
    for entry in (asked, done):
        assert entry["actor"] == "ana@lampa.example"
        assert entry["role"] == "agent"
        assert entry["action_id"] == "a1"
        assert entry["object_ref"] == str(CHARGE)
        assert entry["ticket"] == "zendesk:zendesk:4711"
        assert entry["reason"] == "requested_by_customer"
        assert entry["snapshot"] == "serve-2"
    assert asked["data"]["before"] == {"amount_refunded": 0}
    assert asked["data"]["rule"] == "limit.within"
    assert asked["data"]["note"] == "asked by phone"
    assert done["data"]["gateway_request_id"] == "req_1"
    assert done["data"]["made_id"] == "re_1"
    with transaction(engine) as connection:
        hints = {(hint.object_kind, hint.object_id) for hint in inbox.pending(connection)}
    assert hints == {("charge", "ch_1"), ("refund", "re_1")}


def test_the_whole_charge_is_what_is_refundable_now(refund: Refund, gateway: FakeGateway) -> None:
    gateway.charge = a_charge(refunded=eur("20"), refundable=eur("29"))
    assert refund(amount=None).amount == eur("29")
    assert gateway.sent[0].amount == eur("29")


def test_the_whole_charge_counts_against_the_limit(refund: Refund, gateway: FakeGateway) -> None:
    gateway.charge = a_charge(refundable=eur("80"))
    denied = refund(amount=None)
    assert denied.rule == "limit.per_action"
    assert "80.00 EUR is above the limit of 50.00 EUR for one action. Nothing was sent." in denied.message
    assert refund("boris", amount=None).status is ActionStatus.SUCCEEDED
    assert len(gateway.sent) == 1


def test_the_same_action_again_returns_the_record_and_sends_nothing(
    refund: Refund, gateway: FakeGateway, log: Log
) -> None:
    first = refund(action_id="a1")
    again = refund(action_id="a1")
    assert again == replace(first, is_replay=True)
    assert len(gateway.sent) == 1
    assert len(log()) == 2


@pytest.mark.parametrize(
    "changes",
    [
        {"amount": eur("21")},
        {"amount": None},
        {"target": replace(CHARGE, id="ch_2")},
        {"reason": "duplicate"},
        {"note": "other"},
        {"name": "boris"},
        {"seen": eur("49")},
    ],
)
def test_an_action_id_is_not_used_for_something_else(
    refund: Refund, gateway: FakeGateway, changes: dict[str, Any]
) -> None:
    refund(action_id="a1")
    with pytest.raises(NotAllowed, match="used for another action"):
        refund(action_id="a1", **changes)
    assert len(gateway.sent) == 1


@pytest.mark.parametrize(
    ("name", "changes", "rule", "words"),
    [
        ("eve", {}, "role.none", "has no role"),
        ("rita", {}, "role.may_not", "may not refund"),
        ("ana", {"reason": ""}, "reason.missing", "needs a reason"),
        ("ana", {"reason": "goodwill"}, "note.missing", "needs a note"),
        ("ana", {"amount": eur("0")}, "amount.not_positive", "more than zero"),
        ("ana", {"amount": eur("-5")}, "amount.not_positive", "more than zero"),
        (
            "ana",
            {"amount": eur("49.01")},
            "amount.too_much",
            "more than what is possible now: 49.00 EUR",
        ),
        ("ana", {"amount": Money(100, "JPY")}, "currency.mismatch", "The charge is in EUR"),
        ("ana", {"target": replace(CHARGE, id="ch_9")}, "charge.unknown", "no such charge"),
        ("ana", {"target": replace(CHARGE, account="other")}, "gateway.unknown", "No account other"),
        ("ana", {"seen": eur("48")}, "charge.changed", "changed since you looked: 49.00 EUR"),
    ],
)
def test_what_cannot_be_is_denied_in_words_and_nothing_is_sent(
    engine: Engine,
    refund: Refund,
    gateway: FakeGateway,
    log: Log,
    name: str,
    changes: dict[str, Any],
    rule: str,
    words: str,
) -> None:
    result = refund(name, **changes)
    assert (result.status, result.rule) == (ActionStatus.DENIED, rule)
    assert words in result.message
    assert "Nothing was sent." in result.message
    assert gateway.sent == []
    ((kind, entry),) = log()
    assert (kind, entry["data"]["rule"]) == ("charge.refund.denied", rule)
    with transaction(engine) as connection:
        assert connection.execute(select(action_requests)).all() == []


@pytest.mark.parametrize(
    ("changes", "rule", "words"),
    [
        ({"is_paid": False, "failure": "the card was declined"}, "charge.not_ready", "the card was declined"),
        ({"is_disputed": True}, "charge.not_ready", "pay the customer twice"),
        ({"refunded": eur("49"), "refundable": eur("0")}, "charge.not_ready", "All 49.00 EUR"),
    ],
)
def test_a_charge_that_cannot_give_it_is_left_alone(
    refund: Refund, gateway: FakeGateway, changes: dict[str, Any], rule: str, words: str
) -> None:
    gateway.charge = a_charge(**changes)
    result = refund()
    assert (result.status, result.rule, gateway.sent) == (ActionStatus.DENIED, rule, [])
    assert words in result.message


def test_a_denied_action_may_be_mended_under_the_same_id(refund: Refund) -> None:
    assert refund(action_id="a1", amount=eur("500")).status is ActionStatus.DENIED
    assert refund(action_id="a1", amount=eur("5")).status is ActionStatus.SUCCEEDED


def test_a_gateway_that_cannot_be_read_is_asked_for_nothing(refund: Refund, gateway: FakeGateway) -> None:
    gateway.on_read = _raise(Transient("connection refused"))
    result = refund()
    assert (result.rule, gateway.sent) == ("gateway.unreachable", [])
    assert "Stripe did not answer when we looked" in result.message


def test_a_refusal_is_a_failure_and_the_charge_is_free_again(
    refund: Refund, gateway: FakeGateway, log: Log
) -> None:
    gateway.on_refund = _raise(Refused("Stripe: insufficient balance", "balance_insufficient"))
    result = refund()
    assert result.status is ActionStatus.FAILED
    assert "nothing moved" in result.message
    assert log()[-1][1]["data"]["code"] == "balance_insufficient"
    gateway.on_refund = lambda: None
    assert refund().status is ActionStatus.SUCCEEDED


@pytest.mark.parametrize("error", [OutcomeUnknown("time-out"), KeyError("a fault of ours")])
def test_no_answer_is_unknown_and_blocks_the_charge(
    refund: Refund, gateway: FakeGateway, log: Log, error: Exception
) -> None:
    gateway.after_refund = _raise(error)
    result = refund(action_id="a1")
    assert result.status is ActionStatus.UNKNOWN
    assert "We do not know yet" in result.message
    assert "will not send it twice" in result.message
    assert [kind for kind, _ in log()] == ["charge.refund.requested", "charge.refund.unknown"]
    assert refund(action_id="a1") == replace(result, is_replay=True)
    other = refund("boris", amount=eur("5"))
    assert (other.status, other.rule) == (ActionStatus.DENIED, "charge.in_progress")
    assert len(gateway.sent) == 1


def test_what_the_gateway_did_not_begin_is_sent_again_with_the_same_id(
    refund: Refund, gateway: FakeGateway
) -> None:
    def busy_twice() -> None:
        if len(gateway.sent) < 3:
            raise Transient("rate limit", retry_after=0)

    gateway.on_refund = busy_twice
    assert refund(action_id="a1").status is ActionStatus.SUCCEEDED
    assert {order.action_id for order in gateway.sent} == {"a1"}
    assert len(gateway.made) == 1


def test_a_gateway_that_stays_busy_is_a_failure(refund: Refund, gateway: FakeGateway) -> None:
    gateway.on_refund = _raise(Transient("rate limit", retry_after=60))
    result = refund()
    assert result.status is ActionStatus.FAILED
    assert "too busy" in result.message
    assert len(gateway.sent) == 1, "a minute's wait is not spent before a screen"


@pytest.mark.parametrize(
    ("status", "expected"),
    [(EffectStatus.PENDING, ActionStatus.PENDING), (EffectStatus.FAILED, ActionStatus.FAILED)],
)
def test_a_refund_that_did_not_succeed_at_once_says_so(
    refund: Refund, gateway: FakeGateway, status: EffectStatus, expected: ActionStatus
) -> None:
    gateway.status = status
    result = refund()
    assert (result.status, result.made_id) == (expected, "re_1")


def test_an_intent_that_took_too_long_is_not_sent(
    refund: Refund, gateway: FakeGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    add = store.add

    def slow(*args: Any, **more: Any) -> store.Request:
        return replace(add(*args, **more), requested_at=clock.now() - timedelta(seconds=31))

    monkeypatch.setattr(store, "add", slow)
    result = refund()
    assert (result.status, gateway.sent) == (ActionStatus.FAILED, [])


def test_a_double_click_is_one_refund(desk: Desk, gateway: FakeGateway) -> None:
    together = threading.Barrier(2, timeout=20)
    gateway.on_read = together.wait  # type: ignore[assignment]  # both have looked before either acts
    click = command(action_id="a1")
    with ThreadPoolExecutor(2) as pool:
        calls = [pool.submit(perform, desk, click, person("ana")) for _ in range(2)]
        results = [call.result() for call in calls]
    assert len(gateway.sent) == 1
    assert sorted(result.is_replay for result in results) == [False, True]
    assert {result.status for result in results} <= {ActionStatus.SUCCEEDED, ActionStatus.REQUESTED}


def test_two_agents_at_once_are_one_effect_and_the_second_is_told(desk: Desk, gateway: FakeGateway) -> None:
    together = threading.Barrier(2, timeout=20)
    gateway.on_read = together.wait  # type: ignore[assignment]
    with ThreadPoolExecutor(2) as pool:
        calls = [pool.submit(perform, desk, command(), person(name)) for name in ("ana", "boris")]
        results = [call.result() for call in calls]
    assert len(gateway.made) == 1
    assert sorted(result.status for result in results) == [ActionStatus.DENIED, ActionStatus.SUCCEEDED]
    denied = next(result for result in results if result.status is ActionStatus.DENIED)
    assert denied.rule in ("charge.in_progress", "charge.overtaken")


def test_a_look_older_than_anothers_refund_is_not_acted_on(desk: Desk, gateway: FakeGateway) -> None:
    """Boris's whole refund happens between ana's look at the charge and her intent."""

    def boris_is_quick() -> None:
        gateway.on_read = lambda: None
        boris = perform(desk, command(), person("boris"))
        assert boris.status is ActionStatus.SUCCEEDED

    gateway.on_read = boris_is_quick
    ana = perform(desk, command(), person("ana"))
    assert (ana.status, ana.rule) == (ActionStatus.DENIED, "charge.overtaken")
    assert len(gateway.made) == 1


def test_screens_see_what_was_done_and_what_is_open(
    engine: Engine, refund: Refund, gateway: FakeGateway
) -> None:
    refund(action_id="a1", amount=eur("5"))
    gateway.on_refund = _raise(Refused("no"))
    refund(action_id="a2", amount=eur("5"))
    gateway.on_refund = _raise(OutcomeUnknown("time-out"))
    refund(action_id="a3", amount=eur("6"))
    shown = store.recent(engine, [CHARGE, GatewayRef("stripe", "stripe_eu", "ch_2")])
    assert [(one.action_id, one.status, one.made_id, one.amount) for one in shown] == [
        ("a3", ActionStatus.UNKNOWN, None, eur("6")),
        ("a1", ActionStatus.SUCCEEDED, "re_1", eur("5")),
    ]
    assert store.recent(engine, []) == []
