"""Issued documents made by hand: `issued()` is an ordinary German invoice, each argument changes one thing."""

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from invoices.snapshot import Buyer, Category, Issued, Kind, Line, Seller, Tax

SELLER = Seller(
    name="Northwind Metrics GmbH",
    address=("Torstr. 1",),
    city="Berlin",
    postal_code="10119",
    country="DE",
    tax_id="DE136695976",
    email="billing@northwind.example",
    website="https://northwind.example",
    registration="HRB 12345 B, Amtsgericht Charlottenburg",
)
BUYER = Buyer(
    name="Ada Lovelace",
    email="ada@example.com",
    address=("Main Street 5", "Floor 2"),
    city="Vienna",
    postal_code="1010",
    country="AT",
    tax_id="ATU13585627",
)
REASONS = {
    Category.EXEMPT: "Exempt: education, Art. 132(1)(i)",
    Category.REVERSE_CHARGE: "reverse_charge",
    Category.EXPORT: "Export outside the EU",
    Category.OUTSIDE: "Not subject to VAT",
}


def line(net: int = 10000, rate: str = "19", category: Category | None = None, **changed: Any) -> Line:
    """One line, in minor units; a rate of "0" without a category is zero rated."""
    named = category or (Category.ZERO if rate == "0" else Category.STANDARD)
    asked: dict[str, Any] = {
        "description": "Pro plan",
        "period_start": "2026-10-01",
        "period_end": "2026-10-31",
        "quantity": 1,
        "rates": (rate,),
    }
    return Line(net_minor=net, category=named, **asked | changed)


def taxes_of(lines: Sequence[Line]) -> tuple[Tax, ...]:
    """Tax each rate and category of the lines as a whole, half up."""
    sums: dict[tuple[Category | None, str], int] = {}
    for one in lines:
        sums[one.category, one.rates[0]] = sums.get((one.category, one.rates[0]), 0) + one.net_minor
    return tuple(
        Tax(
            name="VAT",
            rate_percent=rate,
            taxable_minor=net,
            tax_minor=int((net * Decimal(rate) / 100).quantize(Decimal(1), ROUND_HALF_UP)),
            category=category,
            reason=REASONS.get(category) if category else None,
        )
        for (category, rate), net in sums.items()
    )


def issued(
    kind: Kind = Kind.INVOICE,
    currency: str = "EUR",
    lines: Sequence[Line] | None = None,
    taxes: Sequence[Tax] | None = None,
    **changed: Any,
) -> Issued:
    """Make a document whose sums agree; `taxes` follow from the lines unless given."""
    items = tuple(lines) if lines is not None else (line(),)
    taxed = tuple(taxes) if taxes is not None else taxes_of(items)
    net, tax = sum(item.net_minor for item in items), sum(one.tax_minor for one in taxed)
    asked: dict[str, Any] = {
        "kind": kind,
        "why": "The gateway issued no tax invoice.",
        "seller": SELLER,
        "buyer": BUYER,
        "reply_to": "support@northwind.example",
        "object_ref": "stripe:stripe_eu:ch_1",
        "charge_ref": "stripe:stripe_eu:ch_1",
        "charge_id": "ch_1",
        "invoice_number": None,
        "is_tax_invoice": False,
        "paid_at": "2026-10-01T09:30:00.000000+00:00",
        "method": "Visa ending in 4242",
        "time_zone": "Europe/Berlin",
        "currency": currency,
        "lines": items,
        "taxes": taxed,
        "net_minor": net,
        "tax_minor": tax,
        "total_minor": net + tax,
        "paid_minor": net + tax,
        "refunded_minor": 0,
        "label": "INV-2026-00001",
        "issued_at": "2026-10-01T09:31:00.000000+00:00",
    }
    if kind.is_refund:
        asked |= {
            "label": "CN-2026-00001",
            "refund_ref": "stripe:stripe_eu:re_1",
            "corrects_label": "INV-2026-00001",
            "corrects_issued_at": "2026-10-01T09:31:00.000000+00:00",
        }
    return Issued(**asked | changed)
