"""EN 16931 terms -> OASIS UBL 2.1, an Invoice or a CreditNote."""

from datetime import date

from invoices.einvoice.items import Breakdown, Item
from invoices.einvoice.parties import Party
from invoices.einvoice.terms import PIECE, PROFILE, Terms, terms
from invoices.einvoice.tree import Node, Spaces
from invoices.snapshot import Issued, Kind

_OASIS = "urn:oasis:names:specification:ubl:schema:xsd"
_SPACES: Spaces = {
    "cac": f"{_OASIS}:CommonAggregateComponents-2",
    "cbc": f"{_OASIS}:CommonBasicComponents-2",
}


def ubl(issued: Issued) -> bytes:
    """Write a tax document as UBL XML in UTF-8; the same document gives the same bytes.

    Raises:
        NotValid: it is no tax document, or holds something that EN 16931 has no words for.
    """
    said = terms(issued)
    name = "CreditNote" if issued.kind is Kind.CREDIT_NOTE else "Invoice"
    root = Node.root(name, {None: f"{_OASIS}:{name}-2", **_SPACES})
    root.add("cbc:CustomizationID", PROFILE)
    root.add("cbc:ID", said.number)
    root.add("cbc:IssueDate", said.issued.isoformat())
    root.add(f"cbc:{name}TypeCode", said.type_code)
    for note in said.notes:
        root.add("cbc:Note", note)
    root.add("cbc:DocumentCurrencyCode", said.currency)
    root.maybe("cbc:TaxCurrencyCode", said.home_currency)
    _period(root, said.start, said.end)
    if said.correction:
        number, day = said.correction
        corrected = root.add("cac:BillingReference").add("cac:InvoiceDocumentReference")
        corrected.add("cbc:ID", number)
        corrected.maybe("cbc:IssueDate", day.isoformat() if day else None)
    _party(root.add("cac:AccountingSupplierParty"), said.seller)
    _party(root.add("cac:AccountingCustomerParty"), said.buyer)
    if said.delivered:
        root.add("cac:Delivery").add("cbc:ActualDeliveryDate", said.delivered.isoformat())
    _means(root, said)
    _taxes(root, said)
    _sums(root.add("cac:LegalMonetaryTotal"), said)
    for line_number, item in enumerate(said.items, 1):
        _item(root.add(f"cac:{name}Line"), name, line_number, item, said.currency)
    return root.xml()


def _party(holder: Node, party: Party) -> None:
    node = holder.add("cac:Party")
    node.maybe("cbc:EndpointID", party.email, schemeID="EM")
    if party.own_id:
        node.add("cac:PartyIdentification").add("cbc:ID", party.own_id)
    address = node.add("cac:PostalAddress")
    for tag, street in zip(("cbc:StreetName", "cbc:AdditionalStreetName"), party.streets, strict=False):
        address.add(tag, street)
    address.maybe("cbc:CityName", party.city)
    address.maybe("cbc:PostalZone", party.postal_code)
    for street in party.streets[2:]:
        address.add("cac:AddressLine").add("cbc:Line", street)
    if party.country:
        address.add("cac:Country").add("cbc:IdentificationCode", party.country)
    # The standard tells a VAT id from another tax number by the scheme's name alone: "VAT", or anything else.
    for tax_id, scheme in ((party.vat_id, "VAT"), (party.tax_number, "TAX")):
        if tax_id:
            registered = node.add("cac:PartyTaxScheme")
            registered.add("cbc:CompanyID", tax_id)
            registered.add("cac:TaxScheme").add("cbc:ID", scheme)
    legal = node.add("cac:PartyLegalEntity")
    legal.add("cbc:RegistrationName", party.name)
    legal.maybe("cbc:CompanyID", party.registration)


def _means(root: Node, said: Terms) -> None:
    means = root.add("cac:PaymentMeans")
    named = {"name": said.means.words} if said.means.words else {}
    means.add("cbc:PaymentMeansCode", said.means.code, **named)
    means.maybe("cbc:PaymentID", said.payment_reference)
    if said.means.card_end and said.means.network:
        card = means.add("cac:CardAccount")
        card.add("cbc:PrimaryAccountNumberID", said.means.card_end)
        card.add("cbc:NetworkID", said.means.network)


def _taxes(root: Node, said: Terms) -> None:
    total = root.add("cac:TaxTotal")
    total.add("cbc:TaxAmount", said.tax, currencyID=said.currency)
    for tax in said.taxes:
        part = total.add("cac:TaxSubtotal")
        part.add("cbc:TaxableAmount", tax.taxable, currencyID=said.currency)
        part.add("cbc:TaxAmount", tax.tax, currencyID=said.currency)
        _category(part.add("cac:TaxCategory"), tax)
    if said.home_currency:
        home = root.add("cac:TaxTotal")
        home.add("cbc:TaxAmount", said.home_tax, currencyID=said.home_currency)


def _category(node: Node, tax: Breakdown) -> None:
    node.add("cbc:ID", tax.category)
    node.maybe("cbc:Percent", tax.rate)
    node.maybe("cbc:TaxExemptionReasonCode", tax.exemption_code)
    node.maybe("cbc:TaxExemptionReason", tax.exemption)
    node.add("cac:TaxScheme").add("cbc:ID", "VAT")


def _sums(node: Node, said: Terms) -> None:
    for name, amount in (
        ("LineExtensionAmount", said.net),
        ("TaxExclusiveAmount", said.net),
        ("TaxInclusiveAmount", said.total),
        ("PrepaidAmount", said.prepaid),
        ("PayableAmount", said.due),
    ):
        node.add(f"cbc:{name}", amount, currencyID=said.currency)


def _item(line: Node, kind: str, number: int, item: Item, currency: str) -> None:
    line.add("cbc:ID", str(number))
    line.add(
        f"cbc:{'Credited' if kind == 'CreditNote' else 'Invoiced'}Quantity", item.quantity, unitCode=PIECE
    )
    line.add("cbc:LineExtensionAmount", item.net, currencyID=currency)
    _period(line, item.start, item.end)
    if item.discount:
        allowance = line.add("cac:AllowanceCharge")
        allowance.add("cbc:ChargeIndicator", "false")
        allowance.add("cbc:AllowanceChargeReason", item.discount_reason)
        allowance.add("cbc:Amount", item.discount, currencyID=currency)
    product = line.add("cac:Item")
    product.add("cbc:Name", item.name)
    tax = product.add("cac:ClassifiedTaxCategory")
    tax.add("cbc:ID", item.category)
    tax.maybe("cbc:Percent", item.rate)
    tax.add("cac:TaxScheme").add("cbc:ID", "VAT")
    price = line.add("cac:Price")
    price.add("cbc:PriceAmount", item.price, currencyID=currency)
    price.maybe("cbc:BaseQuantity", item.base_quantity, unitCode=PIECE)


def _period(node: Node, start: date | None, end: date | None) -> None:
    if start or end:
        period = node.add("cac:InvoicePeriod")
        period.maybe("cbc:StartDate", start.isoformat() if start else None)
        period.maybe("cbc:EndDate", end.isoformat() if end else None)
