"""Fixtures of the actions tests: a store on each database, staff with roles, a gateway that fails to order."""

import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
import stripe
from sqlalchemy import Engine

from actions import acts, live
from actions.commands import Command
from actions.live import Live
from actions.ports import Effect, Handler, Order
from actions.service import Desk, perform
from billing.errors import NotFound
from billing.ids import GatewayRef, new_action_id
from billing.money import Money
from billing.rates import Rates
from billing.settings_model import Settings
from billing.store import audit, open_store, transaction
from billing.store.audit import Actor
from billing.verbs import ObjectKind, Verb
from billing.vocabulary import Channel, EffectStatus
from tests.conftest import Sandbox, start_sandbox

CHARGE = GatewayRef("stripe", "stripe_eu", "ch_1")

STAFF = {
    "company": {
        "name": "Lampa Studio GmbH",
        "address": ["Lampenweg 1", "10115 Berlin"],
        "country": "DE",
        "email": "billing@lampa.example",
    },
    "roles": {
        "agent": {
            "may": ["look_up", "refund"],
            "limits": {"refund": {"per_action": "50.00", "per_day": "200.00"}},
        },
        "senior": {
            "may": ["look_up", "refund"],
            "limits": {"refund": {"per_action": "unlimited", "per_day": "unlimited"}},
        },
        "reader": {"may": ["look_up"]},
    },
    "people": [
        {"email": "ana@lampa.example", "role": "agent"},
        {"email": "boris@lampa.example", "role": "senior"},
        {"email": "rita@lampa.example", "role": "reader"},
    ],
}


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest, tmp_path: Any) -> str:
    """The URL of an empty store on each database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'billhouse.db'}"
    url: str = request.getfixturevalue("postgres_url")
    return url


@pytest.fixture
def engine(store_url: str) -> Iterator[Engine]:
    """A migrated store; whatever a test did, its audit log must hold together afterwards."""
    opened = open_store(store_url)
    yield opened
    with transaction(opened) as connection:
        assert audit.verify(connection) == []
    opened.dispose()


@pytest.fixture
def settings() -> Settings:
    """Staff: ana (agent, 50 EUR), boris (senior, unlimited), rita (may not refund)."""
    return Settings.model_validate(STAFF)


def eur(text: str) -> Money:
    return Money.parse(text, "EUR")


def person(name: str) -> Actor:
    return Actor(f"{name}@lampa.example", None, Channel.DASHBOARD)


def command(**changes: Any) -> Command:
    """A refund of 20.00 EUR of CHARGE; `amount` and `seen` may be changed like any field."""
    amount = changes.pop("amount", eur("20"))
    plain = Command(
        action_id=new_action_id(),
        target=CHARGE,
        act=acts.Refund(amount=amount),
        reason="requested_by_customer",
        ticket="zendesk:zendesk:4711",
        snapshot="serve-2",
    )
    return replace(plain, **changes)


def a_charge(**changes: Any) -> Live:
    """CHARGE, paid, 49.00 EUR of it refundable."""
    facts: dict[str, Any] = {
        "is_paid": True,
        "is_authorized": False,
        "is_disputed": False,
        "refunded": eur("0"),
        "refundable": eur("49"),
        "capturable": eur("0"),
        "raw": {"amount_refunded": 0},
    }
    return live.charge(CHARGE.id, "succeeded", **{**facts, **changes})


@dataclass
class FakeGateway:
    """One charge of 49.00 EUR. `on_refund` may raise before or after the refund is made, or let others act."""

    charge: Live = field(default_factory=a_charge)
    on_read: Callable[[], None] = lambda: None
    on_refund: Callable[[], None] = lambda: None
    after_refund: Callable[[], None] = lambda: None
    on_find: Callable[[], None] = lambda: None
    status: EffectStatus = EffectStatus.SUCCEEDED
    sent: list[Order] = field(default_factory=list)
    made: dict[str, Effect] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def handlers(self) -> Mapping[Verb, Handler]:
        return {Verb.REFUND: Handler(self.refund, self.find)}

    def read(self, kind: ObjectKind, object_id: str) -> Live:
        if (kind, object_id) != (ObjectKind.CHARGE, self.charge.id):
            raise NotFound("No such charge")
        seen = self.charge
        self.on_read()
        return seen

    def refund(self, order: Order) -> Effect:
        assert order.amount is not None
        self.sent.append(order)
        self.on_refund()
        with self.lock:
            if order.action_id not in self.made:
                left = self.charge.ceilings[Verb.REFUND] - order.amount
                self.charge = a_charge(refunded=eur("49") - left, refundable=left)
                self.made[order.action_id] = Effect(
                    self.status,
                    self.status.value,
                    f"re_{len(self.made) + 1}",
                    order.amount,
                    touched=(("charge", CHARGE.id), ("refund", f"re_{len(self.made) + 1}")),
                    request_id="req_1",
                )
        self.after_refund()
        return replace(self.made[order.action_id], after=self.charge.raw)

    def find(self, order: Order) -> Effect | None:
        self.on_find()
        found = self.made.get(order.action_id)
        return replace(found, status=self.status, raw_status=self.status.value) if found else None


@pytest.fixture
def gateway() -> FakeGateway:
    return FakeGateway()


@pytest.fixture
def gateways(gateway: FakeGateway) -> Mapping[tuple[str, str], FakeGateway]:
    return {("stripe", "stripe_eu"): gateway}


@pytest.fixture
def desk(engine: Engine, settings: Settings, gateways: Mapping[tuple[str, str], Any]) -> Desk:
    """The store, the staff, the fake gateway, and the package's exchange rates."""
    return Desk(engine, settings, gateways, Rates())


