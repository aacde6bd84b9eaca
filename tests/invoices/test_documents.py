"""What a printed document says and is: kinds, taxes, names of the world, themes, pages, and the data inside."""

import io
import signal
import subprocess
import sys
from typing import Any

import pypdf
import pytest
from facturx import get_facturx_xml_from_pdf
from lxml import etree

from invoices import einvoice, render
from invoices.render import NotPrinted
from invoices.snapshot import HomeTax, Issued, Kind, Look
from tests.invoices.issued import BUYER, SELLER, issued, line


def printed(document: Issued, xml: bytes | None = None) -> pypdf.PdfReader:
    return pypdf.PdfReader(io.BytesIO(render.pdf(document, xml)))


def words(document: Issued) -> str:
    return " ".join(" ".join(page.extract_text() for page in printed(document).pages).split())


def test_an_invoice_says_what_law_asks_for() -> None:
    said = words(issued(lines=[line(4228), line(1206, quantity=2), line(3381, rate="7", discount_minor=847)]))
    for part in (
        "Invoice", "INV-2026-00001", "Issued 1 October 2026", "Supplied 1–31 Oct 2026",
        "Northwind Metrics GmbH", "10119 Berlin", "VAT ID DE136695976", "VAT ID ATU13585627", "2 6.03 19 % 12.06",
        "1 42.28 7 % 33.81", "After a discount of 8.47 EUR", "VAT 19 % on 54.34 10.32 EUR",
        "VAT 7 % on 33.81 2.37 EUR",
        "Total 100.84 EUR", "Paid in full by Visa ending in 4242 on 1 October 2026", "HRB 12345 B",
    ):  # fmt: skip
        assert part in said, part


@pytest.mark.parametrize(
    ("kind", "changed", "said"),
    [
        (Kind.RECEIPT, {}, "This receipt confirms a payment. It is not a tax invoice."),
        (Kind.RECEIPT, {"invoice_number": "M-1"}, "your payment of invoice M-1. It is no invoice."),
        (Kind.RECEIPT, {"invoice_number": "M-1", "is_tax_invoice": True}, "It is not a second tax invoice."),
        (Kind.BRANDED_COPY, {"invoice_number": "M-1"}, "This is a copy of the tax invoice M-1"),
        (Kind.CREDIT_NOTE, {}, "This corrects INV-2026-00001 of 1 October 2026."),
        (Kind.CREDIT_NOTE, {}, "119.00 EUR refunded to Visa ending in 4242 on 1 October 2026"),
        (Kind.REFUND_RECEIPT, {"method": None}, "119.00 EUR refunded on 1 October 2026"),
        (Kind.REFUND_RECEIPT, {}, "It is not a tax document."),
        (Kind.PAYMENT_REQUEST, {"paid_minor": 0}, "Please pay by 1 October 2026"),
        (Kind.PAYMENT_REQUEST, {"paid_minor": 1900}, "Amount due 100.00 EUR"),
        (Kind.RECEIPT, {"paid_minor": 9900}, "Settled in other ways −20.00 EUR This payment 99.00 EUR"),
        (Kind.RECEIPT, {"paid_minor": 13900}, "Paid beyond it 20.00 EUR This payment 139.00 EUR"),
        (Kind.RECEIPT, {"refunded_minor": 2000}, "Of this payment, 20.00 EUR had been refunded"),
        (Kind.RECEIPT, {"paid_at": "2026-10-01T22:30:00.000000+00:00"}, "on 2 October 2026"),
    ],
)
def test_each_kind_says_what_it_is(kind: Kind, changed: dict[str, Any], said: str) -> None:
    assert said in words(issued(kind, **changed))


def test_a_copys_number_is_the_gateways() -> None:
    page = render.text("document.html.j2", issued(Kind.BRANDED_COPY, label="C-1", invoice_number="M-1"))
    assert "<title>Copy of invoice M-1</title>" in page
    assert "<td>Our number</td><td>C-1</td>" in page


