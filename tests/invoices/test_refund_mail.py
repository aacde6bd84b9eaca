"""Refund mails: one per refund, by its document where there is one, and never in the refund's way."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Engine

from billing.settings_model import Settings
from billing.store import audit, outbox, transaction
from billing.store.outbox import REFUND_RECEIPT
from billing.warehouse.reader import DuckDBReader
from invoices import refund_mail
from invoices.snapshot import Kind
from tests.invoices import by_hand, marts
from tests.invoices.conftest import Mailbox

Publish = Callable[..., None]
REFUND = "stripe:stripe_eu:re_1"
SAID = {
    "refund_ref": REFUND,
    "charge_ref": "stripe:stripe_eu:ch_1",
    "amount_minor": 2000,
    "currency": "EUR",
}
SUCCEEDED = {"refund_ref": REFUND, "status": "succeeded"}


@pytest.fixture(autouse=True)
def with_refunds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(marts.TABLES, "refunds", "refund_ref text, status text")


def put(engine: Engine, **changed: str) -> None:
    with transaction(engine) as connection:
        outbox.put(connection, REFUND_RECEIPT, REFUND, {**SAID, **changed})


def states(engine: Engine) -> list[tuple[str, str | None]]:
    with transaction(engine) as connection:
        return [(row["state"], row["error"]) for row in outbox.standing(connection)]


def test_the_customer_is_told_once(
    settings: Settings, engine: Engine, reader: DuckDBReader, publish: Publish, mailbox: Mailbox
) -> None:
    publish(charges=[marts.charge("ch_1", explanation="Pro <script>")], refunds=[SUCCEEDED])
    put(engine)
    assert refund_mail.deliver(settings, engine, reader).sent == 1
    put(engine)
    assert refund_mail.deliver(settings, engine, reader).sent == 0
    (message,) = mailbox.messages()
    raw = mailbox.raw(message).decode()
    assert "Your refund from Lampa Studio GmbH: 20.00 EUR" in raw
    assert "20.00 EUR is on its way back to" in raw
    assert "Reply-To: " in raw
    assert "Message-ID: <refund." in raw
    assert "Pro &lt;script&gt;" in raw
    with transaction(engine) as connection:
        assert audit.entries(connection)[0]["type"] == "refund.mailed"


def test_it_speaks_for_the_legal_entity_that_was_paid(
    make_settings: Callable[..., Settings], engine: Engine, reader: DuckDBReader, publish: Publish,
    mailbox: Mailbox,
) -> None:  # fmt: skip
    brand = {
        "name": "Lampa Inc.", "address": ["1 Main St"], "country": "US", "email": "us@lampa.example",
        "reply_to": "help@us.lampa.example", "series": "US",
    }  # fmt: skip
    account = {"account": "stripe_eu", "title": "Stripe", "secret_key": "sk", "entity": "us"}
    settings = make_settings(
        mailbox.sandbox.smtp_port, entities={"us": brand}, gateways={"stripe": [account]}
    )
    publish(charges=[marts.charge("ch_1", method_brand="amex")], refunds=[SUCCEEDED])
    put(engine)
    assert refund_mail.deliver(settings, engine, reader).sent == 1
    (message,) = mailbox.messages()
    assert message["from"] == '"Lampa Inc." <receipts@lampa.example>'
    assert message["reply_to"] == "help@us.lampa.example"
    assert message["subject"] == "Your refund from Lampa Inc.: 20.00 EUR"
    assert "on its way back to American Express ending in 4242" in message["text"]


@pytest.mark.parametrize("kind", [Kind.CREDIT_NOTE, Kind.REFUND_RECEIPT])
def test_the_refunds_document_is_its_only_mail(
    settings: Settings, engine: Engine, reader: DuckDBReader, publish: Publish, mailbox: Mailbox, kind: Kind
) -> None:
    publish(charges=[marts.charge("ch_1")], refunds=[SUCCEEDED])
    by_hand.keep(engine, "CN-2026-00001", kind, letter="done", object_ref=REFUND)
    put(engine)
    assert refund_mail.deliver(settings, engine, reader).sent == 0
    assert mailbox.messages() == []
    assert states(engine) == []


@pytest.mark.parametrize("refunds", [[], [{"refund_ref": REFUND, "status": "pending"}]])
def test_a_refund_that_is_not_settled_yet_is_waited_for(
    settings: Settings, engine: Engine, reader: DuckDBReader, publish: Publish, mailbox: Mailbox, refunds: Any
) -> None:
    publish(charges=[marts.charge("ch_1")], refunds=refunds)
    put(engine)
    report = refund_mail.deliver(settings, engine, reader)
    assert (report.sent, report.failed) == (0, 0)
    assert [state for state, _ in states(engine)] == ["pending"]
    assert mailbox.messages() == []


def test_of_a_refund_that_failed_nobody_is_told(
    settings: Settings, engine: Engine, reader: DuckDBReader, publish: Publish, mailbox: Mailbox
) -> None:
    publish(charges=[marts.charge("ch_1")], refunds=[{"refund_ref": REFUND, "status": "failed"}])
    put(engine)
    assert refund_mail.deliver(settings, engine, reader).sent == 0
    assert states(engine) == []
    assert mailbox.messages() == []


def test_nobody_to_tell_is_said(
    settings: Settings, engine: Engine, reader: DuckDBReader, publish: Publish, mailbox: Mailbox
) -> None:
    publish(charges=[marts.charge("ch_1", customer_email=None)], refunds=[SUCCEEDED])
    put(engine)
    report = refund_mail.deliver(settings, engine, reader)
    assert "no address" in (report.problem or "")
    assert [state for state, _ in states(engine)] == ["failed"]


def test_a_server_that_is_down_blames_no_letter(
    settings: Settings,
    engine: Engine,
    reader: DuckDBReader,
    publish: Publish,
    make_settings: Callable[..., Settings],
) -> None:
    publish(charges=[marts.charge("ch_1")], refunds=[SUCCEEDED])
    put(engine)
    report = refund_mail.deliver(make_settings(smtp_port=1), engine, reader)
    assert (report.sent, report.failed) == (0, 0)
    assert "cannot be reached" in (report.problem or "")
    assert states(engine) == [("pending", None)]
