"""Our recent refunds over the marts' charges: counted once, and only until the marts know them."""

from datetime import UTC, datetime
from typing import Any

import pytest

from actions import acts
from actions.store import Request
from billing.ids import GatewayRef
from billing.money import Money
from billing.store.audit import Actor
from billing.verbs import ObjectKind
from billing.vocabulary import ActionStatus, Channel
from billing.warehouse.customers import CustomerPage
from dashboards.overlay import Shown, lay_over

CHARGE = {
    "charge_ref": "stripe:eu:ch_1",
    "status": "paid",
    "amount_minor": 4900,
    "captured_minor": 4900,
    "refunded_minor": 0,
    "refundable_minor": 4900,
    "currency": "EUR",
}


def request(
    minor: int, status: str = "succeeded", action: str = "a1", refund: str | None = "re_1"
) -> Request:
    return Request(
        action_id=action,
        kind=ObjectKind.CHARGE,
        target=GatewayRef("stripe", "eu", "ch_1"),
        act=acts.Refund(amount=Money(minor, "EUR")),
        amount=Money(minor, "EUR"),
        reason="duplicate",
        note=None,
        ticket=None,
        actor=Actor("ana@lampa.example", "agent", Channel.DASHBOARD),
        snapshot=None,
        status=ActionStatus(status),
        made_id=refund,
        url=None,
        approver=None,
        expires_at=None,
        message=None,
        requested_at=datetime(2026, 11, 23, tzinfo=UTC),
        settled_at=None,
    )


def shown_of(
    charges: list[dict[str, Any]], refunds: list[dict[str, Any]], requests: list[Request]
) -> list[Shown]:
    return lay_over(page_of(charges, refunds), requests)[1]


def page_of(charges: list[dict[str, Any]], refunds: list[dict[str, Any]]) -> CustomerPage:
    total = {"currency": "EUR", "refunded_minor": 100, "lifetime_minor": 9000}
    return CustomerPage({"customer_ref": "c"}, [total], [], charges, refunds, [], [], [{"title": "older"}])


def mart_refund(**values: Any) -> dict[str, Any]:
    return {"refund_id": "re_1", "action_id": "a1", "status": "succeeded", **values}


@pytest.mark.parametrize(
    ("requests", "refunded", "refundable", "status"),
    [
        ([], 0, 4900, "paid"),
        ([request(500)], 500, 4400, "partially_refunded"),
        ([request(500, "pending")], 500, 4400, "partially_refunded"),
        ([request(500), request(600, action="a2", refund="re_2")], 1100, 3800, "partially_refunded"),
        ([request(4900)], 4900, 0, "refunded"),
        ([request(9900)], 9900, 0, "refunded"),
    ],
)
def test_what_the_marts_lack_is_counted(
    requests: list[Request], refunded: int, refundable: int, status: str
) -> None:
    (shown,) = shown_of([CHARGE], [], requests)
    assert (shown.row["refunded_minor"], shown.row["refundable_minor"]) == (refunded, refundable)
    assert shown.row["status"] == status
    assert shown.open_action is None


@pytest.mark.parametrize(
    "known",
    [
        mart_refund(action_id=None),
        mart_refund(refund_id="re_9"),
        mart_refund(status="failed"),
        mart_refund(status="pending"),
    ],
)
def test_what_the_marts_know_is_theirs_to_tell(known: dict[str, Any]) -> None:
    (shown,) = shown_of([CHARGE], [known], [request(500)])
    assert shown.row == CHARGE


@pytest.mark.parametrize("status", ["requested", "unknown"])
def test_an_action_without_an_outcome_is_shown_and_counts_nothing(status: str) -> None:
    waiting = request(500, status, refund=None)
    (shown,) = shown_of([CHARGE], [], [waiting])
    assert shown.open_action == waiting
    assert shown.row == CHARGE


def test_another_charge_is_left_alone() -> None:
    other = {**CHARGE, "charge_ref": "stripe:eu:ch_2"}
    assert [shown.row for shown in shown_of([other], [], [request(500)])] == [other]


def test_a_disputed_charge_stays_disputed() -> None:
    (shown,) = shown_of([{**CHARGE, "status": "disputed"}], [], [request(500)])
    assert shown.row["status"] == "disputed"
    assert shown.row["refunded_minor"] == 500


def test_totals_and_timeline_tell_the_same() -> None:
    waiting = request(700, "unknown", action="a2", refund=None)
    page, _ = lay_over(page_of([CHARGE], []), [request(500), waiting])
    assert page.totals == [{"currency": "EUR", "refunded_minor": 600, "lifetime_minor": 8500}]
    assert [(e.get("amount_minor"), e.get("status")) for e in page.timeline] == [
        (500, "succeeded"),
        (700, "unknown"),
        (None, None),
    ]
    assert page.timeline[0]["title"] == "Refund by ana@lampa.example (duplicate)"
    assert page.timeline[0]["occurred_at"].tzinfo is None