def test_the_tax_is_told_in_the_sellers_currency() -> None:
    home = HomeTax(currency="PLN", tax_minor=8117, rate="4.2720", source="ECB", dated="2026-09-30")
    said = words(issued(home_tax=home))
    assert "VAT in PLN at 4.2720 (ECB, 30 Sept 2026) 81.17 PLN" in said


def test_an_exemption_is_told_in_its_own_words() -> None:
    document = issued(lines=[line(rate="0", category="E")])  # type: ignore[arg-type]
    assert "Exempt: education, Art. 132(1)(i)" in words(document)


@pytest.mark.parametrize("kind", [Kind.INVOICE, Kind.CREDIT_NOTE])
def test_the_data_are_inside_once_and_named(kind: Kind) -> None:
    document = issued(kind)
    xml = einvoice.cii(document)
    pdf = render.pdf(document, xml)
    reader = pypdf.PdfReader(io.BytesIO(pdf))
    root: Any = reader.trailer["/Root"]
    assert list(reader.attachments) == ["factur-x.xml"]
    assert reader.attachments["factur-x.xml"] == [xml]
    assert len(root["/AF"]) == 1
    file = root["/AF"][0].get_object()
    assert (file["/AFRelationship"], file["/EF"]["/F"]["/Subtype"]) == ("/Alternative", "/text/xml")
    assert get_facturx_xml_from_pdf(pdf) == ("factur-x.xml", xml)
    metadata = root["/Metadata"].get_object().get_data()
    rdf = etree.fromstring(metadata.partition(b"\n")[2].rpartition(b"\n")[0])
    assert len(rdf) == 1  # one rdf:RDF, as XMP has it
    for part in (
        b'pdfaid:part="3"', b'pdfaid:conformance="B"', b"<fx:ConformanceLevel>EN 16931<",
        b"<fx:DocumentFileName>factur-x.xml<", b"<pdfaSchema:prefix>fx<",
    ):  # fmt: skip
        assert part in metadata, part


def test_every_document_is_a_pdf_a() -> None:
    root: Any = printed(issued(Kind.RECEIPT)).trailer["/Root"]
    assert b'pdfaid:part="3"' in root["/Metadata"].get_object().get_data()
    assert root["/OutputIntents"][0]["/S"] == "/GTS_PDFA1"
    assert "/AF" not in root
    assert root["/Lang"] == "en"


@pytest.mark.parametrize("kind", [Kind.INVOICE, Kind.RECEIPT])
def test_the_same_snapshot_gives_the_same_bytes(kind: Kind) -> None:
    document = issued(kind)
    xml = einvoice.cii(document) if kind.is_tax_document else None
    first = render.pdf(document, xml)
    render.pdf(issued(buyer=BUYER.model_copy(update={"name": "佐藤 健二"})))  # leaves no mark on the next
    assert render.pdf(Issued.model_validate_json(document.model_dump_json()), xml) == first
    created = pypdf.PdfReader(io.BytesIO(first)).metadata
    assert created is not None
    assert str(created["/CreationDate"]).startswith("D:20261001093100")


def test_many_are_printed_by_processes_in_order() -> None:
    many = [issued(Kind.RECEIPT, label=f"R-2026-{n:05d}") for n in range(12)]
    with render.press() as press:
        pdfs = press.pdfs([(one, None) for one in many])
    assert pdfs[3] == render.pdf(many[3])
    assert len(set(pdfs)) == 12


