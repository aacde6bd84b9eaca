"""What a document says of itself, kind by kind and in its language: title, sum, parties, dates, taxes, notes."""

import re
import unicodedata
from collections.abc import Iterator

from invoices.snapshot import Category, Issued, Kind, Line, Tax
from invoices.wording import Words, phrase, words

_LONGEST_NAME = 200
_LONGEST_DESCRIPTION = 600
_CARD = re.compile(r"(?P<brand>.+) ending in (?P<digits>\d{2,4})")
_TITLES = {
    Kind.INVOICE: phrase("Invoice"),
    Kind.RECEIPT: phrase("Receipt"),
    Kind.BRANDED_COPY: phrase("Copy of invoice"),
    Kind.CREDIT_NOTE: phrase("Credit note"),
    Kind.REFUND_RECEIPT: phrase("Refund receipt"),
    Kind.PAYMENT_REQUEST: phrase("Payment request"),
}
_SUBJECTS = {
    Kind.INVOICE: phrase("Your invoice from {seller}: {amount} ({label})"),
    Kind.RECEIPT: phrase("Your receipt from {seller}: {amount} ({label})"),
    Kind.BRANDED_COPY: phrase("Your invoice from {seller}: {amount} ({label})"),
    Kind.CREDIT_NOTE: phrase("Your credit note from {seller}: {amount} ({label})"),
    Kind.REFUND_RECEIPT: phrase("Your refund from {seller}: {amount} ({label})"),
    Kind.PAYMENT_REQUEST: phrase("Payment request from {seller}: {amount} ({label})"),
}
_BUYER, _SELLER = phrase("Billed to"), phrase("From")
_TO = {
    Kind.RECEIPT: phrase("Received from"),
    Kind.REFUND_RECEIPT: phrase("Refunded to"),
}
_FROM = {
    Kind.RECEIPT: phrase("Received by"),
    Kind.REFUND_RECEIPT: phrase("Refunded by"),
}
_REASONS = {
    "reverse_charge": phrase("reverse charge"),
    "zero_rated": phrase("zero-rated"),
    "product_exempt": phrase("exempt"),
    "customer_exempt": phrase("exempt"),
    "not_collecting": phrase("not collected"),
    "not_subject_to_tax": phrase("not subject to tax"),
}
_CATEGORY_REASONS = {
    Category.REVERSE_CHARGE: "reverse_charge",
    Category.EXEMPT: "product_exempt",
    Category.OUTSIDE: "not_subject_to_tax",
}
_TAX_NAMES = (phrase("VAT"), phrase("Tax"))


