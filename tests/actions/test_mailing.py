"""What agents decide about mail: topics that an address wants, and a document sent once more; on the record."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Engine

from actions import mailing
from billing.errors import ConfigError, NotAllowed, NotFound
from billing.settings_model import Settings
from billing.store import mail_preferences, outbox, sent_mail, transaction
from billing.store.mail_preferences import Topic
from invoices.snapshot import Kind
from tests.invoices import by_hand

from .conftest import STAFF, person

MARIA = "Maria@example.com"
MAIL = {
    "host": "127.0.0.1",
    "port": 1,
    "security": "none",
    "sender": "a@lampa.example",
    "reply_to": "b@lampa.example",
}
Log = Callable[[], list[tuple[str, dict[str, Any]]]]


@pytest.fixture
def settings() -> Settings:
    roles = {"agent": {"may": ["mail"]}, "reader": {"may": ["look_up"]}}
    people = [
        {"email": f"{name}@lampa.example", "role": role}
        for name, role in (("ana", "agent"), ("rita", "reader"))
    ]
    return Settings.model_validate({**STAFF, "roles": roles, "people": people, "mail": MAIL})


@pytest.fixture
def document(engine: Engine) -> int:
    return by_hand.keep(engine, "INV-2026-00001", Kind.INVOICE, "done")


def wanted(engine: Engine) -> dict[Topic, bool]:
    with transaction(engine) as connection:
        return mail_preferences.of(connection, "maria@example.com")


def letters(engine: Engine) -> list[dict[str, Any]]:
    with transaction(engine) as connection:
        return [one.payload for one in outbox.pending(connection, outbox.DOCUMENT_AGAIN)]


def test_topics_are_set_and_only_what_changes_is_on_record(
    engine: Engine, settings: Settings, log: Log
) -> None:
    assert all(wanted(engine).values()), "everything, until they say otherwise"
    said = {Topic.RECEIPTS: False, Topic.NOTICES: False, Topic.REFUNDS: True}
    changed = mailing.prefer(engine, settings, MARIA, said, " She said so. ", person("ana"))
    assert changed == {Topic.RECEIPTS: False, Topic.NOTICES: False}
    assert mailing.prefer(engine, settings, MARIA, said, "Again", person("ana")) == {}
    assert mailing.prefer(engine, settings, MARIA, {Topic.NOTICES: True}, "Back", person("ana"))
    first, second = log()
    assert (first[0], first[1]["object_ref"]) == ("mail.preferences.changed", "maria@example.com")
    assert (first[1]["actor"], first[1]["role"], first[1]["reason"]) == (
        "ana@lampa.example",
        "agent",
        "She said so.",
    )
    assert first[1]["data"] == {"is_wanted": {"receipts": False, "notices": False}}
    assert second[1]["data"] == {"is_wanted": {"notices": True}}
    assert [topic for topic, is_wanted in wanted(engine).items() if not is_wanted] == [Topic.RECEIPTS]


@pytest.mark.parametrize("name", ["rita", "eve"])
def test_who_may_not_changes_nothing_and_that_is_on_record(
    engine: Engine, settings: Settings, log: Log, document: int, name: str
) -> None:
    with pytest.raises(NotAllowed, match="Nothing was changed"):
        mailing.prefer(engine, settings, MARIA, {Topic.RECEIPTS: False}, "x", person(name))
    with pytest.raises(NotAllowed, match="Nothing was changed"):
        mailing.send_again(engine, settings, "INV-2026-00001", "eve@example.com", "x", person(name), "1")
    assert [kind for kind, _ in log()] == ["mail.preferences.denied", "document.resend.denied"]
    assert all(wanted(engine).values())
    assert letters(engine) == []


def test_without_a_reason_or_an_address_nothing_happens(
    engine: Engine, settings: Settings, log: Log, document: int
) -> None:
    with pytest.raises(NotAllowed, match="needs a reason"):
        mailing.prefer(engine, settings, MARIA, {Topic.RECEIPTS: False}, "  ", person("ana"))
    with pytest.raises(NotAllowed, match="no e-mail address"):
        mailing.prefer(engine, settings, "maria", {Topic.RECEIPTS: False}, "x", person("ana"))
    with pytest.raises(NotAllowed, match="needs a reason"):
        mailing.send_again(engine, settings, "INV-2026-00001", None, " ", person("ana"), "1")
    with pytest.raises(NotAllowed, match="no e-mail address"):
        mailing.send_again(engine, settings, "INV-2026-00001", "eve", "x", person("ana"), "1")
    assert log() == []
    assert letters(engine) == []
    assert all(wanted(engine).values())


def test_a_document_is_sent_again_once_for_each_asking(
    engine: Engine, settings: Settings, log: Log, document: int
) -> None:
    def ask(asking: str, to: str | None = None) -> str:
        return mailing.send_again(engine, settings, "inv-2026-00001", to, "Lost", person("ana"), asking)

    assert ask("first") == ask("first") == "maria@example.com"
    assert ask("second", " office@example.com ") == "office@example.com"
    assert [(one["document_id"], one["to"]) for one in letters(engine)] == [
        (document, "maria@example.com"),
        (document, "office@example.com"),
    ]
    (kind, first), (_, second) = log()
    assert (kind, first["action_id"], first["reason"]) == ("document.resend.requested", "first", "Lost")
    assert first["data"] == {"label": "INV-2026-00001", "to": "maria@example.com", "is_other_address": False}
    assert second["data"]["is_other_address"] is True


def test_what_cannot_be_sent_says_why(engine: Engine, settings: Settings, log: Log, document: int) -> None:
    by_hand.keep(engine, "INV-2026-00002", Kind.INVOICE, problem="BR-CO-10: the sum is not the net")
    for label, error, words in (
        ("INV-2026-00002", NotAllowed, "held back.*BR-CO-10"),
        ("INV-2026-00009", NotFound, "No document INV-2026-00009"),
    ):
        with pytest.raises(error, match=words):
            mailing.send_again(engine, settings, label, None, "Lost", person("ana"), "1")
    without = settings.model_copy(update={"mail": None})
    with pytest.raises(ConfigError, match=r"no \[mail\]"):
        mailing.send_again(engine, without, "INV-2026-00001", None, "Lost", person("ana"), "1")
    assert letters(engine) == []
    assert log() == []


def test_an_address_whose_mail_came_back_is_mailed_again_when_somebody_says_so(
    engine: Engine, settings: Settings, log: Log
) -> None:
    with transaction(engine) as connection:
        sent_mail.bounced(connection, "<1@x>", MARIA, None, "5.1.1", "No such user")
    for reason, name in (("Mailbox is back", "rita"), ("  ", "ana")):
        with pytest.raises(NotAllowed):
            mailing.forgive(engine, settings, MARIA, reason, person(name))
    with transaction(engine) as connection:
        assert sent_mail.gone(connection, MARIA) is not None
    assert mailing.forgive(engine, settings, MARIA, "Mailbox is back", person("ana")) == 1
    assert mailing.forgive(engine, settings, MARIA, "Again", person("ana")) == 0
    with transaction(engine) as connection:
        assert sent_mail.gone(connection, MARIA) is None
    forgiven = [entry for type, entry in log() if type == "mail.bounces.forgiven"]
    assert [(one["actor"], one["object_ref"], one["reason"]) for one in forgiven] == [
        ("ana@lampa.example", "maria@example.com", "Mailbox is back")
    ]
