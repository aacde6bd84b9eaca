"""The mail catcher: what goes in by SMTP comes out by HTTP, whole; and the ways a delivery may fail."""

import smtplib
from collections.abc import Iterator
from email.message import EmailMessage
from typing import Any

import httpx
import pytest

from sandbox import helpdesks, post_room


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
    assert kept["tickets"] == [], "a customer's address is no helpdesk's"
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


def test_every_helpdesk_has_an_address_that_takes_mail() -> None:
    assert sorted(post_room.ADDRESSES.values()) == sorted(one.name for one in helpdesks.HELPDESKS)


def test_mail_to_a_closed_zendesk_ticket_is_followed_up_by_another(house: Any) -> None:
    def write(number: int, **headers: str) -> str:
        message = EmailMessage()
        message["From"], message["To"] = "maria@example.com", "support@lampa.zendesk.com"
        message["Subject"], message["Message-ID"] = "A question", f"<followed-{number}@example.com>"
        for name, value in headers.items():
            message[name.replace("_", "-")] = value
        message.set_content("Hello")
        send(house, message)
        return str(messages(house)[-1]["tickets"][0].removeprefix("zendesk: ticket "))

    first = write(1)
    house.control("act", vendor="zendesk", deed="close_ticket", ticket=first)
    second = write(2, In_Reply_To="<followed-1@example.com>")
    assert second != first
    assert write(3, References="<unknown@example.com> <followed-2@example.com>") == second
