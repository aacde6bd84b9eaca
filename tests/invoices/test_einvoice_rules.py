"""Every kind of document that we issue keeps the rules of EN 16931, in both syntaxes."""

from collections.abc import Callable
from typing import Any

import pytest
from lxml import etree

from invoices import einvoice
from invoices.einvoice.parties import buyer_party
from invoices.einvoice.payment import means
from invoices.snapshot import Category, HomeTax, Issued, Kind, Look, TaxIdState
from tests.invoices.issued import BUYER, SELLER, issued, line

CATEGORIES = {
    "S": [line(10000, "19"), line(4990, "7"), line(333, "8.1")],
    "Z": [line(10000, "0", Category.ZERO)],
    "E": [line(10000, "0", Category.EXEMPT), line(5000, "19")],
    "AE": [line(10000, "0", Category.REVERSE_CHARGE)],
    "G": [line(10000, "0", Category.EXPORT)],
    "O": [line(10000, "0", Category.OUTSIDE)],
    "mixed": [line(), *(line(100, "0", category) for category in Category if category not in "SO")],
    "nothing to pay": [line(0, discount_minor=2900)],
}
OTHER = {
    "thirds": {"lines": [line(10000, quantity=3), line(1, quantity=7)]},
    "discount": {"lines": [line(8000, quantity=2, discount_minor=2000)]},
    "prorated": {"lines": [line(-1500, quantity=1), line(-800, discount_minor=-200), line(5000, quantity=2)]},
    "no period": {"lines": [line(period_start=None, period_end=None)]},
    "half a period": {"lines": [line(period_end=None)]},
    "no quantity": {"lines": [line(quantity=None)]},
    "yen": {"currency": "JPY", "lines": [line(1999, "10")]},
    "krona": {"currency": "ISK", "lines": [line(1999, "24")]},
    "dinar": {"currency": "KWD", "lines": [line(12400, "5")]},
    "long name": {
        "lines": [line(description="x" * 10000)],
        "buyer": BUYER.model_copy(update={"name": "ÿ" * 10000}),
    },
    "markup": {"lines": [line(description="<script>alert('x')</script> & \x00\ud800")]},
    "only an address": {"buyer": BUYER.model_copy(update={"name": None, "tax_id": None})},
    "five streets": {"buyer": BUYER.model_copy(update={"address": tuple("abcde")})},
    "spaces in the id": {"seller": SELLER.model_copy(update={"tax_id": "DE 136 695 976"})},
    "notes": {"look": Look(legal_text="Managing director: Ada")},
    "unpaid by this charge": {"paid_minor": 0},
    "no method": {"method": None},
    "seller in Australia": {
        "seller": SELLER.model_copy(update={"country": "AU", "tax_id": "51 824 753 556"}),
        "lines": [line(10000, "10")],
        "currency": "AUD",
    },
    "home tax": {
        "currency": "USD",
        "home_tax": HomeTax(currency="EUR", tax_minor=1740, rate="0.9158", source="ECB", dated="2026-09-30"),
    },
}


@pytest.mark.parametrize("write", [einvoice.cii, einvoice.ubl])
@pytest.mark.parametrize("kind", [Kind.INVOICE, Kind.CREDIT_NOTE])
@pytest.mark.parametrize("lines", CATEGORIES.values(), ids=CATEGORIES)
def test_each_category(write: Callable[[Issued], bytes], kind: Kind, lines: Any) -> None:
    assert einvoice.problems(write(issued(kind, lines=lines))) == []


@pytest.mark.parametrize("write", [einvoice.cii, einvoice.ubl])
@pytest.mark.parametrize("changed", OTHER.values(), ids=OTHER)
def test_each_shape(write: Callable[[Issued], bytes], changed: dict[str, Any]) -> None:
    assert einvoice.problems(write(issued(**changed))) == []


@pytest.mark.parametrize(
    "method", ["Visa ending in 4242", "SEPA Direct Debit ending in 3000", "PayPal", "Pix", "card"]
)
def test_each_payment_method(method: str) -> None:
    for write in (einvoice.cii, einvoice.ubl):
        assert einvoice.problems(write(issued(method=method))) == []


