"""Bounce messages are matched to the mail that did not arrive; preferences hold; both on both databases."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from billing.errors import NotFound, Terminal
from billing.store import audit, mail_preferences, open_store, sent_mail, transaction
from billing.store.mail_preferences import Topic
from billing.store.sent_mail import Sent
from invoices import bounces

MINE = "<INV-2026-00001.abc@lampa.example>"


@pytest.fixture(params=["sqlite", "postgres"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    url = f"sqlite:///{tmp_path}/store.db"
    opened = open_store(url if request.param == "sqlite" else request.getfixturevalue("postgres_url"))
    with transaction(opened) as connection:
        sent_mail.note(connection, Sent(MINE, "document.mail", "c:1", "INV-2026-00001", "maria@example.com"))
    yield opened
    opened.dispose()


def report(
    message_id: str = MINE, action: str = "failed", status: str = "5.1.1", part: str = "headers"
) -> bytes:
    """A delivery report as Postfix writes it, with the headers of the mail or all of it."""
    kind = "text/rfc822-headers" if part == "headers" else "message/rfc822"
    body = "" if part == "headers" else "\n\nHello"
    return f"""From: MAILER-DAEMON@mx.example
To: receipts@lampa.example
Subject: Undelivered Mail Returned to Sender
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain; charset=us-ascii

I'm sorry to have to inform you \xff that your message could not be delivered.

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example

Final-Recipient: rfc822; Maria@Example.com
Action: {action}
Status: {status}
Diagnostic-Code: smtp; 550 5.1.1 <maria@example.com>:
    user unknown

--b
Content-Type: {kind}

Message-ID: {message_id}
To: maria@example.com{body}

--b--
""".encode("latin-1").replace(b"\n", b"\r\n")


@pytest.mark.parametrize("part", ["headers", "whole"])
def test_a_bounce_is_matched_by_its_message_id_and_noted_once(engine: Engine, part: str) -> None:
    (bounce,) = bounces.record(engine, report(part=part))
    assert (bounce.label, bounce.status, bounce.is_gone) == ("INV-2026-00001", "5.1.1", True)
    assert bounce.reason == "550 5.1.1 <maria@example.com>: user unknown"
    bounces.record(engine, report(part=part))
    with transaction(engine) as connection:
        assert len(sent_mail.bounces(connection)) == 1
        gone = sent_mail.gone(connection, " MARIA@example.com")
        assert gone is not None
        assert gone.message_id == MINE
        assert audit.entries(connection)[0]["type"] == "mail.bounced"
        assert sent_mail.gone(connection, "other@example.com") is None
        assert sent_mail.forgive(connection, "maria@example.com") == 1
        assert sent_mail.gone(connection, "maria@example.com") is None


def test_a_full_mailbox_bounces_but_is_not_gone(engine: Engine) -> None:
    (bounce,) = bounces.record(engine, report(status="5.2.2"))
    assert not bounce.is_gone
    with transaction(engine) as connection:
        assert sent_mail.gone(connection, "maria@example.com") is None


def test_a_delay_is_no_bounce(engine: Engine) -> None:
    assert bounces.record(engine, report(action="delayed", status="4.2.0")) == []


@pytest.mark.parametrize(
    ("raw", "error", "words"),
    [
        (report("<stranger@elsewhere.example>"), NotFound, "no Message-ID of a mail that was sent"),
        (b"Subject: hello\r\n\r\nI am no bounce", Terminal, "no bounce message"),
        (b"", Terminal, "no bounce message"),
        (
            b"\xff\x00: broken\r\nContent-Type: multipart/report; boundary=\r\n\r\n--",
            Terminal,
            "no bounce message",
        ),
    ],
)
def test_what_is_no_bounce_of_ours_is_refused_in_words(
    engine: Engine, raw: bytes, error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        bounces.record(engine, raw)


def test_the_last_word_on_a_topic_holds_and_silence_means_yes(engine: Engine) -> None:
    with transaction(engine) as connection:
        assert mail_preferences.wants(connection, "Maria@example.com", Topic.REMINDERS)
        mail_preferences.prefer(connection, "maria@example.com", Topic.REMINDERS, is_wanted=False)
        assert not mail_preferences.wants(connection, "Maria@example.com", Topic.REMINDERS)
        assert mail_preferences.of(connection, "maria@example.com")[Topic.RECEIPTS]
        mail_preferences.prefer(connection, "MARIA@example.com", Topic.REMINDERS, is_wanted=True)
        assert mail_preferences.wants(connection, "maria@example.com", Topic.REMINDERS)


def test_the_first_mail_of_a_document_is_what_others_answer_to(engine: Engine) -> None:
    with transaction(engine) as connection:
        found = sent_mail.of_document(connection, "INV-2026-00001")
        assert found is not None
        assert found.message_id == MINE
        assert sent_mail.about(connection, "c:1") == found
        assert sent_mail.of_document(connection, "INV-2026-00002") is None
