"""Refund mails: to the charge's own address, once, under one Message-ID, and never in the refund's way."""

from collections.abc import Callable

from sqlalchemy import Engine

from billing.settings_model import Settings
from billing.store import audit, outbox, transaction
from billing.store.outbox import REFUND_RECEIPT
from billing.warehouse.reader import DuckDBReader
from invoices import refund_mail
from tests.invoices import marts
from tests.invoices.conftest import Mailbox

Publish = Callable[..., None]
SAID = {
    "refund_ref": "stripe:stripe_eu:re_1",
    "charge_ref": "stripe:stripe_eu:ch_1",
    "amount_minor": 2000,
    "currency": "EUR",
}


def put(engine: Engine, **changed: str) -> None:
    with transaction(engine) as connection:
        outbox.put(connection, REFUND_RECEIPT, "stripe:stripe_eu:re_1", {**SAID, **changed})


def states(engine: Engine) -> list[tuple[str, str]]:
    with transaction(engine) as connection:
        return [(row["state"], row["error"]) for row in outbox.standing(connection)]


def test_the_customer_is_told_once(
    settings: Settings, engine: Engine, reader: DuckDBReader, publish: Publish, mailbox: Mailbox
) -> None:
    publish(charges=[marts.charge("ch_1")])
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
    with transaction(engine) as connection:
        assert audit.entries(connection)[0]["type"] == "refund.receipt.mailed"


def test_a_charge_that_is_not_published_yet_is_waited_for(
    settings: Settings, engine: Engine, reader: DuckDBReader, publish: Publish, mailbox: Mailbox
) -> None:
    publish(charges=[])
    put(engine)
    assert refund_mail.deliver(settings, engine, reader).failed == 1
    assert [state for state, _ in states(engine)] == ["pending"]
    assert mailbox.messages() == []


def test_nobody_to_tell_is_said(
    settings: Settings, engine: Engine, reader: DuckDBReader, publish: Publish, mailbox: Mailbox
) -> None:
    publish(charges=[marts.charge("ch_1", customer_email=None)])
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
    publish(charges=[marts.charge("ch_1")])
    put(engine)
    report = refund_mail.deliver(make_settings(smtp_port=1), engine, reader)
    assert (report.sent, report.failed) == (0, 0)
    assert "cannot be reached" in (report.problem or "")
    assert states(engine) == [("pending", None)]
