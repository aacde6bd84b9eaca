"""Payment requests: for open invoices alone, once, to the minor unit, and never after the money came."""

import email
import email.policy
import io
from collections import Counter
from collections.abc import Callable
from datetime import date, datetime, timedelta
from email.message import EmailMessage
from typing import Any

import pypdf
import pytest
from sqlalchemy import Engine

from billing.money import Money
from billing.settings_model import Settings
from billing.store import audit, document_labels, outbox, transaction
from billing.warehouse.reader import DuckDBReader
from invoices import due, register, requests
from invoices.run import issue_due, run
from invoices.snapshot import Issued, Kind
from tests.invoices import marts
from tests.invoices.conftest import Mailbox, MovableClock

Publish = Callable[..., None]
Make = Callable[..., list[Issued]]
ON = {"start": "2026-11-01", "payment_requests": True}
INVOICE_REF = "stripe:stripe_eu:in_1"
TOLD: dict[str, Any] = {
    "customers": [marts.customer()],
    "invoice_lines": [marts.line("in_1")],
    "tax_lines": [marts.tax("in_1")],
}


def told(**invoice: Any) -> dict[str, Any]:
    """Tables of Maria's open invoice, with one thing changed."""
    return TOLD | {"invoices": [marts.open_invoice("in_1", **invoice)]}


@pytest.fixture
def asking(make_settings: Callable[..., Settings], mailbox: Mailbox) -> Settings:
    """Settings with requests on, whose mail goes to the sandbox."""
    return make_settings(mailbox.sandbox.smtp_port, documents=ON)


@pytest.fixture
def make(
    make_settings: Callable[..., Settings], engine: Engine, reader: DuckDBReader, publish: Publish
) -> Make:
    """Publish, issue without mailing, and return the documents, oldest first."""

    def run_once(settings: dict[str, Any] | None = None, **tables: Any) -> list[Issued]:
        publish(**tables)
        issue_due(make_settings(**{"documents": ON} | (settings or {})), engine, reader)
        return [entry.issued for entry in register.walk(engine)][::-1]

    return run_once


def parsed(mailbox: Mailbox) -> list[EmailMessage]:
    found = sorted(mailbox.messages(), key=lambda message: message["n"])
    mails = [email.message_from_bytes(mailbox.raw(one), policy=email.policy.default) for one in found]
    return [mail for mail in mails if isinstance(mail, EmailMessage)]


def body(mail: EmailMessage, kind: str) -> str:
    part = mail.get_body((kind,))
    assert part is not None
    return str(part.get_content())


def test_a_request_says_what_the_gateway_told(make: Make) -> None:
    (made,) = make(**told())
    assert (made.kind, made.label) == (Kind.PAYMENT_REQUEST, "PR-2026-00001")
    assert (made.net_minor, made.tax_minor, made.total_minor, made.paid_minor) == (3984, 916, 4900, 0)
    assert [(line.description, line.net_minor) for line in made.lines] == [("1 × Pro monthly", 3984)]
    assert [(tax.rate_percent, tax.tax_minor) for tax in made.taxes] == [("23", 916)]
    assert (made.object_ref, made.charge_ref, made.invoice_number) == (INVOICE_REF, "", "MARIA-0012")
    assert (made.paid_at[:10], made.pay_url) == ("2026-12-07", "https://pay.example/in_1?key=a&b=c")
    assert (made.language, made.buyer.country, made.buyer.city) == ("pl", "PL", "Gdańsk")
    assert made.buyer.email == "maria@example.com"


def test_it_asks_for_what_is_still_due(make: Make, engine: Engine) -> None:
    (made,) = make(**told(due_minor=1901))
    assert (made.total_minor, made.paid_minor, made.sum_minor) == (4900, 2999, 1901)
    (entry,) = register.entries(engine)
    assert entry.amount == Money(1901, "EUR")


def test_lines_that_do_not_make_the_total_are_not_shown(make: Make) -> None:
    (made,) = make(**told(total_minor=4901, due_minor=4901))
    assert [(line.description, line.net_minor) for line in made.lines] == [("MARIA-0012", 4901)]
    assert (made.taxes, made.net_minor, made.total_minor) == ((), 4901, 4901)


def test_amounts_without_decimals_stay_whole(make: Make) -> None:
    (made,) = make(**told(currency="JPY", due_minor=4900))
    assert (made.currency, made.sum_minor) == ("JPY", 4900)


def test_a_due_day_without_a_time_is_that_day_by_the_sellers_clock(
    make: Make, make_settings: Callable[..., Settings]
) -> None:
    midnight = datetime.fromisoformat("2026-12-07T00:00")
    company = make_settings().company.model_dump() | {"time_zone": "America/New_York"}
    (made,) = make(settings={"company": company}, **told(due_at=midnight))
    assert made.paid_at == "2026-12-07T05:00:00.000000+00:00"


