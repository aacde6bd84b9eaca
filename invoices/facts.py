"""Rows of the published marts -> drafts of receipts, a page of charges at a time in four queries."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from billing.settings import Settings
from billing.store.clocktext import to_text
from billing.warehouse.reader import Reader
from invoices.snapshot import Buyer, Draft, Line, Seller, Tax

Row = dict[str, Any]
REVERSE_CHARGE = "reverse_charge"

_CUSTOMERS = """
    select customer_ref, name, address_line1, address_city, address_postal_code, address_country, tax_id
    from customers where customer_ref = any($refs)"""
_INVOICES = """
    select invoice_ref, number, is_tax_invoice, tax_minor, total_minor, currency
    from invoices where invoice_ref = any($refs)"""
_LINES = """
    select invoice_ref, invoice_line_ref, description, quantity, amount_minor, net_minor, tax_minor,
        period_start_at, period_end_at
    from invoice_lines where invoice_ref = any($refs) order by invoice_ref, position, invoice_line_ref"""
_TAXES = """
    select invoice_ref, invoice_line_ref, tax_minor, taxable_minor, rate_percent, tax_name, is_inclusive,
        taxability_reason
    from tax_lines where invoice_ref = any($refs) order by invoice_ref, tax_line_ref"""


def drafts(settings: Settings, reader: Reader, charges: Sequence[Row]) -> list[Draft]:
    """Build a draft for each due charge, in their order. Amounts stay ISO minor units throughout."""
    customers = _by(reader, _CUSTOMERS, "customer_ref", charges)
    invoices = _by(reader, _INVOICES, "invoice_ref", charges)
    lines = _by(reader, _LINES, "invoice_ref", charges)
    taxes = _by(reader, _TAXES, "invoice_ref", charges)
    return [
        _draft(
            settings,
            charge,
            next(iter(customers.get(charge["customer_ref"], ())), None),
            next(iter(invoices.get(charge["invoice_ref"], ())), None),
            lines.get(charge["invoice_ref"], []),
            taxes.get(charge["invoice_ref"], []),
        )
        for charge in charges
    ]


def _by(reader: Reader, query: str, key: str, charges: Sequence[Row]) -> dict[str, list[Row]]:
    refs = sorted({charge[key] for charge in charges if charge[key]})
    grouped: dict[str, list[Row]] = defaultdict(list)
    for row in reader.rows(query, {"refs": refs}) if refs else ():
        grouped[row[key]].append(row)
    return grouped


def _draft(
    settings: Settings,
    charge: Row,
    customer: Row | None,
    invoice: Row | None,
    lines: list[Row],
    taxes: list[Row],
) -> Draft:
    """Put one draft together; without an invoice that adds up, the charge itself is the only line."""
    if invoice and _adds_up(charge, invoice, lines, taxes):
        items, summed, total = _lines(lines, taxes), _taxes(taxes), invoice["total_minor"]
    else:
        words = charge["explanation"] or charge["description"] or "Payment"
        items = (Line(description=words, net_minor=charge["captured_minor"]),)
        summed, total = (), charge["captured_minor"]
    tax = sum(row.tax_minor for row in summed)
    assert settings.mail is not None, "receipts are only made where mail can be sent"
    return Draft(
        seller=_seller(settings),
        buyer=_buyer(charge, customer),
        reply_to=settings.mail.reply_to,
        charge_ref=charge["charge_ref"],
        charge_id=charge["charge_id"],
        invoice_number=invoice["number"] if invoice else None,
        is_tax_invoice=bool(invoice and invoice["is_tax_invoice"]),
        paid_at=to_text(charge["paid_at"].replace(tzinfo=UTC)),
        method=_method(charge),
        time_zone=settings.company.time_zone,
        currency=charge["currency"],
        lines=items,
        taxes=summed,
        net_minor=total - tax,
        tax_minor=tax,
        total_minor=total,
        paid_minor=charge["captured_minor"],
        refunded_minor=charge["refunded_minor"] or 0,
    )


def _adds_up(charge: Row, invoice: Row, lines: list[Row], taxes: list[Row]) -> bool:
    """Say whether lines and taxes make up the invoice's own total; what does not is not broken down at all."""
    money = [row[name] for row in lines for name in ("net_minor", "tax_minor")]
    if not lines or None in money or any(row["tax_minor"] is None for row in taxes):
        return False
    taxed = sum(row["tax_minor"] for row in taxes)
    return bool(
        invoice["currency"] == charge["currency"]
        and sum(row["net_minor"] for row in lines) + taxed == invoice["total_minor"]
        and taxed == sum(row["tax_minor"] for row in lines)
    )


