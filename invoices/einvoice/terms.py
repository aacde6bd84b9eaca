"""A document in the business terms of EN 16931, before any syntax: what `cii` and `ubl` both write down.

Numbers are decimal text as it will stand in the XML. What the standard has no way to say is refused here, in words;
what it can say but forbids is left to the schematron, which names the rule.
"""

from dataclasses import dataclass
from datetime import date

from invoices.document_wording import Speech
from invoices.einvoice.items import Breakdown, Item, breakdowns, items
from invoices.einvoice.parties import Party, buyer_party, seller_party
from invoices.einvoice.payment import Means, means
from invoices.einvoice.values import Amounts, NotValid, clean, local_day
from invoices.snapshot import Category, HomeTax, Issued, Kind

PROFILE = "urn:cen.eu:en16931:2017"
PIECE = "C62"  # UN/ECE Recommendation 20: "one"
_TYPE_CODES = {Kind.INVOICE: "380", Kind.CREDIT_NOTE: "381"}  # UNTDID 1001


@dataclass(frozen=True)
class Terms:
    """The whole document. `correction` is the number and day of the invoice that a credit note corrects."""

    number: str
    type_code: str
    issued: date
    notes: tuple[str, ...]
    currency: str
    home_currency: str | None
    home_tax: str | None
    correction: tuple[str, date | None] | None
    seller: Party
    buyer: Party
    start: date | None
    end: date | None
    delivered: date | None
    means: Means
    payment_reference: str
    items: tuple[Item, ...]
    taxes: tuple[Breakdown, ...]
    net: str
    tax: str
    total: str
    prepaid: str
    due: str


def terms(issued: Issued) -> Terms:
    """Say a document in the standard's terms.

    Raises:
        NotValid: it is no tax document, or holds something that the standard has no words for.
    """
    _expressible(issued)
    money = Amounts(issued.currency)
    outside = any(line.category is Category.OUTSIDE for line in issued.lines)
    lines = items(issued)
    home = issued.home_tax if issued.home_tax and issued.home_tax.currency != issued.currency else None
    starts = [day for line in lines if (day := line.start)]
    ends = [day for line in lines if (day := line.end)]
    paid = local_day(issued.paid_at, issued.time_zone, "day of payment")
    return Terms(
        number=issued.label,
        type_code=_TYPE_CODES[issued.kind],
        issued=local_day(issued.issued_at, issued.time_zone, "day of issue"),
        notes=_notes(issued, home),
        currency=issued.currency,
        home_currency=home.currency if home else None,
        home_tax=Amounts(home.currency).text(home.tax_minor) if home else None,
        correction=_correction(issued),
        seller=seller_party(issued.seller, outside=outside),
        buyer=buyer_party(issued.buyer, outside=outside),
        start=min(starts, default=None),
        end=max(ends, default=None),
        delivered=None if starts or ends else paid,
        means=means(issued.method, Speech(issued).method),
        payment_reference=clean(issued.charge_id),
        items=lines,
        taxes=breakdowns(issued),
        net=money.text(issued.net_minor),
        tax=money.text(issued.tax_minor),
        total=money.text(issued.total_minor),
        # Issued for money that has moved: what another payment or a balance settled is paid just as well.
        prepaid=money.text(issued.total_minor),
        due=money.text(0),
    )


def _expressible(issued: Issued) -> None:
    if not issued.kind.is_tax_document:
        raise NotValid(
            f"A {issued.kind.value} has no e-invoice: only invoices and credit notes are tax documents."
        )
    if issued.total_minor < 0:
        raise NotValid(
            f"The total of {issued.label} is negative. "
            "Money that goes back is a credit note, with positive amounts."
        )
    if issued.kind is Kind.CREDIT_NOTE and not issued.corrects_label:
        raise NotValid(f"The credit note {issued.label} does not name the invoice that it corrects (BT-25).")


def _notes(issued: Issued, home: HomeTax | None) -> tuple[str, ...]:
    rate = (
        f"1 {issued.currency} = {home.rate} {home.currency} ({home.source}, {home.dated})" if home else None
    )
    return tuple(clean(note) for note in (issued.look.legal_text, rate) if note and clean(note))


def _correction(issued: Issued) -> tuple[str, date | None] | None:
    if not issued.corrects_label:
        return None
    day = issued.corrects_issued_at
    corrected = local_day(day, issued.time_zone, "corrected invoice's day") if day else None
    return clean(issued.corrects_label), corrected
