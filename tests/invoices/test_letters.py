"""Letters as they arrive: names, numbers, threads; preferences and dead addresses; invoices that are held back."""

import email
import email.policy
import socket
from collections.abc import Callable, Iterator
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from sqlalchemy import Engine, select

from billing.settings_model import Mail
from billing.store import audit, mail_preferences, outbox, sent_mail, transaction
from billing.store.mail_preferences import Topic
from billing.store.tables import documents
from billing.store.tables import outbox as outbox_table
from invoices import deliver
from invoices.archive import Storage
from invoices.postman import Delivery
from invoices.snapshot import Kind
from tests.conftest import Sandbox
from tests.invoices.conftest import Mailbox, MovableClock
from tests.invoices.quick import CountingPress, keep

Send = Callable[..., Delivery]


def mail_at(port: int) -> Mail:
    return Mail(
        host="127.0.0.1",
        port=port,
        security="none",
        sender="bills@lampa.example",
        reply_to="all@lampa.example",
    )


@pytest.fixture
def send(engine: Engine, sandbox: Sandbox, tmp_path: Path) -> Send:
    """Deliver what waits, to the sandbox unless another port is named."""

    def run(port: int | None = None) -> Delivery:
        kept = Storage(str(tmp_path / "documents"))
        settings = mail_at(port or sandbox.smtp_port)
        return deliver.deliver(engine, kept, settings, CountingPress(), lambda _what, _done: None)

    return run


@pytest.fixture
def refusing() -> Iterator[Callable[[str], int]]:
    """A mail server that answers every recipient with the given words; call it for its port."""
    running: list[Controller] = []

    def start(answer: str) -> int:
        class Handler:
            async def handle_RCPT(self, *_: Any) -> str:
                return answer

        with socket.create_server(("127.0.0.1", 0)) as free:
            port = int(free.getsockname()[1])
        running.append(Controller(Handler(), hostname="127.0.0.1", port=port))
        running[-1].start()
        return port

    yield start
    for one in running:
        one.stop()


def arrived(mailbox: Mailbox) -> list[EmailMessage]:
    parsed = [
        email.message_from_bytes(mailbox.raw(one), policy=email.policy.default) for one in mailbox.messages()
    ]
    return [one for one in parsed if isinstance(one, EmailMessage)]


@pytest.mark.parametrize(
    ("kind", "label", "name"),
    [
        (Kind.INVOICE, "INV-2026-00001", "Invoice-INV-2026-00001.pdf"),
        (Kind.RECEIPT, "R-2026-00001", "Receipt-R-2026-00001.pdf"),
        (Kind.CREDIT_NOTE, "CN-2026-00001", "Credit-note-CN-2026-00001.pdf"),
        (Kind.REFUND_RECEIPT, "RR-2026-00001", "Refund-receipt-RR-2026-00001.pdf"),
        (Kind.PAYMENT_REQUEST, "PR-2026-00001", "Payment-request-PR-2026-00001.pdf"),
    ],
)
def test_a_letter_says_which_document_it_brings(
    engine: Engine, mailbox: Mailbox, send: Send, kind: Kind, label: str, name: str
) -> None:
    keep(engine, label, kind)
    assert send().sent == 1
    (message,) = arrived(mailbox)
    assert label in message["Subject"]
    assert message["X-Billhouse-Document"] == label
    assert message["Reply-To"] == "support@northwind.example", "the legal entity's, as the document froze it"
    assert [part.get_filename() for part in message.iter_attachments()] == [name]


def test_a_credit_note_answers_to_the_mail_of_its_invoice(
    engine: Engine, mailbox: Mailbox, send: Send
) -> None:
    keep(engine, "INV-2026-00001", Kind.INVOICE)
    keep(engine, "CN-2026-00001", Kind.CREDIT_NOTE)
    assert send().sent == 2
    first, second = arrived(mailbox)
    assert first["In-Reply-To"] is None
    assert second["In-Reply-To"] == second["References"] == first["Message-ID"]


def test_who_wants_no_receipts_gets_none_but_the_document_and_refunds_are_there(
    engine: Engine, mailbox: Mailbox, send: Send
) -> None:
    with transaction(engine) as connection:
        mail_preferences.prefer(connection, "Ada@example.com", Topic.RECEIPTS, is_wanted=False)
    keep(engine, "INV-2026-00001", Kind.INVOICE)
    keep(engine, "CN-2026-00001", Kind.CREDIT_NOTE)
    report = send()
    assert (report.sent, report.unwanted, report.failed) == (1, 1, 0)
    assert [one["X-Billhouse-Document"] for one in arrived(mailbox)] == ["CN-2026-00001"]
    with transaction(engine) as connection:
        assert "document.not_mailed" in {one["type"] for one in audit.entries(connection)}
        assert connection.execute(select(documents.c.content_sha256)).scalars().all().count(None) == 0
        assert outbox.standing(connection) == []
    assert send().sent == 0


def test_an_address_that_is_gone_is_noted_at_once_and_spared_all_but_tax_documents(
    engine: Engine, mailbox: Mailbox, send: Send, refusing: Callable[[str], int], moment: MovableClock
) -> None:
    keep(engine, "R-2026-00001", Kind.RECEIPT)
    assert send(refusing("550 5.1.1 No such user here")).failed == 1
    with transaction(engine) as connection:
        (bounce,) = sent_mail.bounces(connection)
    assert (bounce.label, bounce.status, bounce.is_gone) == ("R-2026-00001", "5.1.1", True)
    assert bounce.message_id.startswith("<R-2026-00001.")
    keep(engine, "R-2026-00002", Kind.RECEIPT)
    keep(engine, "INV-2026-00001", Kind.INVOICE)
    report = send()
    assert (report.sent, report.failed) == (1, 1)
    assert [one["X-Billhouse-Document"] for one in arrived(mailbox)] == ["INV-2026-00001"]
    with transaction(engine) as connection:
        assert "takes no mail since" in outbox.standing(connection)[0]["error"]
        sent_mail.forgive(connection, "ada@example.com")
        assert outbox.retry(connection) == 2
    assert send().sent == 2


