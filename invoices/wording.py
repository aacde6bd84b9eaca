"""How a receipt speaks: amounts, days and sentences, in English (en_GB), by Babel's formats."""

from collections.abc import Sequence
from datetime import date
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date
from babel.numbers import format_decimal

from billing.money import Money, exponent
from billing.store.clocktext import from_text
from invoices.snapshot import Line, Receipt, Tax

LOCALE = Locale.parse("en_GB")
_REASONS = {
    "reverse_charge": "reverse charge",
    "zero_rated": "zero-rated",
    "product_exempt": "exempt",
    "customer_exempt": "exempt",
    "not_collecting": "not collected",
    "not_subject_to_tax": "not subject to tax",
}


def number(minor: int, currency: str) -> str:
    """Write an amount without its currency: 123456 EUR cents are "1,234.56", 5400 yen "5,400".

    The decimals are ISO 4217's, not CLDR's, which shows some currencies without theirs.
    """
    digits = exponent(currency)
    pattern = "#,##0" + ("." + "0" * digits if digits else "")
    text = format_decimal(Money(minor, currency).to_decimal(), format=pattern, locale=LOCALE)
    return text.replace("-", "\u2212")


def amount(minor: int, currency: str) -> str:
    """Write an amount with its currency, kept on one line: "29.00 EUR"."""
    return f"{number(minor, currency)}\u00a0{currency}"


def day(moment: str, zone: str) -> str:
    """Write the day of a moment (ISO text, UTC) as it was in a time zone: "12 October 2026"."""
    return format_date(from_text(moment).astimezone(ZoneInfo(zone)), format="long", locale=LOCALE)


def period(line: Line) -> str | None:
    """Say which days a line is for: "12 October – 12 November 2026"; None when it is for no span of time."""
    if not line.period_start or not line.period_end or line.period_start == line.period_end:
        return None
    start, end = date.fromisoformat(line.period_start), date.fromisoformat(line.period_end)
    first = format_date(start, "d MMMM" if start.year == end.year else "long", locale=LOCALE)
    return f"{first} – {format_date(end, 'long', locale=LOCALE)}"


def rates(line: Line) -> str:
    """Write a line's tax rates: "23 %", or a dash where no tax is named."""
    return " + ".join(f"{rate}\u00a0%" for rate in line.rates) or "–"


def tax_name(tax: Tax) -> str:
    """Name one row of the taxes: "VAT 23 %", "VAT 0 % (reverse charge)"."""
    reason = _REASONS.get(tax.reason or "")
    rate = f" {tax.rate_percent}\u00a0%" if tax.rate_percent else ""
    return f"{tax.name}{rate}" + (f" ({reason})" if reason else "")


def paid(receipt: Receipt) -> str:
    """Say in words that, how and when it was paid."""
    how = f" by {receipt.method}" if receipt.method else ""
    when = day(receipt.paid_at, receipt.time_zone)
    if receipt.paid_minor == receipt.total_minor:
        return f"Paid in full{how} on {when}"
    return f"{amount(receipt.paid_minor, receipt.currency)} paid{how} on {when}"


def notes(receipt: Receipt) -> Sequence[str]:
    """Say what a reader may otherwise ask: what this document is, who owes the tax, what has gone back."""
    said = []
    if receipt.refunded_minor:
        back = amount(receipt.refunded_minor, receipt.currency)
        said.append(f"Of this payment, {back} had been refunded when this receipt was issued.")
    if any(tax.reason == "reverse_charge" for tax in receipt.taxes):
        said.append("Reverse charge: the recipient accounts for the VAT.")
    if receipt.invoice_number and receipt.is_tax_invoice:
        said.append(
            f"This receipt confirms your payment of invoice {receipt.invoice_number}, which was issued "
            "separately. It is not a second tax invoice."
        )
    elif receipt.invoice_number:
        said.append(
            f"This receipt confirms your payment of invoice {receipt.invoice_number}. It is no invoice."
        )
    else:
        said.append("This receipt confirms a payment. It is not a tax invoice.")
    return said


def country(code: str | None) -> str | None:
    """Name a country in English: "PL" is "Poland"; an unknown code stays as it is."""
    return LOCALE.territories.get(code, code) if code else None


def address(lines: Sequence[str], code: str | None) -> list[str]:
    """Return an address with its country's name at the end, unless a line names it already."""
    name = country(code)
    return [*lines, *([name] if name and name not in lines else [])]