class Speech:
    """All that templates say about one document."""

    def __init__(self, issued: Issued) -> None:
        self.issued = issued
        self.words: Words = words(issued.language)
        self.say = self.words.say

    @property
    def title(self) -> str:
        """What it is: "Invoice"."""
        return self.say(_TITLES[self.issued.kind])

    @property
    def number(self) -> str:
        """The number under its title: a copy's is that of the invoice it copies."""
        if self.issued.kind is Kind.BRANDED_COPY and self.issued.invoice_number:
            return clipped(self.issued.invoice_number, _LONGEST_NAME)
        return self.issued.label

    @property
    def subject(self) -> str:
        """What a mail brings: "Your receipt from Lampa: 49.00 EUR (R-2026-00001)"."""
        amount = self.amount(self.issued.sum_minor).replace("\u00a0", " ")
        said = self.say(
            _SUBJECTS[self.issued.kind],
            seller=self.issued.seller.name, amount=amount, label=self.issued.label,
        )  # fmt: skip
        return said.replace("\u202f", " ")

    @property
    def is_unsettled(self) -> bool:
        """Say whether money is still awaited."""
        return self.issued.kind is Kind.PAYMENT_REQUEST

    @property
    def state(self) -> str:
        """Say in words that, how and when it was paid, went back or is due."""
        issued, method = self.issued, self.method or ""
        values = {
            "day": self.day(issued.paid_at), "amount": self.amount(issued.paid_minor), "method": method,
        }  # fmt: skip
        if issued.kind is Kind.PAYMENT_REQUEST:
            message = phrase("Please pay by {day}")
        elif issued.kind.is_refund:
            by_method = phrase("{amount} refunded to {method} on {day}")
            message = by_method if method else phrase("{amount} refunded on {day}")
        elif issued.paid_minor == issued.total_minor:
            by_method = phrase("Paid in full by {method} on {day}")
            message = by_method if method else phrase("Paid in full on {day}")
        else:
            by_method = phrase("{amount} paid by {method} on {day}")
            message = by_method if method else phrase("{amount} paid on {day}")
        return self.say(message, **values)

    @property
    def method(self) -> str | None:
        """Name what it was paid with: "Visa ending in 4242"."""
        card = _CARD.fullmatch(self.issued.method or "")
        return self.say("{brand} ending in {digits}", **card.groupdict()) if card else self.issued.method

    @property
    def to_heading(self) -> str:
        """What stands above the buyer."""
        return self.say(_TO.get(self.issued.kind, _BUYER))

    @property
    def from_heading(self) -> str:
        """What stands above the seller."""
        return self.say(_FROM.get(self.issued.kind, _SELLER))

    def buyer(self) -> list[str]:
        """Return the lines that name the buyer, the name first where there is one."""
        buyer = self.issued.buyer
        address = self.words.address(buyer.address, buyer.postal_code, buyer.city, buyer.country)
        lines = [*([buyer.name] if buyer.name else []), *address, buyer.email, *self._tax_id(buyer.tax_id)]
        return [clipped(line, _LONGEST_NAME) for line in lines]

    def seller(self) -> list[str]:
        """Return the lines that name the seller."""
        seller = self.issued.seller
        address = self.words.address(seller.address, seller.postal_code, seller.city, seller.country)
        return [clipped(one, _LONGEST_NAME) for one in (seller.name, *address, *self._tax_id(seller.tax_id))]

    def foot(self) -> str:
        """Return the line at the foot of each page: who and where the seller is, and the entity's own words."""
        seller = self.issued.seller
        own = clipped(self.issued.look.footer or "", _LONGEST_NAME)
        website = (seller.website or "").removeprefix("https://").rstrip("/")
        name, *rest = self.seller()
        tax_id = self._tax_id(seller.tax_id)
        address = ", ".join(rest[: len(rest) - len(tax_id)])
        return " · ".join(filter(None, (name, address, *tax_id, seller.registration, website, own)))

    def details(self) -> Iterator[tuple[str, str]]:
        """Yield the dates and numbers of the document, each with its name."""
        issued, kind = self.issued, self.issued.kind
        if kind is Kind.BRANDED_COPY:
            yield self.say("Our number"), issued.label
        else:
            yield self.say("Number"), issued.label
        yield self.say("Issued"), self.day(issued.issued_at)
        if kind in (Kind.INVOICE, Kind.BRANDED_COPY, Kind.CREDIT_NOTE):
            yield self.say("Supplied"), self._supplied()
        if kind is Kind.PAYMENT_REQUEST:
            yield self.say("Due"), self.day(issued.paid_at)
        elif kind.is_refund:
            yield self.say("Refunded"), self.day(issued.paid_at)
        else:
            yield self.say("Paid"), self.day(issued.paid_at)
        if issued.corrects_label:
            yield self.say("Corrects"), issued.corrects_label
        if issued.invoice_number and kind is not Kind.BRANDED_COPY:
            yield self.say("Invoice"), clipped(issued.invoice_number, _LONGEST_NAME)

    @property
    def has_quantities(self) -> bool:
        """Say whether the lines show quantities and prices: an invoice's always do, by law."""
        if self.issued.kind in (Kind.INVOICE, Kind.CREDIT_NOTE):
            return True
        return any(line.quantity not in (None, 1) for line in self.issued.lines)

    def description(self, line: Line) -> str:
        """Say what was sold."""
        return clipped(line.description, _LONGEST_DESCRIPTION)

    def under(self, line: Line) -> Iterator[str]:
        """Yield what stands under a line's description: the days it is for, and its discount."""
        start, end = line.period_start, line.period_end
        if start and end and start != end and not _names_its_days(line):
            yield self.words.span(start, end)
        if line.discount_minor > 0:
            yield self.say("After a discount of {amount}", amount=self.amount(line.discount_minor))

    def price(self, line: Line) -> str:
        """Write the price of one, without tax and before the discount."""
        return self.words.share(
            line.net_minor + line.discount_minor, line.quantity or 1, self.issued.currency
        )

    def rates(self, line: Line) -> str:
        """Write a line's tax rates: "23 %", or a dash where no tax is named."""
        return " + ".join(self.words.percent(rate) for rate in line.rates) or "–"

    def tax_name(self, tax: Tax) -> str:
        """Name one row of the taxes: "VAT 23 %", "VAT 0 % (reverse charge)"."""
        name = self.say(tax.name) if tax.name in _TAX_NAMES else clipped(tax.name, _LONGEST_NAME)
        rate = f" {self.words.percent(tax.rate_percent)}" if tax.rate_percent else ""
        reason = _reason(tax)
        return f"{name}{rate}" + (f" ({self.say(_REASONS[reason])})" if reason in _REASONS else "")

    def taxable(self, tax: Tax) -> str | None:
        """Say what a tax was taken of, where there is more than one to tell apart."""
        if len(self.issued.taxes) < 2 or tax.taxable_minor is None:
            return None
        return self.say("on {amount}", amount=self.words.number(tax.taxable_minor, self.issued.currency))

    def home_tax(self) -> tuple[str, str] | None:
        """Return the tax in the seller's currency: "VAT in PLN at 4.2630 (ECB, 11 Oct 2026)", "39.05 PLN"."""
        home = self.issued.home_tax
        if home is None:
            return None
        named = self.say(
            "VAT in {currency} at {rate} ({source}, {day})",
            currency=home.currency,
            rate=self.words.decimal(home.rate),
            source=home.source,
            day=self.words.date(home.dated[:10]),
        )
        return named, self.words.amount(home.tax_minor, home.currency)

    @property
    def total_name(self) -> str:
        """Name the total."""
        if self.issued.kind is Kind.CREDIT_NOTE:
            return self.say("Total credited")
        return self.say("Total")

    def settlement(self) -> Iterator[tuple[str, str, bool]]:
        """Yield what stands below the total when this payment is not all of it; True for its last, strong row."""
        issued = self.issued
        rest = issued.paid_minor - issued.total_minor
        if not rest:
            return
        if issued.kind is Kind.PAYMENT_REQUEST:
            if issued.paid_minor:
                yield self.say("Paid already"), self.amount(-issued.paid_minor), False
                yield self.say("Amount due"), self.amount(-rest), True
            return
        named = self.say("Settled in other ways") if rest < 0 else self.say("Paid beyond it")
        yield named, self.amount(rest), False
        named = self.say("This refund") if issued.kind.is_refund else self.say("This payment")
        yield named, self.amount(issued.paid_minor), True

    def notes(self) -> Iterator[str]:
        """Say what a reader may otherwise ask: what this is, who owes the tax, what has gone back."""
        issued = self.issued
        if issued.refunded_minor and not issued.kind.is_refund:
            back = self.amount(issued.refunded_minor)
            yield self.say("Of this payment, {amount} had been refunded when this was issued.", amount=back)
        yield from self._tax_notes()
        if issued.kind.is_refund:
            yield from self._correction()
        elif issued.kind is not Kind.INVOICE:
            yield self._standing()
        if issued.look.legal_text:
            yield issued.look.legal_text

    def structured(self) -> str | None:
        """Say that the PDF carries the invoice's data too, where it does."""
        if not self.issued.kind.is_tax_document:
            return None
        return self.say("This file also carries the document as structured data (EN 16931).")

    def amount(self, minor: int) -> str:
        """Write an amount in the document's currency."""
        return self.words.amount(minor, self.issued.currency)

    def day(self, moment: str) -> str:
        """Write the day of a moment, as it was where the seller is."""
        return self.words.day(moment, self.issued.time_zone)

    def _tax_notes(self) -> Iterator[str]:
        taxes = self.issued.taxes
        if any(_reason(tax) == "reverse_charge" for tax in taxes):
            yield self.say("Reverse charge: the recipient accounts for the VAT.")
        if any(tax.category is Category.EXPORT for tax in taxes):
            yield self.say("Export outside the EU, exempt from VAT.")
        told = dict.fromkeys(tax.reason for tax in taxes if tax.reason and _reason(tax) not in _REASONS)
        yield from (reason for reason in told if reason != "export")

    def _correction(self) -> Iterator[str]:
        issued = self.issued
        if issued.corrects_label and issued.corrects_issued_at:
            day = self.day(issued.corrects_issued_at)
            yield self.say("This corrects {label} of {day}.", label=issued.corrects_label, day=day)
        if issued.kind is Kind.REFUND_RECEIPT:
            yield self.say("This receipt confirms a refund. It is not a tax document.")

    def _standing(self) -> str:
        """Say what a document is that is no invoice of ours."""
        issued, number = self.issued, clipped(self.issued.invoice_number or "", _LONGEST_NAME)
        if issued.kind is Kind.PAYMENT_REQUEST:
            return self.say("This asks for a payment. It is not a tax invoice.")
        if issued.kind is Kind.BRANDED_COPY:
            return self.say(
                "This is a copy of the tax invoice {number}, which was issued separately. "
                "It is not a second tax invoice.",
                number=number,
            )
        if number and issued.is_tax_invoice:
            return self.say(
                "This receipt confirms your payment of invoice {number}, which was issued separately. "
                "It is not a second tax invoice.",
                number=number,
            )
        if number:
            return self.say(
                "This receipt confirms your payment of invoice {number}. It is no invoice.", number=number
            )
        return self.say("This receipt confirms a payment. It is not a tax invoice.")

    def _supplied(self) -> str:
        starts = [line.period_start for line in self.issued.lines if line.period_start]
        ends = [line.period_end for line in self.issued.lines if line.period_end]
        if not starts or not ends:
            return self.day(self.issued.paid_at)
        return self.words.span(min(starts), max(ends))

    def _tax_id(self, tax_id: str | None) -> list[str]:
        if not tax_id:
            return []
        # Ids of the EU's form begin with the country; other tax numbers are not called VAT.
        named = phrase("VAT ID {id}") if tax_id[:2].isalpha() else phrase("Tax ID {id}")
        return [self.say(named, id=tax_id)]


def clipped(text: str, longest: int) -> str:
    """Return a text on one line, cut off where it would fill pages; snapshot and structured data have it whole."""
    line = " ".join(text.split())
    return line if len(line) <= longest else f"{line[: longest - 1]}…"


def direction(text: str) -> str:
    """Return which way a text is read, "ltr" or "rtl", by its first letter that has a way."""
    ways = (unicodedata.bidirectional(letter) for letter in text)
    return "rtl" if next((way for way in ways if way in ("L", "R", "AL")), "L") != "L" else "ltr"


def _reason(tax: Tax) -> str | None:
    """Return why a tax is what it is: its category's reason where that alone says it, else what it says itself."""
    if tax.reason in _REASONS:
        return tax.reason
    if tax.category is Category.REVERSE_CHARGE or not tax.reason:
        return _CATEGORY_REASONS.get(tax.category) if tax.category else None
    return tax.reason


def _names_its_days(line: Line) -> bool:
    """Say whether a description tells its span of time itself, as "12 Oct – 12 Nov" does."""
    return " – " in line.description and any(letter.isdigit() for letter in line.description)
