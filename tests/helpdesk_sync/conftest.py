"""A Zendesk account in the sandbox, a store, and a published copy made by hand."""

import uuid
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import duckdb
import httpx
import pytest
from sqlalchemy import Engine

from billing.settings_model import Settings
from billing.store import open_store
from billing.warehouse import paths
from billing.warehouse.reader import DuckDBReader
from tests.conftest import Sandbox

AUTH = ("api@lampa.example/token", "zendesk_sandbox_token")
CONTEXTS = """
    create table helpdesk_contexts (
        email_key text, plan text, subscription_status text, renews_at timestamp, past_due text, open_amount text,
        last_charge text, last_failure text, lifetime_value text, open_disputes bigint, gateways text
    )"""
PUBLISHED_AT = "2026-11-23T18:05:00.000000+00:00"
# The company of the screens' tests, in the marts' own columns: Maria is past due, Kenji has a dispute.
COMPANY = Path(__file__).parents[1] / "dashboards" / "company.sql"
MORE = """
    update charges set payment_intent_id = 'pi_3' || charge_id;
    create table orders as
    select
        'woocommerce:shop:' || order_id as order_ref, 'woocommerce' as gateway, 'shop' as account, order_id,
        number, customer_ref, customer_email, customer_name
    from (values
        ('77', '1042', 'stripe:stripe_eu:cus_kenji', 'kenji@example.com', 'Kenji Sato')
    ) as t (order_id, number, customer_ref, customer_email, customer_name);
    alter table charge_explanations add column order_number text;
    update charge_explanations set order_number = '1043' where charge_ref = 'stripe:stripe_eu:ch_guest'"""


class Desk:
    """The sandbox's Zendesk, as an admin sees it."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.http = httpx.Client(base_url=f"{sandbox.url}/zendesk/api/v2", auth=AUTH)
        sandbox.control("limits", **{"zendesk.account": 100_000})
        self.reset()

    def reset(self) -> None:
        """Forget faults, requests and counted writes."""
        for path in ("faults", "requests", "helpdesk_writes"):
            self.sandbox.forget(path)

    def add(self, email: str, **more: Any) -> str:
        """Create a user and return the id."""
        answer = self.http.post("/users", json={"user": {"name": email, "email": email, **more}})
        answer.raise_for_status()
        return str(answer.json()["user"]["id"])

    def fields(self, user_id: str) -> dict[str, Any]:
        """Return a user's field values."""
        values: dict[str, Any] = self.http.get(f"/users/{user_id}").json()["user"]["user_fields"]
        return values

    def act(self, deed: str, **asked: Any) -> dict[str, Any]:
        """Let people do something at Zendesk, and return its answer."""
        done: dict[str, Any] = self.sandbox.control("act", vendor="zendesk", deed=deed, **asked)
        return done

    def writes(self) -> int:
        return int(self.sandbox.control("helpdesk_writes")["zendesk"])

    def requests(self, path: str) -> list[dict[str, Any]]:
        """Return the logged requests to a path, without /zendesk/api/v2."""
        found: list[dict[str, Any]] = self.sandbox.control(f"requests?prefix=/zendesk/api/v2{path}")
        return found

    def fault(self, path: str, **what: Any) -> None:
        self.sandbox.control("faults", path=f"/zendesk/api/v2{path}", **what)


@pytest.fixture
def desk(sandbox: Sandbox) -> Iterator[Desk]:
    one = Desk(sandbox)
    yield one
    one.reset()
    one.http.close()


@pytest.fixture
def domain() -> str:
    """A mail domain of this test's own, since the helpdesk is shared."""
    return f"{uuid.uuid4().hex[:12]}.example"


def house_of(tmp_path: Path, **helpdesks: Any) -> Settings:
    """A configuration in a folder of one test's own, with these helpdesk accounts."""
    stripe = {"account": "stripe_eu", "title": "Stripe Europe", "secret_key": "sk_test_1"}
    return Settings.model_validate(
        {
            "company": {"name": "Lampa", "address": ["Road 1"], "country": "DE", "email": "a@lampa.example"},
            "store": {"url": f"sqlite:///{tmp_path}/store.db"},
            "warehouse": {"dir": tmp_path / "warehouse"},
            "gateways": {"stripe": [stripe]},
            "serve": {"dashboard_url": "https://bills.lampa.example/"},
            "helpdesks": helpdesks,
        }
    )


@pytest.fixture
def settings(tmp_path: Path, sandbox: Sandbox) -> Settings:
    account = {
        "account": "main",
        "base_url": f"{sandbox.url}/zendesk",
        "email": "api@lampa.example",
        "api_token": "zendesk_sandbox_token",
    }
    return house_of(tmp_path, zendesk=[account])


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    opened = open_store(f"sqlite:///{tmp_path}/store.db")
    yield opened
    opened.dispose()


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[DuckDBReader]:
    opened = DuckDBReader(tmp_path / "warehouse")
    yield opened
    opened.close()


def context(email_key: str, **changed: Any) -> dict[str, Any]:
    """What the marts say of one person."""
    return {
        "email_key": email_key,
        "plan": "Pro monthly",
        "subscription_status": "past_due",
        "renews_at": datetime.fromisoformat("2026-12-12T10:00"),
        "past_due": "49.00 EUR",
        "open_amount": "49.00 EUR",
        "last_charge": "49.00 EUR, failed, 2026-11-20",
        "last_failure": "Your card has insufficient funds.",
        "lifetime_value": "490.00 EUR",
        "open_disputes": 0,
        "gateways": "stripe",
    } | changed


def publish_into(folder: Path, rows: list[dict[str, Any]], *changes: str) -> None:
    """Publish contexts, and the small company changed by some statements, as the newest copy in a folder."""
    folder.mkdir(exist_ok=True)
    name = paths.serve_name(len(paths.published_copies(folder)) + 1)
    with duckdb.connect(str(folder / name)) as connection:
        connection.execute("create schema marts; use marts")
        for statement in (CONTEXTS, COMPANY.read_text(), MORE, *changes):
            connection.execute(statement)
        connection.execute(
            f"create table published as select '{name}' as snapshot, '{PUBLISHED_AT}' as published_at"
        )
        if rows:
            marks = ", ".join("?" for _ in rows[0])
            values = [list(row.values()) for row in rows]
            connection.executemany(f"insert into helpdesk_contexts values ({marks})", values)
    (folder / paths.CURRENT).write_text(name)


@pytest.fixture
def publish(tmp_path: Path) -> Callable[..., None]:
    """Publish for this test's reader: publish([context(..), ..], "update customers set ..")."""
    return partial(publish_into, tmp_path / "warehouse")