def test_payment_methods_have_codes() -> None:
    codes = [
        means(method).code for method in ("Visa ending in 4242", "SEPA Direct Debit", "PayPal", "Pix", None)
    ]
    assert codes == ["48", "59", "68", "ZZZ", "ZZZ"]
    card = means("American Express ending in 0005")
    assert (card.network, card.card_end) == ("American Express", "0005")


def test_no_tax_row_is_needed_where_nothing_is_taxed() -> None:
    outside = issued(lines=[line(10000, "0", Category.OUTSIDE)], taxes=[])
    assert einvoice.problems(einvoice.cii(outside)) == []


def test_tax_rows_of_one_rate_are_one_breakdown() -> None:
    document = issued(lines=[line(10000), line(5000)])
    rows = [
        document.taxes[0].model_copy(update={"name": name, "taxable_minor": net, "tax_minor": tax})
        for name, net, tax in (("VAT", 10000, 1900), ("MwSt", 5000, 950))
    ]
    assert einvoice.problems(einvoice.cii(issued(lines=document.lines, taxes=rows))) == []


def said(xml: bytes, name: str) -> list[str]:
    return [str(node.text) for node in etree.fromstring(xml).iter("{*}" + name)]


def test_a_credit_note_names_the_invoice_that_it_corrects() -> None:
    xml = einvoice.cii(issued(Kind.CREDIT_NOTE))
    assert said(xml, "TypeCode")[0] == "381"
    assert said(xml, "IssuerAssignedID") == ["INV-2026-00001"]
    assert said(xml, "DateTimeString")[-1] == "20261001"
    assert said(einvoice.ubl(issued(Kind.CREDIT_NOTE)), "ID")[1] == "INV-2026-00001"


def test_a_paid_document_leaves_nothing_due() -> None:
    xml = einvoice.cii(issued())
    assert said(xml, "GrandTotalAmount") == said(xml, "TotalPrepaidAmount") == ["119.00"]
    assert said(xml, "DuePayableAmount") == ["0.00"]


def test_amounts_have_the_decimals_of_their_currency() -> None:
    assert said(einvoice.cii(issued(currency="JPY", lines=[line(1000, "10")])), "GrandTotalAmount") == [
        "1100"
    ]
    dinars = issued(currency="KWD", lines=[line(12400, "5")])
    assert said(einvoice.cii(dinars), "GrandTotalAmount") == ["13.02"]


def test_a_price_is_exact_however_many_pieces() -> None:
    thirds = einvoice.cii(issued(lines=[line(10000, quantity=3)]))
    assert (said(thirds, "ChargeAmount"), said(thirds, "BasisQuantity")) == (["100.00"], ["3"])
    eighths = einvoice.cii(issued(lines=[line(10000, quantity=8)]))
    assert (said(eighths, "ChargeAmount"), said(eighths, "BasisQuantity")) == (["12.5"], [])


def test_what_is_taken_back_has_a_negative_count_and_never_a_negative_price() -> None:
    xml = einvoice.cii(issued(lines=[line(-1500, quantity=2), line(5000)]))
    assert (said(xml, "BilledQuantity"), said(xml, "ChargeAmount")) == (["-2", "1"], ["7.5", "50"])


def test_tax_in_the_sellers_currency_comes_second() -> None:
    xml = einvoice.cii(issued(**OTHER["home tax"]))
    assert said(xml, "TaxCurrencyCode") == ["EUR"]
    assert said(xml, "TaxTotalAmount") == ["19.00", "17.40"]
    assert said(xml, "Content") == ["1 USD = 0.9158 EUR (ECB, 2026-09-30)"]


def test_outside_the_scope_no_vat_id_is_shown_as_one() -> None:
    tree = etree.fromstring(einvoice.cii(issued(lines=CATEGORIES["O"])))
    assert [node.get("schemeID") for node in tree.iter("{*}ID") if node.get("schemeID")] == ["FC"]


def test_markup_stays_text() -> None:
    name = "<script>alert('x')</script>"
    assert said(einvoice.cii(issued(lines=[line(description=name)])), "Name")[0] == name


def test_the_day_is_the_sellers() -> None:
    late = issued(issued_at="2026-10-01T22:30:00.000000+00:00")
    assert said(einvoice.ubl(late), "IssueDate") == ["2026-10-02"]


