"""The mail catcher: what goes in by SMTP comes out by HTTP, whole; and the ways a delivery may fail."""

import smtplib
from collections.abc import Iterator
from email.message import EmailMessage
from typing import Any

import httpx
import pytest


@pytest.fixture(autouse=True)
def empty(house: Any) -> Iterator[None]:
    def sweep() -> None:
        httpx.delete(f"{house.url}/mail/messages").raise_for_status()
        house.forget("faults")

    sweep()
    yield
    sweep()


def letter(subject: str = "Your receipt 2026-0001") -> EmailMessage:
    message = EmailMessage()
    message["From"] = "Lampa Studio <billing@lampa.example>"
    message["To"] = "Björk Jónsdóttir <bjork@example.com>"
    message["Reply-To"] = "support@lampa.example"
    message["Subject"] = subject
    message["Message-ID"] = "<r-1@lampa.example>"
    message.set_content("Thank you – 49,00 €\n.a line that begins with a dot\n")
    message.add_alternative("<p>Thank you</p>", subtype="html")
    message.add_attachment(
        b"%PDF-1.7 \x00\xff", maintype="application", subtype="pdf", filename="receipt.pdf"
    )
    return message


def send(house: Any, message: EmailMessage) -> None:
    with smtplib.SMTP("127.0.0.1", house.smtp_port, timeout=10) as smtp:
        smtp.send_message(message)


def messages(house: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = httpx.get(f"{house.url}/mail/messages").json()
    return found


def test_a_message_is_kept_whole_and_summed_up(house: Any) -> None:
    send(house, letter("Quittung für März"))
    (kept,) = messages(house)
    assert kept["from"] == "Lampa Studio <billing@lampa.example>"
    assert "Björk" in kept["to"]
    assert "bjork@example.com" in kept["to"]
    assert kept["envelope_to"] == ["bjork@example.com"]
    assert kept["subject"] == "Quittung für März"
    assert kept["message_id"] == "<r-1@lampa.example>"
    assert kept["reply_to"] == "support@lampa.example"
    assert kept["received_at"] <= house.control("clock")["now"]
    assert kept["text"].splitlines() == ["Thank you – 49,00 €", ".a line that begins with a dot"]
    assert kept["attachments"] == [{"filename": "receipt.pdf", "content_type": "application/pdf", "size": 11}]
    raw = httpx.get(f"{house.url}/mail/messages/{kept['n']}/raw")
    assert raw.headers["content-type"] == "message/rfc822"
    assert b"\n.a line" in raw.content or b"=2Ea line" in raw.content or b"base64" in raw.content
    assert httpx.get(f"{house.url}/mail/messages/9999/raw").status_code == 404


def test_deleting_empties_and_numbers_go_on(house: Any) -> None:
    send(house, letter())
    first = messages(house)[0]["n"]
    assert httpx.delete(f"{house.url}/mail/messages").status_code == 204
    assert messages(house) == []
    send(house, letter())
    assert messages(house)[0]["n"] > first


def test_refuse_turns_the_caller_away_at_the_door(plan: Any, house: Any) -> None:
    plan(house, path="smtp", kind="smtp_refuse")
    with pytest.raises(smtplib.SMTPConnectError) as refused:
        send(house, letter())
    assert refused.value.smtp_code == 421
    assert messages(house) == []
    send(house, letter())
    assert len(messages(house)) == 1


def test_tempfail_puts_the_message_off(plan: Any, house: Any) -> None:
    plan(house, path="smtp", kind="smtp_tempfail", times=2)
    for _ in range(2):
        with pytest.raises(smtplib.SMTPDataError) as refused:
            send(house, letter())
        assert refused.value.smtp_code == 451
    assert messages(house) == []
    send(house, letter())
    assert len(messages(house)) == 1


def test_after_keeps_the_message_and_loses_the_answer(plan: Any, house: Any) -> None:
    plan(house, path="smtp", kind="smtp_after")
    with pytest.raises((smtplib.SMTPServerDisconnected, ConnectionError)):
        send(house, letter())
    assert len(messages(house)) == 1
    send(house, letter())
    assert len(messages(house)) == 2
