"""Rows of the marts in words: money, days, states, and text from customers made safe for Markdown."""

import re
from datetime import datetime
from typing import Any, Literal

from billing.money import Money
from billing.vocabulary import ChargeStatus, DisputeStatus, InvoiceStatus, RefundStatus, SubscriptionStatus
from gateways import REGISTRY

Colour = Literal["green", "orange", "red", "gray"]
Row = dict[str, Any]
DASH = "–"

_GREEN = {
    ChargeStatus.PAID,
    SubscriptionStatus.ACTIVE,
    RefundStatus.SUCCEEDED,
    DisputeStatus.WON,
    "verified",
}
_ORANGE = {
    ChargeStatus.PENDING,
    ChargeStatus.AUTHORIZED,
    InvoiceStatus.OPEN,
    DisputeStatus.UNDER_REVIEW,
    SubscriptionStatus.TRIALING,
    SubscriptionStatus.PAUSED,
    "unverified",
}
_RED = {
    ChargeStatus.FAILED,
    ChargeStatus.DISPUTED,
    InvoiceStatus.UNCOLLECTIBLE,
    SubscriptionStatus.PAST_DUE,
    DisputeStatus.NEEDS_RESPONSE,
    DisputeStatus.LOST,
    "unknown",
    "denied",
}


def safe(text: object) -> str:
    """Return text so that Markdown shows it as it is: names and descriptions are typed by customers.

    A web address in it stays text: an invisible joiner keeps Markdown from making it a link.
    """
    one_line = re.sub(r"\s+", " ", "" if text is None else str(text)).strip()
    one_line = re.sub(r"(?i)(https?:|www)(?=//|\.)", "\\1\u2060", one_line)
    return re.sub(r"([!-/:-@\[-`{-~])", r"\\\1", one_line)


def money(row: Row, column: str) -> Money:
    """Return a money column of a row, as `amount_minor` beside `currency`."""
    return Money(int(row[column]), row["currency"])


def amount(value: Money) -> str:
    """Return an amount in Markdown: the figure bold, the currency small beside it."""
    figure, _, currency = str(value).rpartition(" ")
    return f"**{figure}** :small[:gray[{currency}]]"


def link(row: Row) -> str:
    """Return where staff see the object at its gateway, as a link; nothing where there is no such page."""
    url = row.get("dashboard_url")
    return f"[{REGISTRY[row['gateway']].title} ↗]({url})" if url else ""


def day(moment: datetime | None) -> str:
    """Return a UTC day as "12 Nov 2026", or a dash."""
    return f"{moment.day} {moment:%b %Y}" if moment else DASH


def minute(moment: datetime) -> str:
    """Return a moment as "12 Nov 2026, 14:05 UTC"."""
    return f"{day(moment)}, {moment:%H:%M} UTC"


def colour(status: str) -> Colour:
    """Return the colour that helps a state; the word itself always says it."""
    if status in _GREEN:
        return "green"
    if status in _ORANGE:
        return "orange"
    return "red" if status in _RED else "gray"


def pill(status: str, words: str | None = None) -> str:
    """Return a state as a badge in Markdown."""
    return f":{colour(status)}-badge[{safe(words or status.replace('_', ' '))}]"


def method(row: Row) -> str:
    """Return what a charge was paid with: "Visa •4242"."""
    kind = row.get("method_brand") or row.get("method_type") or ""
    name = kind.replace("_", " ").capitalize()
    last4 = row.get("method_last4")
    return f"{name or 'Card'} •{last4}" if last4 else name or "unknown method"


def period(count: int | None, unit: str | None) -> str:
    """Return how often a subscription renews: "monthly", "every 3 months"."""
    words = {"day": "daily", "week": "weekly", "month": "monthly", "year": "yearly"}
    if not unit:
        return ""
    return words.get(unit, unit) if (count or 1) == 1 else f"every {count} {unit}s"