def test_the_same_document_gives_the_same_bytes() -> None:
    again = Issued.model_validate_json(issued().model_dump_json())
    assert einvoice.cii(again) == einvoice.cii(issued())
    assert einvoice.ubl(again) == einvoice.ubl(issued())


@pytest.mark.parametrize(
    ("country", "tax_id", "state", "is_vat"),
    [
        ("AT", "ATU13585627", TaxIdState.VALID, True),
        ("GR", "EL094259216", TaxIdState.WELL_FORMED, True),
        ("CH", "CHE-100.155.212", TaxIdState.WELL_FORMED, True),
        ("US", "12-3456789", TaxIdState.NONE, False),
        ("US", "EU826010755", TaxIdState.NONE, False),
        ("DE", "DE12", TaxIdState.MALFORMED, False),
        (None, "FR40303265045", TaxIdState.INVALID, False),
    ],
)
def test_a_buyers_number_is_only_called_a_vat_id_if_it_is_one(
    country: str | None, tax_id: str, state: TaxIdState, is_vat: bool
) -> None:
    buyer = BUYER.model_copy(update={"country": country, "tax_id": tax_id, "tax_id_state": state})
    party = buyer_party(buyer, outside=False)
    assert (party.vat_id, party.own_id) == ((tax_id, None) if is_vat else (None, tax_id))
    if country:
        assert einvoice.problems(einvoice.cii(issued(buyer=buyer))) == []


@pytest.mark.parametrize(
    ("reason", "name", "text"),
    [
        ("customer_exempt", "ExemptionReason", "Customer exempt"),
        ("§ 19 UStG", "ExemptionReason", "§ 19 UStG"),
        ("VATEX-EU-132-1I", "ExemptionReasonCode", "VATEX-EU-132-1I"),
    ],
)
def test_an_exemption_has_its_words_or_its_code(reason: str, name: str, text: str) -> None:
    lines = [line(10000, "0", Category.EXEMPT)]
    taxes = [tax.model_copy(update={"reason": reason}) for tax in issued(lines=lines).taxes]
    xml = einvoice.cii(issued(lines=lines, taxes=taxes))
    assert said(xml, name) == [text]
    assert einvoice.problems(xml) == []


@pytest.mark.parametrize(
    ("language", "discounted", "reversed_", "exempt", "paid_with"),
    [
        ("en", "Discount", "Reverse charge: the recipient accounts for the VAT.", "Customer exempt",
         "Visa ending in 4242"),
        ("de-AT", "Rabatt", "Steuerschuldnerschaft des Leistungsempfängers.",
         "Steuerfrei: Befreiung des Leistungsempfängers", "Visa mit den Endziffern 4242"),
        ("fr", "Remise", "Autoliquidation\u00a0: la TVA est due par le preneur.", "Client exonéré",
         "Visa se terminant par 4242"),
        ("es", "Descuento", "Inversión del sujeto pasivo: el destinatario liquida el IVA.", "Cliente exento",
         "Visa terminada en 4242"),
        ("pl", "Rabat", "Odwrotne obciążenie: podatek VAT rozlicza nabywca.", "Nabywca zwolniony z VAT",
         "Visa z końcówką 4242"),
        ("xx", "Discount", "Reverse charge: the recipient accounts for the VAT.", "Customer exempt",
         "Visa ending in 4242"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("kind", [Kind.INVOICE, Kind.CREDIT_NOTE])
def test_what_is_free_text_is_in_the_documents_language(
    kind: Kind, language: str, discounted: str, reversed_: str, exempt: str, paid_with: str
) -> None:
    lines = [line(9000, "0", Category.REVERSE_CHARGE, discount_minor=1000), line(500, "0", Category.EXEMPT)]
    first, second = issued(lines=lines).taxes
    taxes = [first, second.model_copy(update={"reason": "customer_exempt"})]
    document = issued(kind, lines=lines, taxes=taxes, language=language)
    cii, ubl = einvoice.cii(document), einvoice.ubl(document)
    assert said(cii, "Reason") == said(ubl, "AllowanceChargeReason") == [discounted]
    assert said(cii, "ExemptionReason") == said(ubl, "TaxExemptionReason") == [reversed_, exempt]
    assert said(cii, "Information") == [paid_with]
    assert paid_with.encode() in ubl
    assert [einvoice.problems(xml) for xml in (cii, ubl)] == [[], []]