def test_without_a_due_day_it_is_due_when_it_was_made(make: Make) -> None:
    (made,) = make(**told(due_at=None))
    assert made.paid_at == "2026-11-23T09:15:00.000000+00:00"


@pytest.mark.parametrize(
    "url",
    [
        None,
        "",
        "http://pay.example/in_1",
        "javascript:alert(1)",
        "https:",
        "https:///in_1",
        "//pay.example",
        "https://pay.example/a b",
        " https://pay.example/",
    ],
)
def test_only_a_link_that_is_https_is_shown(make: Make, url: str | None) -> None:
    (made,) = make(**told(hosted_url=url))
    assert made.pay_url is None


def test_the_series_is_the_legal_entitys(make: Make) -> None:
    us = {"name": "Lampa Inc.", "address": ["1 Main St"], "country": "US", "email": "us@lampa.example"}
    account = {"account": "stripe_eu", "title": "Stripe", "secret_key": "sk", "entity": "us"}
    settings = {"entities": {"us": us | {"series": "US"}}, "gateways": {"stripe": [account]}}
    (made,) = make(settings, **told())
    assert (made.label, made.seller.name) == ("US-PR-2026-00001", "Lampa Inc.")


@pytest.mark.parametrize(
    "changed",
    [
        {"status": "paid", "due_minor": 0},
        {"status": "draft"},
        {"status": "void"},
        {"due_minor": 0},
        {"is_collected_automatically": True},
        {"issued_at": marts.PAID_AT - timedelta(days=30)},  # before the start
    ],
)
def test_nobody_is_asked_for_what_is_not_theirs_to_pay(make: Make, changed: dict[str, Any]) -> None:
    assert make(**told(**changed)) == []


def test_it_is_off_where_the_settings_do_not_say_otherwise(make: Make) -> None:
    assert make({"documents": {"start": "2026-11-01"}}, **told()) == []


@pytest.mark.parametrize(
    ("tables", "reason"),
    [
        (told() | {"customers": [marts.customer(email=None)]}, requests.NO_ADDRESS),
        (told() | {"customers": [marts.customer(email="maria@")]}, requests.NO_ADDRESS),
        (told() | {"customers": []}, requests.NO_ADDRESS),
        (told(total_minor=0), requests.NOTHING_DUE),
        (told(total_minor=-100), requests.NOTHING_DUE),
        (told(due_minor=4901), requests.NOTHING_DUE),
    ],
)
def test_what_gets_none_is_counted_by_reason(
    asking: Settings,
    engine: Engine,
    reader: DuckDBReader,
    publish: Publish,
    tables: dict[str, Any],
    reason: str,
) -> None:
    publish(**tables)
    assert issue_due(asking, engine, reader) == (0, Counter({reason: 1}))


def test_an_account_without_documents_asks_for_nothing(make: Make) -> None:
    account = {"account": "stripe_eu", "title": "Stripe", "secret_key": "sk", "documents": "none"}
    assert make({"gateways": {"stripe": [account]}}, **told()) == []


def test_each_invoice_is_asked_for_once_however_many_there_are(
    asking: Settings, engine: Engine, reader: DuckDBReader, publish: Publish, monkeypatch: Any
) -> None:
    """All are of the same moment, and straddle the pages."""
    monkeypatch.setattr(due, "PAGE", 3)
    publish(customers=[marts.customer()], invoices=[marts.open_invoice(f"in_{n}") for n in range(8)])
    assert issue_due(asking, engine, reader) == (8, Counter())
    assert issue_due(asking, engine, reader) == (0, Counter())
    labels = [entry.issued.label for entry in register.walk(engine)][::-1]
    assert labels == [f"PR-2026-{n:05d}" for n in range(1, 9)]
    assert [one.fault for one in register.series(engine)] == [None]
    with transaction(engine) as connection:
        found = document_labels.references(connection, ["PR-2026-00003"])
    assert found == ["stripe:stripe_eu:in_2"], "a reply that names it leads to the invoice's customer"


def test_a_run_of_a_day_asks_for_that_days_invoices(
    asking: Settings, engine: Engine, reader: DuckDBReader, publish: Publish
) -> None:
    publish(**told())
    assert issue_due(asking, engine, reader, day=date(2026, 11, 22))[0] == 0
    assert issue_due(asking, engine, reader, day=date(2026, 11, 23))[0] == 1


