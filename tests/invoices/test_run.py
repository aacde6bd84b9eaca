"""A run from the published marts to the mailbox: who gets a receipt, when, and how often."""

import email
import email.policy
import hashlib
import io
import os
import threading
from collections.abc import Callable
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pypdf
import pytest
from sqlalchemy import Engine, select

from billing.settings_model import Settings
from billing.store import open_store, transaction
from billing.store.tables import documents, outbox
from billing.warehouse.reader import DuckDBReader
from invoices import deliver, due, facts, mail, render
from invoices.run import RunReport, run
from invoices.snapshot import Receipt
from tests.invoices import marts
from tests.invoices.conftest import Mailbox, MovableClock

Publish = Callable[..., None]


def pdf_of(mailbox: Mailbox, message: dict[str, Any]) -> bytes:
    parsed = email.message_from_bytes(mailbox.raw(message), policy=email.policy.default)
    assert isinstance(parsed, EmailMessage)
    return next(part.get_content() for part in parsed.iter_attachments())


def words(pdf: bytes) -> str:
    text = " ".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages)
    return " ".join(text.split())


def test_a_paid_charge_is_mailed_once(
    settings: Settings, engine: Engine, reader: DuckDBReader, publish: Publish, mailbox: Mailbox
) -> None:
    publish(
        charges=[marts.charge("ch_1", invoice_ref="stripe:stripe_eu:in_1")],
        customers=[marts.customer()],
        invoices=[marts.invoice("in_1")],
        invoice_lines=[marts.line("in_1")],
        tax_lines=[marts.tax("in_1")],
    )
    report = run(settings, engine, reader)
    assert (report.documents_issued, report.mails_sent, report.mails_failed) == (1, 1, 0)
    (message,) = mailbox.messages()
    assert message["to"] == "maria@example.com"
    assert message["from"] == "Lampa Studio GmbH <receipts@lampa.example>"
    assert message["reply_to"] == "support@lampa.example"
    assert message["subject"] == "Your receipt from Lampa Studio GmbH: 49.00 EUR (R-2026-00001)"
    assert message["message_id"].startswith("<R-2026-00001.")
    assert message["attachments"][0]["filename"] == "Receipt-R-2026-00001.pdf"
    assert b"Auto-Submitted: auto-generated" in mailbox.raw(message)
    assert "Paid in full by Visa ending in 4242 on 23 November 2026." in message["text"]
    said = words(pdf_of(mailbox, message))
    for expected in ("Receipt", "R-2026-00001", "Maria Kowalska", "80-827 Gdańsk", "Poland", "PL5252344078"):
        assert expected in said
    for expected in ("Net 39.84 EUR", "VAT 23 % 9.16 EUR", "Total 49.00 EUR", "invoice MARIA-0012"):
        assert expected in said
    assert "It is not a second tax invoice." in said
    assert "23 November – 23 December 2026" in said

    again = run(settings, engine, reader)
    assert (again.documents_issued, again.mails_sent) == (0, 0)
    assert len(mailbox.messages()) == 1


def test_the_stored_pdf_is_the_mailed_one_and_is_named_by_its_hash(
    settings: Settings, engine: Engine, reader: DuckDBReader, publish: Publish, mailbox: Mailbox
) -> None:
    publish(charges=[marts.charge("ch_1")])
    run(settings, engine, reader)
    mailed = pdf_of(mailbox, mailbox.messages()[0])
    with transaction(engine) as connection:
        digest = connection.execute(select(documents.c.content_sha256)).scalar_one()
    assert digest == hashlib.sha256(mailed).hexdigest()
    assert [path.name for path in (settings.var / "documents").iterdir()] == [f"{digest}.pdf"]


