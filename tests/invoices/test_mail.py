"""What a mail may hold, and what the words of a mail server mean for it."""

import smtplib
from typing import Any

import pytest

from billing.errors import Refused, Transient
from billing.settings_model import Mail
from invoices import mail
from invoices.archive import Document
from invoices.snapshot import Issued, Kind
from tests.invoices.issued import SELLER, issued

SETTINGS = Mail(
    host="127.0.0.1", security="none", sender="bills@lampa.example", reply_to="help@lampa.example"
)


def of(snapshot: Issued) -> Document:
    return Document(1, snapshot.label, "maria@example.com", snapshot, "5a" * 32, None, None, None)


def test_a_name_cannot_write_headers() -> None:
    evil = SELLER.model_copy(update={"name": "Lampa\r\nBcc: x@example.com <img src='http://127.0.0.1:9/x'>"})
    message = mail.compose_document(SETTINGS, of(issued(Kind.RECEIPT, seller=evil)), b"%PDF")
    assert "Bcc" not in message
    assert "<img" not in message.get_body(("html",)).get_content()  # type: ignore[union-attr]


@pytest.mark.parametrize("kind", list(Kind))
def test_every_kind_has_a_mail_in_the_customers_language(kind: Kind) -> None:
    message = mail.compose_document(SETTINGS, of(issued(kind, language="pl")), b"%PDF")
    assert "Masz pytanie?" in message.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert '<html lang="pl">' in message.get_body(("html",)).get_content()  # type: ignore[union-attr]


class Server:
    """An SMTP server that answers every letter with one error."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def send_message(self, *_args: Any) -> None:
        raise self.error


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (smtplib.SMTPRecipientsRefused({"maria@example.com": (550, b"no such user")}), mail.NoMailbox),
        (smtplib.SMTPRecipientsRefused({"maria@example.com": (451, b"greylisted")}), Transient),
        (smtplib.SMTPDataError(554, b"spam"), Refused),
        (smtplib.SMTPDataError(452, b"full"), Transient),
        (smtplib.SMTPSenderRefused(550, b"not you", "receipts@lampa.example"), mail.ServerDown),
        (smtplib.SMTPRecipientsRefused({"maria@example.com": (421, b"closing")}), mail.ServerDown),
        (smtplib.SMTPServerDisconnected("gone"), mail.LineLost),
        (TimeoutError("timed out"), mail.LineLost),
    ],
)
def test_what_the_server_says_decides_what_happens_next(error: Exception, expected: type[Exception]) -> None:
    message = mail.compose_document(SETTINGS, of(issued(Kind.RECEIPT)), b"%PDF")
    with pytest.raises(expected) as raised:
        mail.send(Server(error), SETTINGS, message, "R-2026-00001")  # type: ignore[arg-type]
    assert raised.type is expected
