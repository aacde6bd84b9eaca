"""EN 16931 terms -> UN/CEFACT Cross Industry Invoice (D22B), as Factur-X and ZUGFeRD embed it."""

from datetime import date

from invoices.einvoice.items import Breakdown, Item
from invoices.einvoice.parties import Party
from invoices.einvoice.terms import PIECE, PROFILE, Terms, terms
from invoices.einvoice.tree import Node, Spaces
from invoices.snapshot import Issued

_UNCEFACT = "urn:un:unece:uncefact:data:standard"
_SPACES: Spaces = {
    "rsm": f"{_UNCEFACT}:CrossIndustryInvoice:100",
    "ram": f"{_UNCEFACT}:ReusableAggregateBusinessInformationEntity:100",
    "udt": f"{_UNCEFACT}:UnqualifiedDataType:100",
    "qdt": f"{_UNCEFACT}:QualifiedDataType:100",
}


def cii(issued: Issued) -> bytes:
    """Write a tax document as CII XML in UTF-8; the same document gives the same bytes.

    Raises:
        NotValid: it is no tax document, or holds something that EN 16931 has no words for.
    """
    said = terms(issued)
    root = Node.root("rsm:CrossIndustryInvoice", _SPACES)
    context = root.add("rsm:ExchangedDocumentContext")
    context.add("ram:GuidelineSpecifiedDocumentContextParameter").add("ram:ID", PROFILE)
    head = root.add("rsm:ExchangedDocument")
    head.add("ram:ID", said.number)
    head.add("ram:TypeCode", said.type_code)
    _date(head, "ram:IssueDateTime", said.issued)
    for note in said.notes:
        head.add("ram:IncludedNote").add("ram:Content", note)
    deal = root.add("rsm:SupplyChainTradeTransaction")
    for number, item in enumerate(said.items, 1):
        _item(deal, number, item)
    agreement = deal.add("ram:ApplicableHeaderTradeAgreement")
    _party(agreement, "ram:SellerTradeParty", said.seller)
    _party(agreement, "ram:BuyerTradeParty", said.buyer)
    delivery = deal.add("ram:ApplicableHeaderTradeDelivery")
    if said.delivered:
        _date(delivery.add("ram:ActualDeliverySupplyChainEvent"), "ram:OccurrenceDateTime", said.delivered)
    _settlement(deal.add("ram:ApplicableHeaderTradeSettlement"), said)
    return root.xml()


def _item(deal: Node, number: int, item: Item) -> None:
    line = deal.add("ram:IncludedSupplyChainTradeLineItem")
    line.add("ram:AssociatedDocumentLineDocument").add("ram:LineID", str(number))
    line.add("ram:SpecifiedTradeProduct").add("ram:Name", item.name)
    price = line.add("ram:SpecifiedLineTradeAgreement").add("ram:NetPriceProductTradePrice")
    price.add("ram:ChargeAmount", item.price)
    price.maybe("ram:BasisQuantity", item.base_quantity, unitCode=PIECE)
    line.add("ram:SpecifiedLineTradeDelivery").add("ram:BilledQuantity", item.quantity, unitCode=PIECE)
    settled = line.add("ram:SpecifiedLineTradeSettlement")
    tax = settled.add("ram:ApplicableTradeTax")
    tax.add("ram:TypeCode", "VAT")
    tax.add("ram:CategoryCode", item.category)
    tax.maybe("ram:RateApplicablePercent", item.rate)
    _period(settled, item.start, item.end)
    if item.discount:
        allowance = settled.add("ram:SpecifiedTradeAllowanceCharge")
        allowance.add("ram:ChargeIndicator").add("udt:Indicator", "false")
        allowance.add("ram:ActualAmount", item.discount)
        allowance.add("ram:Reason", item.discount_reason)
    summed = settled.add("ram:SpecifiedTradeSettlementLineMonetarySummation")
    summed.add("ram:LineTotalAmount", item.net)


def _party(agreement: Node, name: str, party: Party) -> None:
    node = agreement.add(name)
    node.maybe("ram:ID", party.own_id)
    node.add("ram:Name", party.name)
    if party.registration:
        node.add("ram:SpecifiedLegalOrganization").add("ram:ID", party.registration)
    address = node.add("ram:PostalTradeAddress")
    address.maybe("ram:PostcodeCode", party.postal_code)
    for tag, street in zip(("ram:LineOne", "ram:LineTwo", "ram:LineThree"), party.streets, strict=False):
        address.add(tag, street)
    address.maybe("ram:CityName", party.city)
    address.maybe("ram:CountryID", party.country)
    if party.email:
        node.add("ram:URIUniversalCommunication").add("ram:URIID", party.email, schemeID="EM")
    if party.vat_id:
        node.add("ram:SpecifiedTaxRegistration").add("ram:ID", party.vat_id, schemeID="VA")
    if party.tax_number:
        node.add("ram:SpecifiedTaxRegistration").add("ram:ID", party.tax_number, schemeID="FC")


def _settlement(node: Node, said: Terms) -> None:
    node.maybe("ram:PaymentReference", said.payment_reference)
    node.maybe("ram:TaxCurrencyCode", said.home_currency)
    node.add("ram:InvoiceCurrencyCode", said.currency)
    means = node.add("ram:SpecifiedTradeSettlementPaymentMeans")
    means.add("ram:TypeCode", said.means.code)
    means.maybe("ram:Information", said.means.words)
    if said.means.card_end:
        means.add("ram:ApplicableTradeSettlementFinancialCard").add("ram:ID", said.means.card_end)
    for tax in said.taxes:
        _tax(node, tax)
    _period(node, said.start, said.end)
    _sums(node.add("ram:SpecifiedTradeSettlementHeaderMonetarySummation"), said)
    if said.correction:
        number, day = said.correction
        corrected = node.add("ram:InvoiceReferencedDocument")
        corrected.add("ram:IssuerAssignedID", number)
        if day:
            _date(corrected, "ram:FormattedIssueDateTime", day, "qdt")


def _tax(node: Node, tax: Breakdown) -> None:
    row = node.add("ram:ApplicableTradeTax")
    row.add("ram:CalculatedAmount", tax.tax)
    row.add("ram:TypeCode", "VAT")
    row.maybe("ram:ExemptionReason", tax.exemption)
    row.add("ram:BasisAmount", tax.taxable)
    row.add("ram:CategoryCode", tax.category)
    row.maybe("ram:ExemptionReasonCode", tax.exemption_code)
    row.maybe("ram:RateApplicablePercent", tax.rate)


def _sums(node: Node, said: Terms) -> None:
    node.add("ram:LineTotalAmount", said.net)
    node.add("ram:TaxBasisTotalAmount", said.net)
    node.add("ram:TaxTotalAmount", said.tax, currencyID=said.currency)
    if said.home_currency:
        node.add("ram:TaxTotalAmount", said.home_tax, currencyID=said.home_currency)
    node.add("ram:GrandTotalAmount", said.total)
    node.add("ram:TotalPrepaidAmount", said.prepaid)
    node.add("ram:DuePayableAmount", said.due)


def _period(node: Node, start: date | None, end: date | None) -> None:
    if start or end:
        period = node.add("ram:BillingSpecifiedPeriod")
        if start:
            _date(period, "ram:StartDateTime", start)
        if end:
            _date(period, "ram:EndDateTime", end)


def _date(node: Node, name: str, day: date, space: str = "udt") -> None:
    node.add(name).add(f"{space}:DateTimeString", f"{day:%Y%m%d}", format="102")
