"""A published copy made by hand, a configuration, fake gateways, and pages run by Streamlit's AppTest."""

import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import duckdb
import pytest
import streamlit as st
from sqlalchemy import Engine
from streamlit.testing.v1 import AppTest

from actions import live
from actions.live import Live
from actions.ports import Effect, Handler, Order
from billing import settings
from billing.money import Money
from billing.settings_model import Settings
from billing.store import open_store
from billing.verbs import ObjectKind, Verb
from billing.vocabulary import EffectStatus, SubscriptionStatus
from billing.warehouse.publish import publish

APP = Path(__file__).parents[2] / "dashboards" / "app.py"
PEOPLE = {"ana": "agent", "chen": "finance", "dora": "admin"}

CONFIG = """
[company]
name = "Lampa Studio GmbH"
address = ["Oranienstr. 25", "10999 Berlin"]
country = "DE"
email = "billing@lampa.example"

[store]
url = "sqlite:///store.db"

[warehouse]
dir = "warehouse"

[[gateways.stripe]]
account = "stripe_eu"
title = "Stripe Europe"
secret_key = "file:secret"

[sign_in]
issuer = "https://id.lampa.example/"
client_id = "billhouse"
client_secret = "file:secret"
cookie_secret = "file:secret"

[mail]
host = "127.0.0.1"
port = 1
security = "none"
sender = "bills@lampa.example"
reply_to = "help@lampa.example"

[roles.agent]
may = ["look_up", "refund", "link", "mail", "cancel_subscription", "pause_subscription"]
limits.refund = { per_action = "100.00", per_day = "1000.00", above = "approval" }

[roles.finance]
may = ["look_up", "read_audit", "read_finance"]

[roles.admin]
may = ["look_up", "refund", "link", "mail", "approve", "read_audit", "read_finance"]
limits.refund = { per_action = "unlimited", per_day = "unlimited" }
"""


@pytest.fixture(scope="session")
def marts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """marts.duckdb with one small company: the columns of the marts, rows typed by hand."""
    path = tmp_path_factory.mktemp("marts") / "marts.duckdb"
    connection = duckdb.connect(str(path))
    connection.execute("create schema marts")
    connection.execute("use marts.marts")
    connection.execute((Path(__file__).parent / "company.sql").read_text())
    connection.close()
    return path


@pytest.fixture
def config_path(tmp_path: Path, marts: Path) -> Path:
    """A configuration whose warehouse is published."""
    (tmp_path / "secret").write_text("a-secret-of-the-tests\n")
    people = "".join(
        f'[[people]]\nemail = "{name}@lampa.example"\nrole = "{role}"\n' for name, role in PEOPLE.items()
    )
    path = tmp_path / "billhouse.toml"
    path.write_text(CONFIG + people)
    (tmp_path / "warehouse").mkdir()
    (tmp_path / "warehouse" / "marts.duckdb").write_bytes(marts.read_bytes())
    publish(settings.load(path).warehouse)
    return path


@pytest.fixture
def config(config_path: Path) -> Settings:
    return settings.load(config_path)


@pytest.fixture
def engine(config: Settings) -> Iterator[Engine]:
    engine = open_store(config.store.url)
    yield engine
    engine.dispose()


class FakeStripe:
    """A gateway in memory: charges by id, subscriptions, refunds by action id, and an error to raise on demand."""

    def __init__(self) -> None:
        self.charges: dict[str, tuple[Money, Money]] = {}
        self.ended: set[str] = set()
        self.refunds: dict[str, Effect] = {}
        self.error: Exception | None = None
        self.read_error: Exception | None = None

    @property
    def handlers(self) -> Mapping[Verb, Handler]:
        return {
            Verb.REFUND: Handler(self.refund, lambda order: self.refunds.get(order.action_id)),
            Verb.CANCEL_SUBSCRIPTION: Handler(self.cancel, lambda _: None),
        }

    def read(self, kind: ObjectKind, object_id: str) -> Live:
        if self.read_error:
            raise self.read_error
        if kind is ObjectKind.SUBSCRIPTION:
            state = SubscriptionStatus.CANCELED if object_id in self.ended else SubscriptionStatus.ACTIVE
            return live.subscription(object_id, state, is_ending=False)
        amount, refunded = self.charges[object_id]
        return live.charge(
            object_id, "succeeded", is_paid=True, is_authorized=False, is_disputed=False, refunded=refunded,
            refundable=amount - refunded, capturable=Money(0, amount.currency),
            raw={"amount_refunded": refunded.minor},
        )  # fmt: skip

    def refund(self, order: Order) -> Effect:
        if self.error:
            raise self.error
        assert order.amount is not None
        if order.action_id not in self.refunds:
            whole, refunded = self.charges[order.target.id]
            self.charges[order.target.id] = (whole, refunded + order.amount)
            self.refunds[order.action_id] = Effect(
                EffectStatus.SUCCEEDED,
                "succeeded",
                f"re_{len(self.refunds) + 100}",
                order.amount,
                after={"amount_refunded": (refunded + order.amount).minor},
            )
        return self.refunds[order.action_id]

    def cancel(self, order: Order) -> Effect:
        self.ended.add(order.target.id)
        return Effect(EffectStatus.SUCCEEDED, "canceled")


@pytest.fixture
def stripe(monkeypatch: pytest.MonkeyPatch) -> FakeStripe:
    """The fake gateway, in place of the adapters that the configuration would give."""
    fake = FakeStripe()
    fake.charges = {
        "ch_renewal": (Money(4900, "EUR"), Money(2000, "EUR")),
        "ch_first": (Money(4900, "EUR"), Money(0, "EUR")),
        "ch_guest": (Money(12500, "KWD"), Money(0, "KWD")),
        "ch_kenji": (Money(5400, "JPY"), Money(0, "JPY")),
    }
    monkeypatch.setattr("actions.wiring.adapters", lambda _settings: {("stripe", "stripe_eu"): fake})
    return fake


Open = Callable[..., AppTest]


@pytest.fixture
def open_app(config_path: Path, stripe: FakeStripe, monkeypatch: pytest.MonkeyPatch) -> Iterator[Open]:
    """open_app("ana", q="maria@example.com") -> the app, run once, with that person signed in."""
    monkeypatch.setattr(sys, "argv", ["dashboards/app.py", "--config", str(config_path)])
    st.cache_resource.clear()

    def start(name: str | None = "ana", claims: dict[str, Any] | None = None, **params: str) -> AppTest:
        app = AppTest.from_file(str(APP), default_timeout=20)
        app.user = {"is_logged_in": False}
        if name:
            app.user = {
                "is_logged_in": True,
                "email": f"{name}@lampa.example",
                "email_verified": True,
                "name": name.capitalize(),
                "iat": int(time.time()),
                **(claims or {}),
            }
        for key, value in params.items():
            app.query_params[key] = value
        return app.run()

    yield start
    st.cache_resource.clear()


def texts(app: AppTest) -> str:
    """Everything that a page says in words, one element a line."""
    kinds = ("title", "markdown", "text", "caption", "error", "warning", "info", "success", "badge")
    found = [element.value for kind in kinds for element in app.get(kind) if hasattr(element, "value")]
    return "\n".join(str(value).replace("\\", "") for value in found)


def turn_to(app: AppTest, url_path: str) -> AppTest:
    """Open another page; AppTest itself only knows pages that are files."""
    pages = {info["url_pathname"]: page_hash for page_hash, info in app._registered_pages.items()}
    app._page_hash = pages[url_path]
    return app.run()
