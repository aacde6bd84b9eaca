"""No sequence of actions by one person exceeds their limits, and nobody releases what they asked for themselves."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from sqlalchemy import select

from actions import approvals, live, service
from actions.commands import Command
from actions.live import Live
from actions.ports import Effect, Handler, Order
from actions.service import Desk
from billing import clock
from billing.ids import GatewayRef, new_action_id
from billing.money import Money
from billing.rates import Rates
from billing.settings_model import Settings
from billing.store import audit, open_store, transaction
from billing.store.tables import action_requests
from billing.verbs import ObjectKind, Verb
from billing.vocabulary import EffectStatus

from .conftest import STAFF, eur, person
from .conftest import command as refund_of

LIMITS = {"ana": (50, 80), "boris": (70, 90), "clara": (200, 150)}
BEGIN = datetime(2026, 11, 25, 12, tzinfo=UTC)


@dataclass
class Till:
    """A gateway with three charges of 100.00 EUR, which does whatever it is asked."""

    left: dict[str, Money] = field(default_factory=lambda: {name: eur("100") for name in ("c1", "c2", "c3")})

    @property
    def handlers(self) -> Mapping[Verb, Handler]:
        return {Verb.REFUND: Handler(self.refund, lambda _: None)}

    def read(self, _kind: ObjectKind, charge: str) -> Live:
        left, zero = self.left[charge], eur("0")
        return live.charge(
            charge, "paid", is_paid=True, is_authorized=False, is_disputed=False,
            refunded=eur("100") - left, refundable=left, capturable=zero,
        )  # fmt: skip

    def refund(self, order: Order) -> Effect:
        assert order.amount is not None
        self.left[order.target.id] -= order.amount
        return Effect(EffectStatus.SUCCEEDED, "done", new_action_id(), order.amount)


@contextmanager
def _at(moment: datetime) -> Iterator[None]:
    with patch.object(clock, "now", lambda: moment):
        yield


class Office(RuleBasedStateMachine):
    """Three people, each with a limit per action and per day, who ask, approve, decline and wait as they like."""

    @initialize()
    def opens(self) -> None:
        self.folder = TemporaryDirectory()
        roles = {
            name: {
                "may": ["refund", "approve"],
                "limits": {"refund": {"per_action": str(one), "per_day": str(day), "above": "approval"}},
            }
            for name, (one, day) in LIMITS.items()
        }
        people = [{"email": f"{name}@lampa.example", "role": name} for name in LIMITS]
        rules = Settings.model_validate({**STAFF, "roles": roles, "people": people})
        engine = open_store(f"sqlite:///{Path(self.folder.name) / 'store.db'}")
        self.desk = Desk(engine, rules, {("stripe", "stripe_eu"): Till()}, Rates())
        self.now = BEGIN
        self.asked: list[str] = []

    @rule(
        who=st.sampled_from(sorted(LIMITS)),
        charge=st.sampled_from(["c1", "c2", "c3"]),
        euros=st.integers(1, 100),
    )
    def asks(self, who: str, charge: str, euros: int) -> None:
        self.now += timedelta(minutes=1)
        asked: Command = replace(
            refund_of(amount=eur(str(euros))), target=GatewayRef("stripe", "stripe_eu", charge)
        )
        with _at(self.now):
            service.perform(self.desk, asked, person(who))
        self.asked.append(asked.action_id)

    @rule(who=st.sampled_from(sorted(LIMITS)), which=st.integers(0, 30))
    def approves(self, who: str, which: int) -> None:
        self.now += timedelta(minutes=1)
        with _at(self.now):
            waiting = approvals.waiting(self.desk.engine)
            if waiting:
                approvals.approve(self.desk, waiting[which % len(waiting)].action_id, person(who.upper()))

    @rule(which=st.integers(0, 30))
    def declines(self, which: int) -> None:
        with _at(self.now):
            waiting = approvals.waiting(self.desk.engine)
            if waiting:
                approvals.decline(self.desk, waiting[which % len(waiting)].action_id, person("clara"), "no")

    @rule(hours=st.integers(1, 30))
    def time_goes_by(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    @invariant()
    def nobody_exceeds_their_limits(self) -> None:
        with transaction(self.desk.engine) as connection:
            rows = connection.execute(
                select(action_requests).where(action_requests.c.status == "succeeded")
            ).all()
        for name, (one, day) in LIMITS.items():
            address = f"{name}@lampa.example"
            mine = [row for row in rows if (row.approver or row.actor) == address]
            assert all(row.approver != row.actor for row in rows)
            for charge in ("c1", "c2", "c3"):
                assert sum(row.amount_minor for row in mine if row.object_id == charge) <= one * 100
            for last in mine:
                end = datetime.fromisoformat(last.requested_at)
                within = [
                    r
                    for r in mine
                    if timedelta(0) <= end - datetime.fromisoformat(r.requested_at) < timedelta(hours=24)
                ]
                assert sum(row.amount_minor for row in within) <= day * 100

    def teardown(self) -> None:
        with transaction(self.desk.engine) as connection:
            assert audit.verify(connection) == []
        self.desk.engine.dispose()
        self.folder.cleanup()


Office.TestCase.settings = settings(
    max_examples=25, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
)
test_no_sequence_exceeds_a_limit = Office.TestCase
