"""A run from the published marts to the mailbox: who gets a receipt, when, and how often."""

import email
import email.policy
import hashlib
import io
from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta
from email.message import EmailMessage
from typing import Any

import pypdf
import pytest
from sqlalchemy import Engine, select

from billing.settings_model import Settings
from billing.store import transaction
from billing.store.tables import documents
from billing.warehouse.reader import DuckDBReader
from invoices import due, einvoice, facts
from invoices.register import walk
from invoices.run import issue_due, run
from tests.invoices import marts
from tests.invoices.conftest import Mailbox, MovableClock
from tests.invoices.vies_register import Register

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
        customers=[marts.customer(address_country="IE", tax_id=None)],
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
    assert message["subject"] == "Your invoice from Lampa Studio GmbH: 49.00 EUR (COPY-2026-00001)"
    assert message["message_id"].startswith("<COPY-2026-00001.")
    assert message["attachments"][0]["filename"] == "Invoice-copy-COPY-2026-00001.pdf"
    assert b"Auto-Submitted: auto-generated" in mailbox.raw(message)
    assert "Paid in full by Visa ending in 4242 on 23 November 2026." in message["text"]
    said = words(pdf_of(mailbox, message))
    for expected in ("Copy of invoice MARIA-0012", "Maria Kowalska", "80-827 Gdańsk", "Ireland"):
        assert expected in said
    for expected in ("39.84", "VAT 23 %", "9.16", "49.00 EUR"):
        assert expected in said
    assert "It is not a second tax invoice." in message["text"]

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
    settings = make_settings(documents={"start": "2026-11-23"}, mail=mail)
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
    assert report.skipped == {facts.NO_ADDRESS: 2}
    assert (report.documents_issued, report.mails_sent) == (5, 5)


def test_without_a_start_the_day_of_the_first_run_counts_for_ever(
    make_settings: Callable[..., Settings],
    engine: Engine,
    reader: DuckDBReader,
    publish: Publish,
    mailbox: Mailbox,
    moment: MovableClock,
) -> None:
    settings = make_settings(mailbox.sandbox.smtp_port, documents={})
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
    report = run(make_settings(mail=None, documents={}), engine, reader)
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
    pages = list(due.charges(reader, engine, due.span(make_settings(), engine)))
    assert [len(page) for page in pages] == [7, 7, 6]


def test_due_charges_and_open_invoices_are_found_on_postgresql_too(
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
        rows += [("invoices", marts.open_invoice(f"in_open_{n}")) for n in range(3)]
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
    pages = list(due.charges(reader, engine, due.span(settings, engine)))
    assert [len(page) for page in pages] == [2, 2, 1]
    asked = list(due.open_invoices(reader, engine, due.span(settings, engine)))
    assert [len(page) for page in asked] == [2, 1]
    assert due.still_due(reader, [row["invoice_ref"] for row in asked[0]]).keys() == {
        "stripe:stripe_eu:in_open_0", "stripe:stripe_eu:in_open_1",
    }  # fmt: skip
    drafts = facts.drafts(settings, reader, pages[0], Counter())
    assert (drafts[0].net_minor, drafts[0].tax_minor) == (3984, 916)


def test_a_run_invoices_and_credits_with_the_structured_invoice_inside(
    settings: Settings, engine: Engine, reader: DuckDBReader, publish: Publish, mailbox: Mailbox
) -> None:
    """The credit note answers to the invoice's mail; both carry valid XML once, and so do their stored files."""
    publish(
        charges=[marts.charge("ch_1")],
        customers=[marts.customer(tax_id=None)],
        refunds=[marts.refund("re_1", "ch_1", amount_minor=900)],
    )
    report = run(settings, engine, reader)
    assert (report.documents_issued, report.mails_sent, report.problem) == (2, 2, None)
    invoice, note = sorted(mailbox.messages(), key=lambda message: message["n"])
    assert "INV-2026-00001" in invoice["subject"]
    assert "CN-2026-00001" in note["subject"]
    assert invoice["message_id"].encode() in mailbox.raw(note)
    for message in (invoice, note):
        attached = pypdf.PdfReader(io.BytesIO(pdf_of(mailbox, message))).attachments
        assert {name: len(files) for name, files in attached.items()} == {"factur-x.xml": 1}
        assert einvoice.problems(attached["factur-x.xml"][0]) == []


def test_a_run_of_a_day_issues_that_day_alone(
    settings: Settings, engine: Engine, reader: DuckDBReader, publish: Publish, mailbox: Mailbox
) -> None:
    """The day is the company's: 23:30 UTC is tomorrow in Berlin."""
    late = marts.PAID_AT.replace(hour=23, minute=30)
    publish(
        charges=[marts.charge("ch_1"), marts.charge("ch_late", captured_at=late)],
        refunds=[marts.refund("re_1", "ch_1", created_at=late)],
    )
    assert run(settings, engine, reader, day=date(2026, 10, 31)).documents_issued == 0
    assert run(settings, engine, reader, day=date(2026, 11, 23)).documents_issued == 1
    assert run(settings, engine, reader, day=date(2026, 11, 24)).documents_issued == 2
    assert run(settings, engine, reader).documents_issued == 0


@pytest.mark.parametrize(("is_valid", "tax"), [(True, 0), (False, 782)])
def test_the_register_of_vat_ids_decides_who_owes_the_tax_where_it_is_asked(
    make_settings: Callable[..., Settings],
    engine: Engine,
    reader: DuckDBReader,
    publish: Publish,
    register: Register,
    is_valid: bool,
    tax: int,
) -> None:
    publish(charges=[marts.charge("ch_1"), marts.charge("ch_2")], customers=[marts.customer()])
    register.says(200, {"valid": is_valid})
    settings = make_settings(documents={"start": "2026-11-01", "vies_url": register.url})
    assert issue_due(settings, engine, reader) == (2, Counter())
    assert len(register.asked) == 1
    assert [entry.issued.tax_minor for entry in walk(engine)] == [tax, tax]
