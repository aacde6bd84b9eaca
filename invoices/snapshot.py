"""The frozen content of a document: everything it says, copied when it is issued, never looked up again.

All amounts are whole ISO 4217 minor units of `currency`. Times are ISO 8601 UTC text, days are "2026-10-12".
Amounts of a credit note or refund receipt are positive: its kind says that the money goes back.
"""

from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict, model_validator


class Kind(StrEnum):
    """What a document is. Only invoices and credit notes are tax documents, with structured data inside."""

    INVOICE = "invoice"
    RECEIPT = "receipt"
    BRANDED_COPY = "branded_copy"  # of a tax invoice that the gateway issued: its number, our look
    CREDIT_NOTE = "credit_note"
    REFUND_RECEIPT = "refund_receipt"
    PAYMENT_REQUEST = "payment_request"

    @property
    def is_tax_document(self) -> bool:
        """Say whether it is one that EN 16931 speaks of."""
        return self in (Kind.INVOICE, Kind.CREDIT_NOTE)

    @property
    def is_refund(self) -> bool:
        """Say whether it tells of money that goes back."""
        return self in (Kind.CREDIT_NOTE, Kind.REFUND_RECEIPT)


class Category(StrEnum):
    """The VAT category of a line or tax, as EN 16931 codes it (UNTDID 5305)."""

    STANDARD = "S"
    ZERO = "Z"
    EXEMPT = "E"
    REVERSE_CHARGE = "AE"
    EXPORT = "G"
    OUTSIDE = "O"


class TaxIdState(StrEnum):
    """What is known of a buyer's tax id: VALID and INVALID are an authority's word, the others only its form's."""

    NONE = "none"
    WELL_FORMED = "well_formed"
    MALFORMED = "malformed"
    VALID = "valid"
    INVALID = "invalid"


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Look(_Frozen):
    """How a document looks: the legal entity's theme at the time. Colours are "#0b6e6e"."""

    accent: str = "#0b6e6e"
    font: str = "Inter"
    logo_svg_or_png: str | None = None
    """A data: URI, so that the document needs nothing from outside."""
    footer: str | None = None
    legal_text: str | None = None


class Seller(_Frozen):
    """The legal entity that supplied and took the money, as billhouse.toml named it at the time."""

    entity: str = "company"
    name: str
    address: tuple[str, ...]
    """Street lines as printed, without town and country where `city` names it."""
    city: str | None = None
    postal_code: str | None = None
    country: str
    tax_id: str | None
    email: str
    website: str | None
    registration: str | None = None
    """Court and number of the company's register, as law asks for it in a footer."""


class Buyer(_Frozen):
    """Who paid, as the gateway knew them at the time. `country` is ISO 3166, None where nobody told it."""

    name: str | None
    email: str
    address: tuple[str, ...]
    city: str | None = None
    postal_code: str | None = None
    country: str | None
    tax_id: str | None
    tax_id_state: TaxIdState = TaxIdState.NONE


class Line(_Frozen):
    """One thing that was paid for. `net_minor` is without tax and after `discount_minor`; rates in percent.

    `net_minor` + `discount_minor` is `quantity` times the unit price, where a quantity is known.
    """

    description: str
    period_start: str | None = None
    period_end: str | None = None
    quantity: int | None = None
    net_minor: int
    discount_minor: int = 0
    rates: tuple[str, ...] = ()
    category: Category | None = None
    """None on receipts and branded copies of which nobody told it; a tax document's lines all have one."""


class Tax(_Frozen):
    """All tax of one name, rate and category. `reason` is why it is what it is: "reverse_charge", or words."""

    name: str
    rate_percent: str
    taxable_minor: int | None
    tax_minor: int
    reason: str | None = None
    category: Category | None = None
    country: str | None = None
    """ISO 3166, to which it is owed; None where nobody told."""


class HomeTax(_Frozen):
    """The tax in the seller's own currency, as law asks for it where the document is in another.

    `rate` is units of the seller's currency for one of the document's, as decimal text, of the day `dated`.
    """

    currency: str
    tax_minor: int
    rate: str
    source: str
    dated: str


class Draft(_Frozen):
    """A document that has no number yet.

    `total_minor` = `net_minor` + `tax_minor` is what the lines cost. `paid_minor` is what this charge took (on a
    refund: gave back; on a payment request: what was settled before); it differs from the total when a balance or
    another payment settled the rest. `refunded_minor` had gone back by the time of issue.
    """

    kind: Kind = Kind.RECEIPT
    why: str = ""
    """Why this kind was issued and no other, in words for finance."""
    language: str = "en"
    look: Look = Look()
    seller: Seller
    buyer: Buyer
    reply_to: str
    object_ref: str
    """What it is issued for, once: a charge's, refund's or invoice's reference."""
    charge_ref: str
    """Empty, as `charge_id`, on a payment request: nothing was charged yet."""
    charge_id: str
    refund_ref: str | None = None
    invoice_ref: str | None = None
    """The gateway's invoice that was paid: mails about it are one thread."""
    invoice_number: str | None
    """The gateway's own number of the invoice that was paid."""
    is_tax_invoice: bool
    """Whether that invoice of the gateway's is the tax invoice already."""
    corrects_label: str | None = None
    """A credit note's or refund receipt's: the document that it corrects, and its day of issue."""
    corrects_issued_at: str | None = None
    paid_at: str
    """When the money moved; of a payment request: when it is due."""
    pay_url: str | None = None
    """Where a payment request can be paid; only https."""
    method: str | None
    time_zone: str
    currency: str
    lines: tuple[Line, ...]
    taxes: tuple[Tax, ...]
    net_minor: int
    tax_minor: int
    total_minor: int
    paid_minor: int
    refunded_minor: int
    home_tax: HomeTax | None = None

    @property
    def sum_minor(self) -> int:
        """What was paid or went back; of a payment request, what is still to be paid."""
        if self.kind is Kind.PAYMENT_REQUEST:
            return self.total_minor - self.paid_minor
        return self.paid_minor

    @model_validator(mode="before")
    @classmethod
    def _was_for_a_charge(cls, data: Any) -> Any:
        """The first documents were all for charges, and said so once."""
        if isinstance(data, dict) and "object_ref" not in data and "charge_ref" in data:
            return data | {"object_ref": data["charge_ref"]}
        return data


class Issued(Draft):
    """A document as it was issued: numbered and dated. This is what the store keeps."""

    label: str
    issued_at: str
