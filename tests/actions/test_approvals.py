"""Four eyes: above a limit another person decides, once, in time, and within limits of their own."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine

from actions import approvals, store
from actions.service import Desk, perform
from billing import clock
from billing.errors import NotAllowed, NotFound
from billing.settings_model import Settings
from billing.vocabulary import ActionStatus

from .conftest import STAFF, FakeGateway, a_charge, command, eur, person

Log = Callable[[], list[tuple[str, dict[str, Any]]]]


def _limit(per_action: str, per_day: str) -> dict[str, Any]:
    return {"refund": {"per_action": per_action, "per_day": per_day, "above": "approval"}}


@pytest.fixture
def settings() -> Settings:
    """ana 50 a piece; boris 100 and may approve; clara unlimited and may approve; rita may approve, not refund."""
    roles = {
        "agent": {"may": ["refund", "approve"], "limits": _limit("50", "60")},
        "senior": {"may": ["refund", "approve"], "limits": _limit("100", "120")},
        "chief": {"may": ["refund", "approve"], "limits": _limit("unlimited", "unlimited")},
        "reader": {"may": ["approve"]},
        "clerk": {"may": ["refund"], "limits": _limit("50", "60")},
    }
    names = {"ana": "agent", "boris": "senior", "clara": "chief", "rita": "reader", "kai": "clerk"}
    people = [{"email": f"{name}@lampa.example", "role": role} for name, role in names.items()]
    return Settings.model_validate({**STAFF, "roles": roles, "people": people})


@pytest.fixture
def gateway() -> FakeGateway:
    return FakeGateway(charge=a_charge(refundable=eur("200")))


def _asked(desk: Desk, amount: str = "80", name: str = "ana") -> str:
    result = perform(desk, command(amount=eur(amount)), person(name))
    assert (result.status, result.rule) == (ActionStatus.AWAITING_APPROVAL, "approval.needed"), result.message
    return result.action_id


def _status(engine: Engine, action_id: str) -> ActionStatus:
    return {one.action_id: one.status for one in store.standing(engine, ActionStatus)}[action_id]


def test_what_is_above_a_limit_waits_and_sends_nothing(desk: Desk, gateway: FakeGateway, log: Log) -> None:
    asked = command(amount=eur("80"), seen=eur("200"))
    result = perform(desk, asked, person("ana"))
    assert "80.00 EUR is above the limit of 50.00 EUR for one action" in result.message
    assert "nothing was sent yet" in result.message
    assert gateway.sent == []
    assert [kind for kind, _ in log()] == ["charge.refund.approval_requested"]
    assert [one.action_id for one in approvals.waiting(desk.engine)] == [result.action_id]
    assert perform(desk, asked, person("ana")).is_replay


def test_another_person_releases_it_once(desk: Desk, gateway: FakeGateway, log: Log) -> None:
    action_id = _asked(desk)
    result = approvals.approve(desk, action_id, person("boris"))
    assert (result.status, result.amount) == (ActionStatus.SUCCEEDED, eur("80"))
    assert [order.action_id for order in gateway.sent] == [action_id]
    kinds = [(kind.removeprefix("charge.refund."), entry["actor"].split("@")[0]) for kind, entry in log()]
    assert kinds == [("approval_requested", "ana"), ("approved", "boris"), ("succeeded", "boris")]
    again = approvals.approve(desk, action_id, person("clara"))
    assert again.is_replay
    assert len(gateway.sent) == 1


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("ana", "approval.own"),
        ("ANA", "approval.own"),
        ("kai", "approval.may_not"),
        ("eve", "approval.may_not"),
        ("rita", "role.may_not"),
    ],
)
def test_who_may_not_releases_nothing(
    desk: Desk, gateway: FakeGateway, log: Log, name: str, rule: str
) -> None:
    action_id = _asked(desk)
    result = approvals.approve(desk, action_id, person(name))
    assert (result.status, result.rule, gateway.sent) == (ActionStatus.DENIED, rule, [])
    assert log()[-1][0] == "charge.refund.denied"
    assert _status(desk.engine, action_id) is ActionStatus.AWAITING_APPROVAL, "somebody else may still decide"


def test_an_approver_has_limits_too(desk: Desk, gateway: FakeGateway) -> None:
    above, within = _asked(desk, "110"), _asked(desk, "70")
    assert approvals.approve(desk, above, person("boris")).rule == "approval.limit"
    assert approvals.approve(desk, within, person("boris")).status is ActionStatus.SUCCEEDED
    more = _asked(desk, "60")
    assert approvals.approve(desk, more, person("boris")).rule == "approval.limit", (
        "70 + 60 are above a day's 120"
    )
    assert approvals.approve(desk, above, person("clara")).status is ActionStatus.SUCCEEDED
    assert len(gateway.made) == 2


def test_splitting_gains_nothing(desk: Desk, gateway: FakeGateway) -> None:
    assert perform(desk, command(amount=eur("30")), person("ana")).status is ActionStatus.SUCCEEDED
    part = perform(desk, command(amount=eur("30")), person("ana"))
    assert part.status is ActionStatus.AWAITING_APPROVAL
    assert "with the 30.00 EUR before it" in part.message
    assert len(gateway.sent) == 1


def test_writing_ones_name_otherwise_gains_nothing(desk: Desk) -> None:
    assert perform(desk, command(amount=eur("50")), person("ana")).status is ActionStatus.SUCCEEDED
    assert perform(desk, command(amount=eur("5")), person("AnA")).status is ActionStatus.AWAITING_APPROVAL


def test_it_is_looked_at_again_before_money_moves(desk: Desk, gateway: FakeGateway) -> None:
    action_id = _asked(desk)
    gateway.charge = a_charge(refundable=eur("70"))
    result = approvals.approve(desk, action_id, person("boris"))
    assert (result.rule, gateway.sent) == ("amount.too_much", [])


def test_a_request_expires(desk: Desk, log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    action_id = _asked(desk)
    later = clock.now() + timedelta(hours=24, seconds=1)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert approvals.waiting(desk.engine) == []
    result = approvals.approve(desk, action_id, person("boris"))
    assert (result.status, result.is_replay) == (ActionStatus.EXPIRED, True)
    assert "Nobody approved this in time" in result.message
    assert log()[-1][0] == "charge.refund.expired"


def test_it_is_declined_or_withdrawn_with_a_reason(desk: Desk, log: Log) -> None:
    with pytest.raises(NotAllowed, match="Say why"):
        approvals.decline(desk, _asked(desk), person("boris"), " ")
    with pytest.raises(NotAllowed, match="may not decide"):
        approvals.decline(desk, _asked(desk), person("kai"), "no")
    declined = approvals.decline(desk, _asked(desk), person("boris"), "Not without the ticket.")
    assert declined.status is ActionStatus.DECLINED
    assert "Declined by boris@lampa.example: Not without the ticket. Nothing was sent." in declined.message
    withdrawn = approvals.decline(desk, _asked(desk), person("ana"), "A mistake.")
    assert withdrawn.message.startswith("Withdrawn: A mistake.")
    assert [kind for kind, _ in log()].count("charge.refund.declined") == 2
    with pytest.raises(NotFound):
        approvals.decline(desk, "nothing", person("boris"), "no")
