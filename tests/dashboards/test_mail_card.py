"""What a person's addresses are mailed, and the switches; a document that is sent again."""

from typing import Any

import pytest
from sqlalchemy import Engine
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Button

from billing.store import audit, mail_preferences, outbox, sent_mail, transaction
from billing.store.mail_preferences import Topic
from invoices.snapshot import Kind
from tests.dashboards.conftest import Open, texts, turn_to
from tests.dashboards.test_documents import give
from tests.dashboards.test_finance import open_row
from tests.invoices import by_hand

MARIA = "maria@example.com"


def off(engine: Engine, email: str = MARIA) -> set[str]:
    with transaction(engine) as connection:
        return {topic for topic, is_wanted in mail_preferences.of(connection, email).items() if not is_wanted}


def log(engine: Engine) -> list[dict[str, Any]]:
    with transaction(engine) as connection:
        return audit.entries(connection)


def letters(engine: Engine) -> list[str]:
    with transaction(engine) as connection:
        return [one.payload["to"] for one in outbox.pending(connection, outbox.DOCUMENT_AGAIN)]


def open_document(engine: Engine, app: AppTest, problem: str | None = None) -> AppTest:
    by_hand.keep(engine, "R-2026-00001", Kind.RECEIPT, "done", problem=problem)
    give(engine, {"R-2026": 1})
    return open_row(turn_to(app, "documents"), "documents")


def send_button(app: AppTest) -> Button:
    (found,) = (one for one in app.button if one.label.startswith("Send to"))
    return found


def test_switches_are_set_with_a_reason_and_show_at_once(open_app: Open, engine: Engine) -> None:
    app = open_app(q=MARIA)
    assert "Is mailed everything" in texts(app)
    app.button(key=f"mail-{MARIA}").click().run()
    assert [one.label for one in app.toggle] == ["Receipts", "Refunds", "Reminders", "Notices"]
    app.toggle(key=f"mail-receipts-{MARIA}").set_value(False).run()
    app.toggle(key=f"mail-notices-{MARIA}").set_value(False).run()
    assert app.button(key="mail-now").disabled, "without a reason"
    app.text_input(key="mail-reason").set_value("She asked on the phone").run()
    app.button(key="mail-now").click().run()
    assert not app.exception
    assert f"On record: what {MARIA} is mailed." in texts(app)
    assert "Wants no receipts, no notices" in texts(app)
    assert off(engine) == {"receipts", "notices"}
    (entry,) = log(engine)
    assert (entry["type"], entry["actor"], entry["channel"], entry["reason"]) == (
        "mail.preferences.changed",
        "ana@lampa.example",
        "dashboard",
        "She asked on the phone",
    )


def test_nothing_to_save_until_a_switch_is_moved_and_keeping_changes_nothing(
    open_app: Open, engine: Engine
) -> None:
    app = open_app(q=MARIA)
    app.button(key=f"mail-{MARIA}").click().run()
    app.text_input(key="mail-reason").set_value("Why not").run()
    assert app.button(key="mail-now").disabled
    app.toggle(key=f"mail-receipts-{MARIA}").set_value(False).run()
    assert not app.button(key="mail-now").disabled
    app.button(key="mail-keep").click().run()
    assert not app.toggle
    assert off(engine) == set()
    assert log(engine) == []


def test_a_role_that_may_not_sees_what_is_mailed_and_no_button(open_app: Open, engine: Engine) -> None:
    with transaction(engine) as connection:
        mail_preferences.prefer(connection, MARIA, Topic.REMINDERS, is_wanted=False)
        sent_mail.bounced(connection, "<x@y>", MARIA, None, "5.1.1", "No such user")
    app = open_app("chen", q=MARIA)
    assert "Wants no reminders" in texts(app)
    assert "Takes no mail since" in texts(app)
    assert f"mail-{MARIA}" not in [one.key for one in app.button]


def test_a_document_is_sent_again_to_its_address(open_app: Open, engine: Engine) -> None:
    app = open_document(engine, open_app("dora"))
    app.button(key="resend-1").click().run()
    assert send_button(app).disabled, "without a reason"
    app.text_input(key="resend-reason").set_value("Never arrived").run()
    send_button(app).click().run()
    assert not app.exception
    assert letters(engine) == [MARIA]
    assert "R-2026-00001 goes to maria@example.com with the next run" in texts(app)
    (entry,) = log(engine)
    assert (entry["type"], entry["reason"]) == ("document.resend.requested", "Never arrived")


def test_another_address_is_warned_of_and_on_record(open_app: Open, engine: Engine) -> None:
    app = open_document(engine, open_app("dora"))
    app.button(key="resend-1").click().run()
    app.text_input(key="resend-to").set_value("nobody").run()
    app.text_input(key="resend-reason").set_value("Their accountant").run()
    send_button(app).click().run()
    assert "is no e-mail address" in texts(app)
    assert letters(engine) == []
    app.text_input(key="resend-to").set_value("tax@example.com").run()
    assert "Be sure that they may see this bill" in texts(app)
    send_button(app).click().run()
    assert letters(engine) == ["tax@example.com"]
    assert log(engine)[0]["data"]["is_other_address"] is True


@pytest.mark.parametrize(("name", "problem"), [("chen", None), ("dora", "BR-CO-10: the sum is not the net")])
def test_no_button_for_who_may_not_or_for_what_is_held_back(
    open_app: Open, engine: Engine, name: str, problem: str | None
) -> None:
    app = open_document(engine, open_app(name), problem)
    assert "**R-2026-00001**" in texts(app)
    assert not [one for one in app.button if one.label == "Send again…"]


def test_an_agent_sends_a_document_again_from_its_customers_page(open_app: Open, engine: Engine) -> None:
    by_hand.keep(engine, "R-2026-00001", Kind.RECEIPT, "done", object_ref="stripe:stripe_eu:ch_renewal")
    by_hand.keep(engine, "R-2026-00002", Kind.RECEIPT, "done", object_ref="stripe:stripe_eu:ch_of_somebody")
    app = open_app("ana", q=MARIA)
    assert "Documents 1" in [tab.label for tab in app.tabs]
    app = open_row(app, "table-documents")
    assert "R-2026-00001" in texts(app)
    assert "R-2026-00002" not in texts(app)
    app.button(key="resend-1").click().run()
    app.text_input(key="resend-reason").set_value("Never arrived").run()
    send_button(app).click().run()
    assert not app.exception
    assert letters(engine) == [MARIA]
