"""A customer answers the mail of a document: a ticket in the helpdesk, and one note with their billing on it."""

import smtplib
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from typing import Any

import httpx
import pytest
from sqlalchemy import insert

from billing.store import document_labels, transaction
from billing.store.tables import documents
from helpdesk_sync.registry import HELPDESKS
from tests.conftest import Sandbox
from tests.helpdesk_sync.door import Door, open_door
from tests.helpdesk_sync.ward import Ward

# Where each helpdesk of the sandbox takes mail in; one of them is the Reply-To of our letters.
ADDRESSES = {
    "zendesk": "support@lampa.zendesk.com",
    "freshdesk": "support@lampa.freshdesk.com",
    "helpscout": "support@lampa.helpscoutapp.com",
    "intercom": "support@lampa.intercom-mail.com",
    "front": "support@lampa.example",
}
LABELS = {
    "INV": "stripe:stripe_eu:ch_renewal",
    "CN": "stripe:stripe_eu:ch_kenji",
    "R": "stripe:stripe_eu:ch_guest",
}
KINDS = {"INV": ("invoice", 4900, "EUR"), "CN": ("credit_note", 5400, "JPY"), "R": ("receipt", 12500, "KWD")}
Send = Callable[..., str]


@pytest.fixture(scope="module")
def door(sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    """A house that has issued one document of each kind, for three payers."""
    with open_door(sandbox, tmp_path_factory.mktemp("door")) as opened:
        with transaction(opened.engine) as connection:
            for prefix, charge in LABELS.items():
                series = f"{prefix}-2026"
                kind, total, currency = KINDS[prefix]
                row = {"kind": kind, "series": series, "number": 1, "label": f"{series}-00001"}
                row |= {"object_ref": f"{charge}:{prefix}", "total_minor": total, "currency": currency}
                row |= {"snapshot": f'{{"charge_ref": "{charge}"}}'}
                row |= {"issued_at": "2026-11-01T09:00:00.000000+00:00"}
                connection.execute(insert(documents).values(row))
            asked = row | {"kind": "payment_request", "series": "PR-2026", "label": "PR-2026-00001"}
            asked |= {"object_ref": "stripe:stripe_eu:in_open", "total_minor": 4900, "currency": "EUR"}
            connection.execute(insert(documents).values(asked | {"snapshot": '{"charge_ref": null}'}))
        yield opened


@pytest.fixture(params=HELPDESKS)
def ward(request: pytest.FixtureRequest, sandbox: Sandbox, door: Door) -> Ward:
    door.publish()
    return Ward(request.param, sandbox)


@pytest.fixture
def send(sandbox: Sandbox, ward: Ward, domain: str) -> Send:
    """Send a mail to the helpdesk's address and return what became of it there: "ticket 35", or why none."""

    def post(sender: str, subject: str, text: str, number: int = 1, **headers: str) -> str:
        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = sender, ADDRESSES[ward.name], subject
        message["Message-ID"] = f"<{number}@{domain}>"
        for name, value in headers.items():
            message[name.replace("_", "-")] = value
        message.set_content(text)
        with smtplib.SMTP("127.0.0.1", sandbox.smtp_port, timeout=10) as smtp:
            smtp.send_message(message)
        (kept,) = httpx.get(f"{sandbox.url}/mail/messages").json()[-1]["tickets"]
        helpdesk, _, became = str(kept).partition(": ")
        assert helpdesk == ward.name
        return became.removeprefix("ticket ")

    return post


def test_a_customers_reply_is_a_ticket_with_their_billing_noted_once(
    ward: Ward, door: Door, send: Send, domain: str
) -> None:
    subject = "Re: Your invoice INV-2026-00001 from Lampa"
    ticket = send(
        "Maria <maria@example.com>",
        subject,
        "Why so much?",
        In_Reply_To="<INV-2026-00001.1f0c@lampa.example>",
    )
    heard = door.wait(ward.name, ticket)
    door.attend()
    (note,) = ward.notes(ticket)
    assert note.startswith("Maria Kowalska, maria@example.com (matched by e-mail).")
    assert "Document in question: invoice INV-2026-00001, 49.00 EUR, issued on 1 Nov 2026." in note
    assert "Charge in question: 49.00 EUR, partially refunded on 12 Oct 2026 through Stripe Europe" in note
    again = send("maria@example.com", subject, "Anybody there?", 2, In_Reply_To=f"<1@{domain}>")
    assert again == ticket, "an answer joins its ticket"
    door.wait(ward.name, ticket, len(heard))
    door.attend()
    assert len(ward.notes(ticket)) == 1


@pytest.mark.parametrize(
    ("subject", "text", "who"),
    [
        ("Re: Your invoice INV-2026-00001 from Lampa", "Why so much?", "Maria Kowalska"),
        ("A question", "> Credit note CN-2026-00001\n\nWhere is my money?", "Kenji Sato"),
        ("fwd: r-2026-00001", "Please explain.", "A guest, guest@example.com"),
    ],
)
def test_a_documents_number_tells_who_asks_from_another_address(
    ward: Ward, door: Door, send: Send, domain: str, subject: str, text: str, who: str
) -> None:
    ticket = send(f"bookkeeping@{domain}", subject, text)
    door.wait(ward.name, ticket)
    door.attend()
    (note,) = ward.notes(ticket)
    assert note.startswith(who), note
    assert "named in the text by document number; the sender's address is not theirs" in note.splitlines()[0]
    assert note.count("Document in question: ") == note.count("Charge in question: ") == 1


@pytest.mark.parametrize(
    ("sender", "subject", "text"),
    [
        ("kenji@example.com", "Re: Your invoice INV-2026-00001 from Lampa", "Whose is this?"),
        ("kenji@example.com", "A question", "> Your invoice INV-2026-00001 and R-2026-00001\n\nWhat is it?"),
        ("guest@example.com", "Re: INV-2026-00001, CN-2026-00001", "And these?"),
    ],
)
def test_a_strangers_number_tells_a_customer_nothing_of_the_stranger(
    ward: Ward, door: Door, send: Send, sender: str, subject: str, text: str
) -> None:
    """The note is what the sender's own address gets without any number."""
    plain = send(sender, "A question", "Hello?", 1)
    ticket = send(sender, subject, text, 2)
    for each in (plain, ticket):
        door.wait(ward.name, each)
    door.attend()
    (expected,), (note,) = ward.notes(plain), ward.notes(ticket)
    assert sender in note
    assert note == expected


def test_of_two_numbers_a_customer_is_told_their_own(ward: Ward, door: Door, send: Send) -> None:
    ticket = send("kenji@example.com", "INV-2026-00001 or CN-2026-00001?", "Which is mine?")
    door.wait(ward.name, ticket)
    door.attend()
    (note,) = ward.notes(ticket)
    assert "Document in question: credit note CN-2026-00001, 5,400 JPY, issued on 1 Nov 2026." in note
    assert "Charge in question: 5,400 JPY on 1 Nov 2026" in note
    assert "INV-2026-00001" not in note
    assert "Maria" not in note


def test_a_payment_request_is_told_without_a_charge(ward: Ward, door: Door, send: Send) -> None:
    ticket = send("maria@example.com", "Re: Payment request from Lampa: 49.00 EUR (PR-2026-00001)", "How?")
    door.wait(ward.name, ticket)
    door.attend()
    (note,) = ward.notes(ticket)
    assert "Document in question: payment request PR-2026-00001, 49.00 EUR, issued on 1 Nov 2026." in note
    assert "Charge in question" not in note


def test_a_number_that_was_never_issued_matches_nobody(
    ward: Ward, door: Door, send: Send, domain: str
) -> None:
    ticket = send(f"bookkeeping@{domain}", "INV-2026-00002", "And INV-2026-99999999999999999999?")
    door.wait(ward.name, ticket)
    door.attend()
    assert ward.notes(ticket) == []


def test_a_mail_that_comes_twice_or_from_a_machine_opens_no_ticket(send: Send, domain: str) -> None:
    assert not send(f"a@{domain}", "Hello", "Hello").startswith("no ticket")
    assert send(f"a@{domain}", "Hello", "Hello") == "no ticket, it came before"
    away = send(f"a@{domain}", "Out of office", "Back on Monday", 2, Auto_Submitted="auto-replied")
    assert away == "no ticket, a machine wrote it"


def test_labels_are_found_whatever_else_is_named(door: Door) -> None:
    def find(*labels: str) -> list[Any]:
        with transaction(door.engine) as connection:
            return document_labels.references(connection, labels)

    assert find("INV-2026-00001", "CN-2026-00001") == [LABELS["INV"], LABELS["CN"]]
    assert find() == find("INV-2026-1", "INV-00001", "-1", "X-", "INV-2026-1234567890123") == []
