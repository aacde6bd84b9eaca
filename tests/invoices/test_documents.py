"""What a receipt says: currencies, taxes, names of the world, and sums that must agree with each other."""

import io
import smtplib
from collections.abc import Callable
from typing import Any

import pypdf
import pytest

from billing.errors import Refused, Transient
from billing.settings_model import Settings
from billing.warehouse.reader import DuckDBReader
from invoices import facts, mail, render
from invoices.archive import Document
from invoices.snapshot import Receipt
from tests.invoices import marts

Make = Callable[..., Receipt]


@pytest.fixture
def receipt(
    make_settings: Callable[..., Settings], reader: DuckDBReader, publish: Callable[..., None]
) -> Make:
    """Make the receipt of one charge from hand-made mart rows."""

    def make(charge: dict[str, Any], **tables: list[dict[str, Any]]) -> Receipt:
        publish(**tables)
        draft = facts.drafts(make_settings(), reader, [charge | {"paid_at": charge["captured_at"]}])[0]
        return Receipt(
            **draft.model_dump(), label="R-2026-00001", issued_at="2026-11-23T18:05:00.000000+00:00"
        )

    return make


def invoiced(**tables: Any) -> dict[str, list[dict[str, Any]]]:
    """The tables of an ordinary invoice, with some replaced."""
    return {
        "customers": [marts.customer()],
        "invoices": [marts.invoice("in_1")],
        "invoice_lines": [marts.line("in_1")],
        "tax_lines": [marts.tax("in_1")],
    } | tables


IN_1 = {"invoice_ref": "stripe:stripe_eu:in_1"}


def words(receipt: Receipt) -> str:
    pdf = pypdf.PdfReader(io.BytesIO(render.pdf(receipt)))
    assert len(pdf.pages) == 1
    return " ".join(" ".join(page.extract_text() for page in pdf.pages).split())


@pytest.mark.parametrize(
    ("currency", "minor", "shown"),
    [
        ("EUR", 123456, "1,234.56 EUR"),
        ("JPY", 5400, "5,400 JPY"),
        ("KWD", 12500, "12.500 KWD"),
        ("ISK", 6900, "6,900 ISK"),
        ("HUF", 199900, "1,999.00 HUF"),
    ],
)
def test_amounts_have_their_currencys_decimals(receipt: Make, currency: str, minor: int, shown: str) -> None:
    made = receipt(marts.charge("ch_1", currency=currency, captured_minor=minor))
    assert f"Total {shown}" in words(made)
    assert shown in render.subject(made)


def test_inclusive_vat_is_taken_out_and_adds_up(receipt: Make) -> None:
    made = receipt(marts.charge("ch_1", **IN_1), **invoiced())
    assert (made.net_minor, made.tax_minor, made.total_minor, made.paid_minor) == (3984, 916, 4900, 4900)
    assert sum(line.net_minor for line in made.lines) == made.net_minor


def test_a_discount_is_named_and_already_taken_off(receipt: Make) -> None:
    """60.00 less 11.00 leaves 49.00 with VAT inside."""
    made = receipt(
        marts.charge("ch_1", **IN_1), **invoiced(invoice_lines=[marts.line("in_1", amount_minor=6000)])
    )
    assert made.lines[0].discount_minor == 1100
    assert "After a discount of 11.00 EUR" in words(made)


def test_reverse_charge_is_said_in_words(receipt: Make) -> None:
    made = receipt(
        marts.charge("ch_1", **IN_1),
        **invoiced(
            invoices=[marts.invoice("in_1", tax_minor=0)],
            invoice_lines=[marts.line("in_1", net_minor=4900, tax_minor=0)],
            tax_lines=[
                marts.tax(
                    "in_1",
                    tax_minor=0,
                    taxable_minor=4900,
                    is_inclusive=False,
                    taxability_reason="reverse_charge",
                )
            ],
        ),
    )
    said = words(made)
    assert "VAT 0 % (reverse charge) 0.00 EUR" in said
    assert "Reverse charge: the recipient accounts for the VAT." in said
    assert "Net 49.00 EUR" in said


def test_two_rates_are_shown_apart(receipt: Make) -> None:
    made = receipt(
        marts.charge("ch_1", captured_minor=2230, **IN_1),
        **invoiced(
            invoices=[marts.invoice("in_1", tax_minor=230, total_minor=2230)],
            invoice_lines=[
                marts.line("in_1", 0, amount_minor=1000, net_minor=1000, tax_minor=210),
                marts.line("in_1", 1, amount_minor=1000, net_minor=1000, tax_minor=20),
            ],
            tax_lines=[
                marts.tax(
                    "in_1", 0, tax_minor=210, taxable_minor=1000, rate_percent="21", is_inclusive=False
                ),
                marts.tax("in_1", 1, tax_minor=20, taxable_minor=1000, rate_percent="2", is_inclusive=False),
            ],
        ),
    )
    said = words(made)
    assert "VAT 21 % on 10.00 2.10 EUR" in said
    assert "VAT 2 % on 10.00 0.20 EUR" in said