def test_a_refusal_for_another_reason_shuts_no_address_off(
    engine: Engine, send: Send, refusing: Callable[[str], int]
) -> None:
    keep(engine, "R-2026-00001", Kind.RECEIPT)
    assert send(refusing("550 5.7.1 Your network is on a list")).failed == 1
    with transaction(engine) as connection:
        assert [one.is_gone for one in sent_mail.bounces(connection)] == [False]
        assert sent_mail.gone(connection, "ada@example.com") is None


def test_a_letter_that_is_put_off_is_no_bounce(
    engine: Engine, mailbox: Mailbox, send: Send, refusing: Callable[[str], int], moment: MovableClock
) -> None:
    keep(engine, "R-2026-00001", Kind.RECEIPT)
    assert send(refusing("450 4.2.1 Come back later")).failed == 1
    with transaction(engine) as connection:
        assert sent_mail.bounces(connection) == []
    moment.now += timedelta(seconds=10)
    assert send().sent == 1


def test_an_invalid_invoice_is_not_mailed_and_says_why_while_the_rest_goes_on(
    engine: Engine, mailbox: Mailbox, send: Send
) -> None:
    keep(engine, "INV-2026-00001", Kind.INVOICE, total_minor=1)
    keep(engine, "INV-2026-00002", Kind.INVOICE)
    report = send()
    assert (report.sent, report.failed) == (1, 1)
    assert [one["X-Billhouse-Document"] for one in arrived(mailbox)] == ["INV-2026-00002"]
    with transaction(engine) as connection:
        state, error = connection.execute(
            select(outbox_table.c.state, outbox_table.c.error).order_by(outbox_table.c.id)
        ).first() or ("", "")
        problem = connection.execute(select(documents.c.problem).order_by(documents.c.id)).scalars().first()
    assert state == "failed"
    assert error == problem
    assert "INV-2026-00001" in str(error)


def ask_again(engine: Engine, document_id: int, to: str, asking: str = "a1") -> None:
    letter = {"document_id": document_id, "to": to, "asked_at": "2026-11-23T18:00:00.000000+00:00"}
    with transaction(engine) as connection:
        assert outbox.put(connection, outbox.DOCUMENT_AGAIN, asking, letter)


def test_a_document_sent_again_is_the_same_file_in_an_answer_to_its_first_mail(
    engine: Engine, mailbox: Mailbox, send: Send, moment: MovableClock
) -> None:
    """Whatever they want by mail, and though their address was once refused: a person asked for it."""
    number = keep(engine, "R-2026-00001", Kind.RECEIPT)
    assert send().sent == 1
    with transaction(engine) as connection:
        mail_preferences.prefer(connection, "ada@example.com", Topic.RECEIPTS, is_wanted=False)
        sent_mail.bounced(connection, "<x@y>", "ada@example.com", None, "5.1.1", "No such user")
    moment.now += timedelta(minutes=1)
    ask_again(engine, number, "ada@example.com", "a1")
    ask_again(engine, number, "office@example.com", "a2")
    assert send().sent == 2
    assert send().sent == 0
    first, second, third = arrived(mailbox)
    assert (first["To"], second["To"], third["To"]) == (
        "ada@example.com",
        "ada@example.com",
        "office@example.com",
    )
    assert len({one["Message-ID"] for one in (first, second, third)}) == 3
    assert second["In-Reply-To"] == third["In-Reply-To"] == first["Message-ID"]
    files = {part.get_content() for one in (first, second, third) for part in one.iter_attachments()}
    assert len(files) == 1
    assert second["Date"].startswith("Mon, 23 Nov 2026 18:00:00")
    with transaction(engine) as connection:
        told = [one["data"]["to"] for one in audit.entries(connection) if one["type"] == "document.mailed"]
    assert told == ["office@example.com", "ada@example.com", "ada@example.com"]


def test_an_invalid_invoice_is_not_sent_again_either(engine: Engine, mailbox: Mailbox, send: Send) -> None:
    ask_again(engine, keep(engine, "INV-2026-00001", Kind.INVOICE, total_minor=1), "ada@example.com")
    assert (send().sent, arrived(mailbox)) == (0, [])
    with transaction(engine) as connection:
        assert {one["state"] for one in outbox.standing(connection)} == {"failed"}


def test_a_letter_that_is_sent_again_after_a_broken_line_keeps_its_message_id(
    engine: Engine, mailbox: Mailbox, send: Send
) -> None:
    """The same asking gives the same mail, and it never answers to itself."""
    number = keep(engine, "R-2026-00001", Kind.RECEIPT)
    with transaction(engine) as connection:
        connection.execute(outbox_table.delete())
    ask_again(engine, number, "ada@example.com")
    assert send().sent == 1
    with transaction(engine) as connection:
        connection.execute(outbox_table.update().values(state="pending"))
    assert send().sent == 1
    first, second = arrived(mailbox)
    assert first["Message-ID"] == second["Message-ID"]
    assert first["In-Reply-To"] is second["In-Reply-To"] is None