def test_only_captured_money_from_the_start_on_gets_a_receipt(
    make_settings: Callable[..., Settings],
    engine: Engine,
    reader: DuckDBReader,
    publish: Publish,
    mailbox: Mailbox,
) -> None:
    """The day begins at the seller's midnight: 23:00 UTC on the 22nd is the 23rd in Berlin."""
    before, first = (
        marts.PAID_AT.replace(day=22, hour=22, minute=59),
        marts.PAID_AT.replace(day=22, hour=23, minute=0),
    )
    publish(
        charges=[
            marts.charge("ch_before", created_at=before, captured_at=before),
            marts.charge("ch_first", created_at=first, captured_at=first),
            marts.charge("ch_late_capture", created_at=before, captured_at=marts.PAID_AT),
            marts.charge("ch_failed", status="failed", captured_minor=0, captured_at=None),
            marts.charge("ch_authorized", status="authorized", captured_minor=0, captured_at=None),
            marts.charge("ch_unfit", captured_minor=None),
            marts.charge("ch_refunded", status="refunded", refunded_minor=4900),
            marts.charge("ch_disputed", status="disputed"),
            marts.charge(
                "ch_guest", customer_ref=None, customer_name=None, customer_email="Guest@example.com"
            ),
            marts.charge("ch_nowhere", customer_email=None),
            marts.charge("ch_typo", customer_email="maria@example..com"),
        ]
    )
    mail = {"host": "127.0.0.1", "port": mailbox.sandbox.smtp_port, "security": "none"}
    mail |= {"sender": "receipts@lampa.example", "reply_to": "support@lampa.example"}
    settings = make_settings(receipts={"start": "2026-11-23"}, mail=mail)
    report = run(settings, engine, reader)
    with transaction(engine) as connection:
        issued = set(connection.execute(select(documents.c.object_ref)).scalars())
    assert {ref.rpartition(":")[2] for ref in issued} == {
        "ch_first",
        "ch_late_capture",
        "ch_refunded",
        "ch_disputed",
        "ch_guest",
    }
    assert report.without_address == 2
    assert (report.documents_issued, report.mails_sent) == (5, 5)


def test_without_a_start_the_day_of_the_first_run_counts_for_ever(
    make_settings: Callable[..., Settings],
    engine: Engine,
    reader: DuckDBReader,
    publish: Publish,
    mailbox: Mailbox,
    moment: MovableClock,
) -> None:
    settings = make_settings(mailbox.sandbox.smtp_port, receipts={})
    old = marts.PAID_AT - timedelta(days=400)
    publish(charges=[marts.charge("ch_old", created_at=old, captured_at=old), marts.charge("ch_today")])
    assert run(settings, engine, reader).documents_issued == 1
    moment.now += timedelta(days=3)
    late = marts.PAID_AT + timedelta(days=1)
    publish(
        charges=[
            marts.charge("ch_old", created_at=old, captured_at=old),
            marts.charge("ch_today"),
            marts.charge("ch_next", created_at=late, captured_at=late),
        ]
    )
    assert run(settings, engine, reader).documents_issued == 1
    assert len(mailbox.messages()) == 2


def test_without_mail_settings_nothing_is_issued_and_no_day_is_set(
    make_settings: Callable[..., Settings], engine: Engine, reader: DuckDBReader, publish: Publish
) -> None:
    publish(charges=[marts.charge("ch_1")])
    report = run(make_settings(mail=None, receipts={}), engine, reader)
    assert report.documents_issued == 0
    assert report.problem
    with transaction(engine) as connection:
        assert due.checkpoints.get(connection, due.START) is None


def test_more_charges_than_a_page_all_come_through(
    make_settings: Callable[..., Settings],
    engine: Engine,
    reader: DuckDBReader,
    publish: Publish,
    monkeypatch: Any,
) -> None:
    """Many payments of the same moment straddle the pages."""
    monkeypatch.setattr(due, "PAGE", 7)
    publish(charges=[marts.charge(f"ch_{n:02d}") for n in range(20)])
    pages = list(due.pages(make_settings(), engine, reader))
    assert [len(page.charges) for page in pages] == [7, 7, 6]


