"""Menus, dialogs, approvals and activity: what can be done, what cannot and why, and who released what."""

import pytest
from sqlalchemy import Engine
from streamlit.testing.v1 import AppTest

from actions import store
from actions.service import Desk, perform
from billing.money import Money
from billing.rates import Rates
from billing.settings_model import Settings
from billing.store import audit, transaction
from billing.vocabulary import ActionStatus
from tests.actions.conftest import command, person
from tests.dashboards.conftest import FakeStripe, Open, texts, turn_to

SUB = "stripe:stripe_eu:sub_maria"


def press(app: AppTest, key: str) -> AppTest:
    return app.button(key=key).click().run()


def kinds(engine: Engine) -> list[str]:
    with transaction(engine) as connection:
        return [entry["type"] for entry in reversed(audit.entries(connection))]


def test_a_subscription_is_cancelled_from_its_menu(
    open_app: Open, stripe: FakeStripe, engine: Engine
) -> None:
    app = press(open_app(q="maria@example.com"), f"cancel_subscription-{SUB}")
    next(radio for radio in app.radio if radio.label == "When").set_value("Now")
    next(box for box in app.selectbox if box.label == "Reason").set_value("too_expensive")
    app = app.run()
    assert "It ends now at Stripe Europe and is not charged again." in texts(app)
    app = next(b for b in app.button if b.key and b.key.startswith("act-now")).click().run()
    assert "Subscription cancelled through Stripe" in texts(app)
    assert stripe.ended == {"sub_maria"}
    assert kinds(engine) == ["subscription.cancel.requested", "subscription.cancel.succeeded"]


def test_what_cannot_be_done_is_greyed_with_its_reason(open_app: Open) -> None:
    app = open_app(q="maria@example.com")
    assert f"change_plan-{SUB}" not in [b.key for b in app.button], "the role may not"
    button = app.button(key=f"pause_subscription-{SUB}")
    assert not button.disabled


@pytest.fixture
def asked(config: Settings, engine: Engine, stripe: FakeStripe) -> str:
    """A refund of ana's above her limit, which waits; the action's id."""
    stripe.charges["ch_1"] = (Money(20_000, "EUR"), Money(0, "EUR"))
    desk = Desk(engine, config, {("stripe", "stripe_eu"): stripe}, Rates())
    result = perform(desk, command(amount=Money(15_000, "EUR")), person("ana"))
    assert result.status is ActionStatus.AWAITING_APPROVAL, result.message
    return result.action_id


def test_another_person_approves(open_app: Open, stripe: FakeStripe, engine: Engine, asked: str) -> None:
    app = turn_to(open_app("dora"), "approvals")
    said = texts(app)
    assert "Refund: 150.00 EUR" in said
    assert "asked by ana@lampa.example" in said
    app = press(app, f"approve-{asked}")
    assert "150.00 EUR refunded through Stripe" in texts(app)
    assert stripe.charges["ch_1"][1] == Money(15_000, "EUR")
    with transaction(engine) as connection:
        recorded = store.find(connection, asked)
    assert recorded is not None
    assert recorded.approver == "dora@lampa.example"


def test_a_request_is_declined_with_a_reason(open_app: Open, stripe: FakeStripe, asked: str) -> None:
    app = turn_to(open_app("dora"), "approvals")
    next(i for i in app.text_input if i.key == f"why-{asked}").set_value("No ticket.")
    app = press(app.run(), f"decline-{asked}")
    assert "Declined by dora@lampa.example: No ticket." in texts(app)
    assert stripe.refunds == {}


def test_who_may_not_approve_has_no_inbox(open_app: Open) -> None:
    app = open_app("ana")
    assert "approvals" not in {info["url_pathname"] for info in app._registered_pages.values()}


def test_activity_tells_who_did_what_and_why(open_app: Open, asked: str) -> None:
    app = turn_to(open_app("dora"), "activity")
    assert app.subheader[0].value == "1 action, 1 for this reason: requested by the customer"
    frame = app.dataframe[0].value
    assert list(frame["What"]) == ["Refund"]
    assert list(frame["State"]) == ["awaiting approval"]
    next(box for box in app.selectbox if box.label == "Shown").set_value("Cancellations")
    assert "No action fits these filters" in texts(app.run())