def test_the_processes_of_a_killed_run_end_with_it() -> None:
    """They share its standard output, which is closed only once all of them are gone."""
    script = (
        "import os, signal\n"
        "from invoices.render import press\n"
        "if __name__ == '__main__':\n"
        "    with press() as made:\n"
        "        print(sum(made.each(abs, [-1] * 20)), flush=True)\n"
        "        os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stdout) == (-signal.SIGKILL, "20\n")


def test_one_that_cannot_be_printed_holds_up_no_other() -> None:
    broken = issued(Kind.RECEIPT, label="R-2", time_zone="Nowhere/Never")
    with render.press() as press:
        first, second = press.pdfs([(broken, None), (issued(Kind.RECEIPT), None)])
    assert isinstance(first, NotPrinted)
    assert "R-2 cannot be rendered" in str(first)
    assert isinstance(second, bytes)


@pytest.mark.parametrize("count", range(7, 15))
def test_totals_never_stand_alone_on_a_page(count: int) -> None:
    pages = printed(issued(lines=[line(1000, description=f"Item {n}.") for n in range(count)])).pages
    last = next(page.extract_text() for page in pages if "Total" in page.extract_text())
    assert "Item" in last


def test_two_hundred_lines_repeat_their_heading() -> None:
    document = issued(lines=[line(1000 + n, description=f"Item {n}.") for n in range(200)])
    texts = [page.extract_text() for page in printed(document).pages]
    assert len(texts) > 5
    assert all(text.upper().count("DESCRIPTION") == 1 for text in texts)
    assert [f"Item {n}." in " ".join(texts) for n in range(200)] == [True] * 200
    assert f"1 / {len(texts)}" in texts[0]


def test_names_of_the_world_have_glyphs() -> None:
    """A font without the letters would leave empty boxes: the embedded fonts are those that have them."""
    buyer = BUYER.model_copy(
        update={"name": "佐藤 健二", "address": ("شارع الخليج", "רחוב הרצל"), "country": "JP"}
    )
    page = printed(issued(buyer=buyer)).pages[0]
    resources: Any = page["/Resources"]
    fonts = {str(font["/BaseFont"]) for font in resources["/Font"].values()}
    for script in ("CJK", "Arabic", "Hebrew"):
        assert any(script in font for font in fonts), fonts
    assert "佐藤" in page.extract_text()


@pytest.mark.parametrize(
    ("text", "way"), [("Maria", "ltr"), ("12 שלום Pro", "rtl"), ("شركة", "rtl"), ("123", "ltr")]
)
def test_names_are_read_the_way_they_are_written(text: str, way: str) -> None:
    document = issued(buyer=BUYER.model_copy(update={"name": text}))
    assert f'<div dir="{way}" class="who">{text}</div>' in render.text("document.html.j2", document)


def test_a_name_of_ten_thousand_letters_fits() -> None:
    endless = "Wolfeschlegelstein" * 600
    document = issued(buyer=BUYER.model_copy(update={"name": endless}), lines=[line(description=endless)])
    assert len(printed(document).pages) <= 2


def test_names_cannot_write_markup() -> None:
    evil = "<img src='http://127.0.0.1:9/x'><script>alert(1)</script>"
    document = issued(
        buyer=BUYER.model_copy(update={"name": evil, "address": (evil,)}),
        seller=SELLER.model_copy(update={"name": evil}),
        lines=[line(description=evil)],
        invoice_number=evil,
        method=evil,
    )
    for template in ("document.html.j2", "mail.html.j2"):
        page = render.text(template, document)
        assert "<img" not in page
        assert "<script" not in page
        assert "&lt;img" in page


def test_a_theme_is_the_entitys() -> None:
    logo = "data:image/svg+xml;utf8,<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>"
    look = Look(
        accent="#9b1c5a", font="Noto Serif", logo_svg_or_png=logo, footer="Our foot", legal_text="By law."
    )
    document = issued(look=look)
    page = render.text("document.html.j2", document)
    assert "--accent: #9b1c5a; --font: Noto Serif" in page
    assert '<img src="data:image/svg+xml;utf8,&lt;svg' in page
    said = words(document)
    assert "northwind.example · Our foot" in said
    assert "By law." in said


@pytest.mark.parametrize(
    "look",
    [
        Look(accent="red;} body{display:none"),
        Look(font="Inter; src: url(http://127.0.0.1:9/f)"),
        Look(logo_svg_or_png="http://127.0.0.1:9/logo.png"),
        Look(logo_svg_or_png="file:///etc/passwd"),
    ],
)
def test_a_theme_cannot_reach_outside_or_break_the_page(look: Look) -> None:
    page = render.text("document.html.j2", issued(look=look))
    assert "--accent: #0b6e6e; --font: Inter" in page
    for part in ("127.0.0.1", "/etc", "display:none"):
        assert part not in page
