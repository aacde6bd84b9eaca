"""Rows of the marts in Markdown, and text from customers made safe for it. The plain words are the warehouse's."""

import re

from billing.money import Money
from billing.warehouse.wording import DASH, Colour, Row, colour, day, method, minute, money, period, spaced
from gateways import REGISTRY

__all__ = [
    "DASH", "Colour", "Row", "amount", "bold", "colour", "day", "link", "method", "minute", "money", "period",
    "pill", "safe", "spaced",
]  # fmt: skip


def safe(text: object) -> str:
    """Return text so that Markdown shows it as it is: names and descriptions are typed by customers.

    A web address in it stays text: an invisible joiner keeps Markdown from making it a link.
    """
    one_line = re.sub(r"\s+", " ", "" if text is None else str(text)).strip()
    one_line = re.sub(r"(?i)(https?:|www)(?=//|\.)", "\\1\u2060", one_line)
    return re.sub(r"([!-/:-@\[-`{-~])", r"\\\1", one_line)


def amount(value: Money) -> str:
    """Return an amount in Markdown: the figure bold, the currency small beside it."""
    figure, _, currency = str(value).rpartition(" ")
    return f"**{figure}** :small[:gray[{currency}]]"


def bold(sentence: str, value: Money | None) -> str:
    """Return a plain sentence as Markdown, with an amount that it names in bold where it first stands."""
    words = safe(sentence)
    return words.replace(safe(value), f"**{safe(value)}**", 1) if value is not None else words


def link(row: Row) -> str:
    """Return where staff see the object at its gateway, as a link; nothing where there is no such page."""
    url = row.get("dashboard_url")
    return f"[{REGISTRY[row['gateway']].title} ↗]({url})" if url else ""


def pill(status: str, words: str | None = None) -> str:
    """Return a state as a badge in Markdown."""
    return f":{colour(status)}-badge[{safe(words or spaced(status))}]"