def _lines(lines: list[Row], taxes: list[Row]) -> tuple[Line, ...]:
    of_line: dict[str, list[Row]] = defaultdict(list)
    for row in taxes:
        of_line[row["invoice_line_ref"]].append(row)
    made = []
    for row in lines:
        own = of_line[row["invoice_line_ref"]]
        included = sum(tax["tax_minor"] for tax in own if tax["is_inclusive"])
        made.append(
            Line(
                description=row["description"] or "Item",
                period_start=_day(row["period_start_at"]),
                period_end=_day(row["period_end_at"]),
                quantity=row["quantity"],
                net_minor=row["net_minor"],
                discount_minor=row["amount_minor"] - included - row["net_minor"],
                rates=tuple(dict.fromkeys(rate for tax in own if (rate := _rate(tax)) is not None)),
            )
        )
    return tuple(made)


def _taxes(taxes: Iterable[Row]) -> tuple[Tax, ...]:
    """Sum the taxes by name, rate and reason, in order of appearance."""
    groups: dict[tuple[str, str, str | None], list[Row]] = defaultdict(list)
    for row in taxes:
        groups[(row["tax_name"] or "Tax", _rate(row) or "", row["taxability_reason"])].append(row)
    return tuple(
        Tax(
            name=name,
            rate_percent=rate,
            taxable_minor=_sum_or_none([row["taxable_minor"] for row in rows]),
            tax_minor=sum(row["tax_minor"] for row in rows),
            reason=reason,
        )
        for (name, rate, reason), rows in groups.items()
    )


def _sum_or_none(values: Sequence[int | None]) -> int | None:
    known = [value for value in values if value is not None]
    return sum(known) if len(known) == len(values) else None


def _rate(tax: Row) -> str | None:
    """23.0000 -> "23". Under reverse charge the seller charges nothing, whatever the rate is called."""
    if tax["taxability_reason"] == REVERSE_CHARGE:
        return "0"
    if tax["rate_percent"] is None:
        return None
    return f"{Decimal(tax['rate_percent']).normalize():f}"


def _seller(settings: Settings) -> Seller:
    company = settings.company
    return Seller(
        name=company.name,
        address=tuple(company.address),
        country=company.country,
        tax_id=company.tax_id,
        email=company.email,
        website=company.website,
    )


def _buyer(charge: Row, customer: Row | None) -> Buyer:
    known = customer or defaultdict(lambda: None)
    town = " ".join(filter(None, (known["address_postal_code"], known["address_city"])))
    return Buyer(
        name=known["name"] or charge["customer_name"],
        email=charge["customer_email"],
        address=tuple(filter(None, (known["address_line1"], town))),
        country=known["address_country"],
        tax_id=known["tax_id"],
    )


def _method(charge: Row) -> str | None:
    """("visa", "4242") -> "Visa ending in 4242"; a method without a brand is named by its type."""
    word = charge["method_brand"] or charge["method_type"]
    if not word:
        return None
    name = _METHODS.get(word, word.replace("_", " ").title())
    return f"{name} ending in {charge['method_last4']}" if charge["method_last4"] else name


_METHODS = {
    "amex": "American Express",
    "card": "card",
    "diners": "Diners Club",
    "jcb": "JCB",
    "mastercard": "Mastercard",
    "sepa_debit": "SEPA Direct Debit",
    "unionpay": "UnionPay",
    "us_bank_account": "bank account",
}


def _day(moment: datetime | date | None) -> str | None:
    return moment.date().isoformat() if isinstance(moment, datetime) else None