def test_it_is_mailed_with_its_link_and_no_invoice_inside(
    asking: Settings, engine: Engine, reader: DuckDBReader, publish: Publish, mailbox: Mailbox
) -> None:
    rude = {"name": '<b>"Maria" & Co</b>', "address_country": "IE"}
    publish(**told() | {"customers": [marts.customer(**rude)],
            "invoice_lines": [marts.line("in_1", description="<script>alert(1)</script>")]})  # fmt: skip
    report = run(asking, engine, reader)
    assert (report.documents_issued, report.mails_sent, report.mails_failed) == (1, 1, 0)
    (mail,) = parsed(mailbox)
    assert mail["Subject"] == "Payment request from Lampa Studio GmbH: 49.00 EUR (PR-2026-00001)"
    assert mail["To"] == "maria@example.com"
    assert "Pay online: https://pay.example/in_1?key=a&b=c" in body(mail, "plain")
    assert "Please pay by 7 December 2026." in body(mail, "plain")
    html = body(mail, "html")
    assert 'href="https://pay.example/in_1?key=a&amp;b=c"' in html
    assert "&lt;script&gt;" in html
    assert "<script>" not in html
    (attached,) = mail.iter_attachments()
    assert attached.get_filename() == "Payment-request-PR-2026-00001.pdf"
    pdf = pypdf.PdfReader(io.BytesIO(attached.get_content()))
    assert pdf.attachments == {}
    page = pdf.pages[0]
    said = " ".join(page.extract_text().split())
    for part in ('<b>"Maria" & Co</b>', "MARIA-0012", "VAT 23 %", "It is not a tax invoice.", "Pay online"):
        assert part in said
    links = [note.get_object()["/A"]["/URI"] for note in page["/Annots"]]
    assert links == ["https://pay.example/in_1?key=a&b=c"]
    assert run(asking, engine, reader).mails_sent == 0


@pytest.mark.parametrize(("name", "count"), [("ch_1", 0), ("in_1", 1)])
def test_a_payment_under_way_is_waited_for_but_a_shops_order_is_its_own_charge(
    make: Make, name: str, count: int
) -> None:
    pending = marts.charge(name, invoice_ref=INVOICE_REF, status="pending", captured_minor=0)
    assert len(make(charges=[pending], **told())) == count


@pytest.mark.parametrize("meanwhile", [{"status": "paid", "due_minor": 0}, {"due_minor": 4000}])
def test_what_was_paid_before_the_mail_went_is_not_asked_for(
    asking: Settings,
    engine: Engine,
    reader: DuckDBReader,
    publish: Publish,
    mailbox: Mailbox,
    meanwhile: dict[str, Any],
) -> None:
    publish(**told())
    assert issue_due(asking, engine, reader)[0] == 1
    publish(**told(**meanwhile))
    assert run(asking, engine, reader).mails_sent == 0
    assert mailbox.messages() == []
    with transaction(engine) as connection:
        assert outbox.standing(connection) == []
        (entry,) = [one for one in audit.entries(connection) if one["type"] == "document.not_mailed"]
    assert (entry["object_ref"], entry["reason"]) == (INVOICE_REF, "What it asks for is not due any more.")
    publish(**told())  # the payment bounced: it is open again, and was asked for once
    assert run(asking, engine, reader).mails_sent == 0


def test_others_are_mailed_while_one_is_withdrawn(
    asking: Settings, engine: Engine, reader: DuckDBReader, publish: Publish, mailbox: Mailbox
) -> None:
    both = [marts.open_invoice("in_1"), marts.open_invoice("in_2")]
    publish(customers=[marts.customer()], invoices=both, charges=[marts.charge("ch_1")])
    assert issue_due(asking, engine, reader)[0] == 3
    publish(customers=[marts.customer()], invoices=both[1:], charges=[marts.charge("ch_1")])
    assert run(asking, engine, reader).mails_sent == 2
    assert {mail["X-Billhouse-Document"] for mail in parsed(mailbox)} == {"INV-2026-00001", "PR-2026-00002"}


def test_the_document_of_its_payment_answers_to_the_request(
    asking: Settings,
    engine: Engine,
    reader: DuckDBReader,
    publish: Publish,
    mailbox: Mailbox,
    moment: MovableClock,
) -> None:
    publish(**told())
    run(asking, engine, reader)
    moment.now += timedelta(days=1)
    later = marts.PAID_AT + timedelta(days=1)
    paid = marts.charge("ch_1", invoice_ref=INVOICE_REF, created_at=later, captured_at=later)
    publish(charges=[paid], **told(status="paid", due_minor=0))
    assert run(asking, engine, reader).mails_sent == 1
    request, copy = parsed(mailbox)
    assert request["In-Reply-To"] is None
    assert copy["In-Reply-To"] == copy["References"] == request["Message-ID"]
    assert copy["X-Billhouse-Document"] == "COPY-2026-00001"
