"""Rows of the marts in plain words: money, days, states. Every screen says them alike; markup is its own. Pure."""

from datetime import datetime
from typing import Any, Literal

from billing.money import Money
from billing.vocabulary import ChargeStatus, DisputeStatus, InvoiceStatus, RefundStatus, SubscriptionStatus

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


def money(row: Row, column: str) -> Money:
    """Return a money column of a row, as `amount_minor` beside `currency`."""
    return Money(int(row[column]), row["currency"])


def figure(value: Money) -> str:
    """Return an amount as an input takes it: "1234.50", without its currency."""
    return str(value).replace(",", "").partition(" ")[0]


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


def spaced(status: str) -> str:
    """Return a state as people write it: "past due"."""
    return status.replace("_", " ")


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


def renewal(row: Row) -> str:
    """Return what is next for a subscription: "renews 12 Dec 2026", "ends ...", "cancelled ..."."""
    if row["canceled_at"] and not row["is_cancel_at_period_end"]:
        return f"cancelled {day(row['canceled_at'])}"
    if row["status"] == SubscriptionStatus.TRIALING and row["trial_end_at"]:
        return f"trial ends {day(row['trial_end_at'])}"
    word = "ends" if row["is_cancel_at_period_end"] else "renews"
    return f"{word} {day(row['current_period_end_at'])}"


def failure(row: Row) -> str:
    """Return why a charge was not paid, as a clause; empty where nobody says."""
    why = row["failure_message"] or row["failure_code"] or ""
    return str(why).rstrip(".").replace("_", " ")