def test_an_invoice_that_does_not_add_up_is_not_broken_down(receipt: Make) -> None:
    """Rather one true line than taxes that do not agree with the total."""
    made = receipt(
        marts.charge("ch_1", **IN_1), **invoiced(invoice_lines=[marts.line("in_1", net_minor=3985)])
    )
    assert made.taxes == ()
    assert [line.description for line in made.lines] == ["Renewal of Pro monthly, 23 Nov - 23 Dec"]
    assert made.total_minor == 4900
    assert made.invoice_number == "MARIA-0012"


def test_a_charge_that_paid_a_part_says_which(receipt: Make) -> None:
    made = receipt(marts.charge("ch_1", captured_minor=2900, **IN_1), **invoiced())
    said = words(made)
    assert "29.00 EUR paid by Visa ending in 4242" in said
    assert "Total 49.00 EUR" in said
    assert "Settled in other ways −20.00 EUR" in said
    assert "This payment 29.00 EUR" in said


def test_what_went_back_before_the_issue_is_said(receipt: Make) -> None:
    made = receipt(marts.charge("ch_1", status="partially_refunded", refunded_minor=2000))
    assert "Of this payment, 20.00 EUR had been refunded when this receipt was issued." in words(made)


def test_the_day_is_the_sellers(receipt: Make) -> None:
    late = marts.PAID_AT.replace(hour=23, minute=30)
    assert "on 24 November 2026" in words(receipt(marts.charge("ch_1", captured_at=late)))


def test_names_of_the_world_have_glyphs(receipt: Make) -> None:
    """A font without the letters would leave empty boxes: the embedded fonts are those that have them."""
    made = receipt(
        marts.charge("ch_1"),
        customers=[marts.customer(name="佐藤 健二", address_line1="شارع الخليج", address_country="JP")],
    )
    pdf = pypdf.PdfReader(io.BytesIO(render.pdf(made)))
    fonts = {str(font["/BaseFont"]) for font in pdf.pages[0]["/Resources"]["/Font"].values()}
    assert any("CJK" in font for font in fonts), fonts
    assert any("Arabic" in font for font in fonts), fonts
    assert "佐藤" in pdf.pages[0].extract_text()


def test_the_same_snapshot_gives_the_same_bytes(receipt: Make) -> None:
    made = receipt(marts.charge("ch_1"))
    first, second = render.pdf(made), render.pdf(Receipt.model_validate_json(made.model_dump_json()))
    assert first == second
    assert str(pypdf.PdfReader(io.BytesIO(first)).metadata["/CreationDate"]).startswith("D:20261123180500")


def test_many_are_printed_by_two_processes_in_order(receipt: Make) -> None:
    made = receipt(marts.charge("ch_1"))
    many = [made.model_copy(update={"label": f"R-2026-{n:05d}"}) for n in range(12)]
    with render.press() as press:
        pdfs = press.pdfs(many)
    assert pdfs[3] == render.pdf(many[3])
    assert len(set(pdfs)) == 12


def test_a_name_cannot_write_markup_or_headers(receipt: Make, make_settings: Callable[..., Settings]) -> None:
    evil = "<img src='http://127.0.0.1:9/x'>\r\nBcc: all@example.com"
    made = receipt(marts.charge("ch_1", customer_name=evil, customer_ref=None, explanation=evil))
    page = render.text("receipt.html.j2", made)
    assert "<img" not in page
    assert "&lt;img" in page
    settings = make_settings().mail
    assert settings
    seller = made.model_copy(
        update={"seller": made.seller.model_copy(update={"name": "Lampa\r\nBcc: x@example.com"})}
    )
    message = mail.compose(settings, Document(1, made.label, "maria@example.com", seller, None), b"%PDF")
    assert "Bcc" not in message
    assert "<img" not in message.get_body(("html",)).get_content()  # type: ignore[union-attr]


class Server:
    """An SMTP server that answers every letter with one error."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def send_message(self, *_args: Any) -> None:
        raise self.error


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (smtplib.SMTPRecipientsRefused({"maria@example.com": (550, b"no such user")}), Refused),
        (smtplib.SMTPRecipientsRefused({"maria@example.com": (451, b"greylisted")}), Transient),
        (smtplib.SMTPDataError(554, b"spam"), Refused),
        (smtplib.SMTPDataError(452, b"full"), Transient),
        (smtplib.SMTPSenderRefused(550, b"not you", "receipts@lampa.example"), mail.ServerDown),
        (smtplib.SMTPRecipientsRefused({"maria@example.com": (421, b"closing")}), mail.ServerDown),
        (smtplib.SMTPServerDisconnected("gone"), mail.LineLost),
        (TimeoutError("timed out"), mail.LineLost),
    ],
)
def test_what_the_server_says_decides_what_happens_next(
    receipt: Make, make_settings: Callable[..., Settings], error: Exception, expected: type[Exception]
) -> None:
    document = Document(1, "R-2026-00001", "maria@example.com", receipt(marts.charge("ch_1")), None)
    settings = make_settings().mail
    assert settings
    with pytest.raises(expected) as raised:
        mail.send(Server(error), settings, mail.compose(settings, document, b"%PDF"), document.label)  # type: ignore[arg-type]
    assert raised.type is expected