@pytest.fixture
def refund(desk: Desk) -> Callable[..., Any]:
    """refund(name="ana", amount=...): carry out `command(...)` as that person against the fake gateway."""

    def act(name: str = "ana", **changes: Any) -> Any:
        return perform(desk, command(**changes), person(name))

    return act


@pytest.fixture
def log(engine: Engine) -> Callable[[], list[tuple[str, dict[str, Any]]]]:
    """log(): (type, data) of every audit entry, oldest first."""

    def read() -> list[tuple[str, dict[str, Any]]]:
        with transaction(engine) as connection:
            return [(entry["type"], entry) for entry in reversed(audit.entries(connection))]

    return read


@pytest.fixture(scope="session")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """A sandbox of the actions' own; each test makes the charges that it needs."""
    running = start_sandbox(tmp_path_factory.mktemp("actions") / "state", "--customers", "1")
    # Tests make their payments quicker than Stripe's limit allows; what a refusal does is asked by faults.
    running.control("act", vendor="stripe", deed="limit", requests_per_second=10_000)
    yield running
    running.stop()


@dataclass
class World:
    """Billhouse against the emulated Stripe: charges made to order, and what Stripe itself says happened."""

    sandbox: Sandbox
    settings: Settings
    stripe: stripe.StripeClient

    def charge(self, minor: int = 4900, currency: str = "eur", **params: Any) -> GatewayRef:
        """Take a payment (in Stripe's minor units); a declined one leaves a failed charge."""
        params = {"payment_method": "pm_card_visa", "confirm": True, **params}
        try:
            intent = self.stripe.v1.payment_intents.create({"amount": minor, "currency": currency, **params})
            charge = intent.latest_charge
        except stripe.CardError as declined:
            charge = declined.error.charge
        return GatewayRef("stripe", "stripe_eu", str(charge))

    def refunds(self, charge: GatewayRef) -> list[stripe.Refund]:
        """The refunds of a charge, as Stripe lists them."""
        return self.stripe.v1.refunds.list({"charge": charge.id, "limit": 100}).data

    def refunded(self, currency: str = "EUR") -> int:
        """What Stripe's own books say was refunded in a currency so far, in ISO minor units."""
        rows = self.sandbox.control("ledger")["rows"]
        return sum(
            row["minor"]
            for row in rows
            if (row["account"], row["currency"], row["measure"]) == ("stripe_eu", currency, "refunded")
        )

    def sent(self) -> list[dict[str, Any]]:
        """The refund requests that reached Stripe since the test began."""
        requests = self.sandbox.control("requests?prefix=/stripe/v1/refunds")
        return [request for request in requests if request["method"] == "POST"]

    def fault(self, kind: str, path: str = "/stripe/v1/refunds", method: str = "POST", **more: Any) -> None:
        """Plan a fault for the next request."""
        self.sandbox.control("faults", path=path, method=method, kind=kind, **more)


def stripe_settings(url: str) -> dict[str, Any]:
    """STAFF, and the account stripe_eu of a sandbox."""
    account = {
        "account": "stripe_eu",
        "title": "Stripe Europe",
        "secret_key": "sk_test_sandbox_eu",
        "base_url": f"{url}/stripe",
    }
    return {**STAFF, "gateways": {"stripe": [account]}}


@pytest.fixture
def world(emulator: Sandbox) -> Iterator[World]:
    """The emulated Stripe without faults and with an empty request log."""
    settings = Settings.model_validate(stripe_settings(emulator.url))
    client = stripe.StripeClient("sk_test_sandbox_eu", base_addresses={"api": f"{emulator.url}/stripe"})
    emulator.forget("faults")
    emulator.forget("requests")
    yield World(emulator, settings, client)
    emulator.forget("faults")
