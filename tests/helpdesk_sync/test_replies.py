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
Send = Callable[..., str]


@pytest.fixture(scope="module")
def door(sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    """A house that has issued one document of each kind, for three payers."""
    with open_door(sandbox, tmp_path_factory.mktemp("door")) as opened:
        with transaction(opened.engine) as connection:
            for prefix, charge in LABELS.items():
                series = f"{prefix}-2026"
                row = {"kind": prefix, "series": series, "number": 1, "label": f"{series}-00001"}
                row |= {"object_ref": f"{charge}:{prefix}", "total_minor": 1, "currency": "EUR"}
                row |= {"snapshot": f'{{"charge_ref": "{charge}"}}', "issued_at": "2026-11-01"}
                connection.execute(insert(documents).values(row))
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
