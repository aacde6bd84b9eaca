"""A gateway that could not be read is named on every page that shows figures, and since when."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine
from streamlit.testing.v1 import AppTest

from billing import clock
from billing.store import loads, transaction
from tests.dashboards.conftest import Open, texts, turn_to

PAYPAL = """
[[gateways.paypal]]
account = "paypal_main"
title = "PayPal"
client_id = "client"
client_secret = "file:secret"
"""
PAGES = ("", "revenue", "recurring-revenue", "invoices", "tax", "disputes")
BEHIND = "has not been read since"


@pytest.fixture
def read_at(config_path: Path, engine: Engine) -> datetime:
    """Two accounts: Stripe was read just now; PayPal's last try failed, three days after its last good load."""
    config_path.write_text(config_path.read_text() + PAYPAL)
    at = clock.now() - timedelta(days=3)
    with transaction(engine) as connection:
        loads.read(connection, "stripe", "stripe_eu", clock.now())
        loads.read(connection, "paypal", "paypal_main", at)
        loads.failed(connection, "paypal", "paypal_main", "PayPal: POST /v1/oauth2/token answered with 500.")
    return at


def chip(app: AppTest) -> str:
    return next(str(one.value) for one in app.markdown if "as of" in str(one.value))


@pytest.mark.parametrize("page", PAGES)
def test_every_page_of_figures_names_it_and_since_when(page: str, read_at: datetime, open_app: Open) -> None:
    app = turn_to(open_app("chen"), page)
    assert not app.exception
    year = "" if read_at.year == clock.now().year else f" {read_at.year}"
    since = f"{read_at.day} {read_at:%b}{year}, {read_at:%H:%M} UTC"
    said = texts(app)
    assert f"PayPal (paypal_main) {BEHIND} {since}" in said
    assert "answered with 500" in said
    assert "Stripe Europe (stripe_eu)" not in said
    assert chip(app).startswith(":orange-badge[")
    assert ", but PayPal" in chip(app)


def test_once_it_is_read_again_nothing_is_said(read_at: datetime, engine: Engine, open_app: Open) -> None:
    with transaction(engine) as connection:
        loads.read(connection, "paypal", "paypal_main", clock.now())
    app = open_app("ana")
    assert BEHIND not in texts(app)
    assert chip(app).startswith(":gray-badge[")


def test_an_account_that_was_left_out_is_named_too(read_at: datetime, engine: Engine, open_app: Open) -> None:
    with transaction(engine) as connection:
        loads.read(connection, "paypal", "paypal_main", clock.now())
        loads.read(connection, "stripe", "stripe_eu", clock.now() - timedelta(hours=2))
    app = open_app("ana")
    assert f"Stripe Europe (stripe_eu) {BEHIND}" in texts(app)
    assert ", but Stripe Europe" in chip(app)


def test_two_are_both_named(read_at: datetime, engine: Engine, open_app: Open) -> None:
    with transaction(engine) as connection:
        loads.failed(connection, "stripe", "stripe_eu", "Stripe does not know the key.")
    app = turn_to(open_app("chen"), "revenue")
    assert texts(app).count(BEHIND) == 2
    assert ", but Stripe Europe and 1 more" in chip(app)


def test_the_audit_log_shows_no_figures_and_says_nothing(read_at: datetime, open_app: Open) -> None:
    assert BEHIND not in texts(turn_to(open_app("chen"), "audit-log"))
