"""The small values of an e-invoice: texts, amounts, rates and days as its XML holds them, or refused in words."""

import re
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from billing.errors import Terminal
from billing.money import exponent
from invoices.snapshot import Category

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class NotValid(Terminal):
    """The document cannot be said as an EN 16931 e-invoice; the text says why and what to do."""


class Amounts:
    """Minor units of one currency -> decimal text, with at most the two decimals that EN 16931 allows."""

    def __init__(self, currency: str) -> None:
        self.currency = currency
        self.digits = exponent(currency)

    def text(self, minor: int) -> str:
        """Write an amount with the decimals of its currency.

        Raises:
            NotValid: it is of a currency with three decimals, and the third is not 0.
        """
        amount = self.exact(minor)
        if self.digits > 2 and amount != round(amount, 2):
            raise NotValid(
                f"{amount} {self.currency} has more than two decimals, and EN 16931 allows two (BR-DEC). "
                "Charge whole hundredths, or issue receipts for this currency."
            )
        return f"{amount:.{min(self.digits, 2)}f}"

    def exact(self, minor: int) -> Decimal:
        """Return an amount in whole units of the currency, with nothing rounded."""
        return Decimal(minor).scaleb(-self.digits)


def clean(text: str | None) -> str:
    """Take out what no XML may hold (control characters, lone surrogates) and space around the text."""
    return _NOT_XML.sub("", text or "").strip()


def rate(text: str, where: str) -> str:
    """Write a rate in percent without needless zeros ("19.00" -> "19"); NotValid if it is none."""
    if not re.fullmatch(r"\d+(\.\d+)?", text):
        raise NotValid(f"The rate of {where} is {text!r}, which is no percentage.")
    return f"{Decimal(text).normalize():f}"


def mapped(category: Category | None, where: str) -> Category:
    """Return the VAT category of a line or tax; NotValid if nobody told it."""
    if category is None:
        raise NotValid(f"{where} has no VAT category (BR-CO-04). Map the gateway's tax, or issue receipts.")
    return category


def day(text: str | None, what: str) -> date | None:
    """Read a day such as "2026-10-12"; NotValid if there is no such day."""
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as cause:
        raise NotValid(f"The {what} is {text!r}, which is no date.") from cause


def local_day(moment: str, time_zone: str, what: str) -> date:
    """Return the day of a moment in a time zone; a day alone stays as it is. NotValid if it is no moment."""
    try:
        parsed = datetime.fromisoformat(moment)
    except ValueError as cause:
        raise NotValid(f"The {what} is {moment!r}, which is no date.") from cause
    return parsed.astimezone(ZoneInfo(time_zone)).date() if parsed.tzinfo else parsed.date()
