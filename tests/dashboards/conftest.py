"""A published copy made by hand, a configuration, fake gateways, and pages run by Streamlit's AppTest."""

import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
import streamlit as st
from sqlalchemy import Engine
from streamlit.testing.v1 import AppTest

from actions.ports import LiveCharge, RefundOutcome
from billing import settings
from billing.money import Money
from billing.settings_model import Settings
from billing.store import open_store
from billing.vocabulary import RefundStatus
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

[roles.agent]
may = ["look_up", "refund", "link"]
limits.refund = { per_action = "100.00", per_day = "1000.00" }

[roles.finance]
may = ["look_up", "read_audit", "read_finance"]

[roles.admin]
may = ["look_up", "refund", "link", "read_audit", "read_finance"]
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
    """A gateway in memory: charges by id, refunds by action id, and an error to raise on demand."""

    def __init__(self) -> None:
        self.charges: dict[str, tuple[Money, Money]] = {}
        self.refunds: dict[str, RefundOutcome] = {}
        self.error: Exception | None = None
        self.read_error: Exception | None = None

    def read_charge(self, charge_id: str) -> LiveCharge:
        if self.read_error:
            raise self.read_error
        amount, refunded = self.charges[charge_id]
        raw = {"amount_refunded": refunded.minor}
        return LiveCharge(charge_id, "succeeded", True, False, amount, refunded, amount - refunded, raw=raw)

    def refund(self, charge_id: str, amount: Money, reason: str, action_id: str) -> RefundOutcome:
        if self.error:
            raise self.error
        if action_id not in self.refunds:
            whole, refunded = self.charges[charge_id]
            self.charges[charge_id] = (whole, refunded + amount)
            self.refunds[action_id] = RefundOutcome(
                f"re_{len(self.refunds) + 100}",
                RefundStatus.SUCCEEDED,
                "succeeded",
                amount,
                charge_after=self.read_charge(charge_id),
            )
        return self.refunds[action_id]

    def find_refund(self, charge_id: str, action_id: str) -> RefundOutcome | None:
        return self.refunds.get(action_id)


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
    monkeypatch.setattr("dashboards.resources.adapters", lambda _settings: {("stripe", "stripe_eu"): fake})
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