def test_killed_between_issue_and_mail_it_is_mailed_once_afterwards(
    settings: Settings,
    engine: Engine,
    reader: DuckDBReader,
    publish: Publish,
    mailbox: Mailbox,
    monkeypatch: Any,
) -> None:
    publish(charges=[marts.charge("ch_1")])

    def gone(*_args: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(deliver, "deliver", gone)
    with pytest.raises(KeyboardInterrupt):
        run(settings, engine, reader)
    assert mailbox.messages() == []
    monkeypatch.undo()
    report = run(settings, engine, reader)
    assert (report.documents_issued, report.mails_sent) == (0, 1)
    assert len(mailbox.messages()) == 1


@pytest.mark.skipif(not hasattr(os, "fork"), reason="kills a forked process")
def test_a_killed_sender_is_taken_over_at_once_and_nothing_is_mailed_twice(
    settings: Settings, tmp_path: Path, reader: DuckDBReader, publish: Publish, mailbox: Mailbox
) -> None:
    """The process dies between its second and its third letter, in the middle of its turn."""
    publish(charges=[marts.charge(f"ch_{n}") for n in range(5)])
    url = f"sqlite:///{tmp_path}/killed.db"
    open_store(url).dispose()
    child = os.fork()
    if child == 0:
        send, sent = mail.send, []

        def dies(*args: Any) -> None:
            if len(sent) == 2:
                os._exit(9)
            send(*args)
            sent.append(1)

        mail.send = dies
        run(settings, open_store(url), reader)
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9
    assert len(mailbox.messages()) == 2
    engine = open_store(url)
    report = run(settings, engine, reader)
    assert (report.documents_issued, report.mails_sent) == (0, 3)
    assert len({message["message_id"] for message in mailbox.messages()}) == len(mailbox.messages()) == 5
    engine.dispose()


def test_two_senders_at_once_mail_everything_once(
    settings: Settings, engine: Engine, reader: DuckDBReader, publish: Publish, mailbox: Mailbox
) -> None:
    publish(charges=[marts.charge(f"ch_{n}") for n in range(6)])
    reports: list[RunReport] = []
    threads = [
        threading.Thread(target=lambda: reports.append(run(settings, engine, reader))) for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(report.documents_issued for report in reports) == 6
    assert sum(report.mails_sent for report in reports) == 6
    assert len(mailbox.messages()) == 6


def test_a_server_that_is_down_blames_no_letter(
    make_settings: Callable[..., Settings],
    engine: Engine,
    reader: DuckDBReader,
    publish: Publish,
    mailbox: Mailbox,
    moment: MovableClock,
) -> None:
    publish(charges=[marts.charge(f"ch_{n}") for n in range(3)])
    report = run(make_settings(smtp_port=1), engine, reader)
    assert (report.documents_issued, report.mails_sent, report.mails_failed) == (3, 0, 0)
    assert "cannot be reached" in (report.problem or "")
    with transaction(engine) as connection:
        assert set(connection.execute(select(outbox.c.attempts)).scalars()) == {0}
    assert run(make_settings(mailbox.sandbox.smtp_port), engine, reader).mails_sent == 3


@pytest.mark.parametrize("kind", ["smtp_tempfail", "smtp_after"])
def test_a_letter_that_failed_is_sent_again_with_the_same_message_id(
    kind: str,
    settings: Settings,
    engine: Engine,
    reader: DuckDBReader,
    publish: Publish,
    mailbox: Mailbox,
    moment: MovableClock,
) -> None:
    """Put off (451), or taken without an answer: at least once, and recognisable as the same letter."""
    publish(charges=[marts.charge("ch_1")])
    mailbox.sandbox.control("faults", path="smtp", kind=kind, times=1)
    report = run(settings, engine, reader)
    assert (report.mails_sent, report.mails_failed) == (0, 1)
    moment.now += timedelta(seconds=10)
    assert run(settings, engine, reader).mails_sent == 1
    arrived = [message["message_id"] for message in mailbox.messages()]
    assert len(arrived) == (2 if kind == "smtp_after" else 1)
    assert len(set(arrived)) == 1


def test_a_refused_connection_ends_the_run_and_the_letters_wait(
    settings: Settings,
    engine: Engine,
    reader: DuckDBReader,
    publish: Publish,
    mailbox: Mailbox,
    moment: MovableClock,
) -> None:
    publish(charges=[marts.charge("ch_1")])
    mailbox.sandbox.control("faults", path="smtp", kind="smtp_refuse", times=1)
    report = run(settings, engine, reader)
    assert (report.mails_sent, report.mails_failed) == (0, 0)
    assert report.problem
    assert run(settings, engine, reader).mails_sent == 1


def test_due_charges_are_found_on_postgresql_too(
    make_settings: Callable[..., Settings], engine: Engine, postgres_url: str, monkeypatch: Any
) -> None:
    """The same queries, with the same paging, on the other engine's published copy."""
    import psycopg
    from sqlalchemy import make_url

    from billing.warehouse.reader import PostgresReader

    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute("create schema serve")
        connection.execute("set search_path to serve")
        connection.execute("create table published (snapshot text, published_at text)")
        for table, columns in marts.TABLES.items():
            connection.execute(f"create table {table} ({columns})")
        rows = [
            ("charges", marts.charge(f"ch_{n}", invoice_ref="stripe:stripe_eu:in_1" if n == 0 else None))
            for n in range(5)
        ]
        rows += [("customers", marts.customer()), ("invoices", marts.invoice("in_1"))]
        rows += [("invoice_lines", marts.line("in_1")), ("tax_lines", marts.tax("in_1"))]
        for table, row in rows:
            marks = ", ".join(["%s"] * len(row))
            connection.execute(f"insert into {table} ({', '.join(row)}) values ({marks})", list(row.values()))
    url = make_url(postgres_url)
    settings = make_settings()
    host = url.host or url.query.get("host")
    warehouse = settings.warehouse.model_copy(
        update={
            "engine": "postgres",
            "host": host,
            "port": url.port or 5432,
            "user": url.username,
            "dbname": url.database,
        }
    )
    monkeypatch.setattr(due, "PAGE", 2)
    reader = PostgresReader(warehouse)
    pages = list(due.pages(settings, engine, reader))
    assert [len(page.charges) for page in pages] == [2, 2, 1]
    drafts = facts.drafts(settings, reader, pages[0].charges)
    assert (drafts[0].net_minor, drafts[0].tax_minor) == (3984, 916)


def test_a_document_that_cannot_be_rendered_does_not_hold_up_the_others(
    settings: Settings,
    engine: Engine,
    reader: DuckDBReader,
    publish: Publish,
    mailbox: Mailbox,
    monkeypatch: Any,
) -> None:
    publish(charges=[marts.charge(f"ch_{n}") for n in range(3)])
    pdf = render.pdf

    def fails_on_the_first(receipt: Receipt) -> bytes:
        if receipt.label.endswith("1"):
            raise ValueError("no such glyph")
        return pdf(receipt)

    monkeypatch.setattr(render, "pdf", fails_on_the_first)
    report = run(settings, engine, reader)
    assert (report.documents_issued, report.mails_sent, report.mails_failed) == (3, 2, 1)
    with transaction(engine) as connection:
        assert (
            "no such glyph"
            in connection.execute(select(outbox.c.error).where(outbox.c.error.is_not(None))).scalar()
        )


def test_a_broken_line_blames_only_the_letter_that_was_on_it(
    settings: Settings, engine: Engine, reader: DuckDBReader, publish: Publish, mailbox: Mailbox
) -> None:
    publish(charges=[marts.charge(f"ch_{n}") for n in range(4)])
    mailbox.sandbox.control("faults", path="smtp", kind="smtp_after", times=1, skip=1)
    report = run(settings, engine, reader)
    assert (report.mails_sent, report.mails_failed, report.problem) == (3, 1, None)
    with transaction(engine) as connection:
        attempts = connection.execute(select(outbox.c.attempts).order_by(outbox.c.id)).scalars().all()
    assert attempts == [0, 1, 0, 0]
