"""How documents speak a language: its words from a gettext catalogue, amounts and days by Babel's formats.

English is the catalogues' key. A language that nobody translated is English, of the sort written in Britain.
"""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_interval
from babel.messages.pofile import read_po
from babel.numbers import format_decimal

from billing.money import Money, exponent
from billing.store.clocktext import from_text

LOCALES = Path(__file__).parent / "locales"
ENGLISH = "en_GB"
_MINUS, _KEPT_TOGETHER = "\u2212", "\u00a0"


def phrase(message: str) -> str:
    """Mark a message as one that catalogues translate, where it is not said at once; return it as it is."""
    return message


@cache
def translations(language: str) -> dict[str, str]:
    """Return English -> a language ("de"); empty for English and for languages that nobody translated."""
    path = LOCALES / f"{language}.po"
    if not path.exists():
        return {}
    with path.open("rb") as handle:
        return {
            str(one.id): str(one.string) for one in read_po(handle, locale=language) if one.id and one.string
        }


class Words:
    """One language: "de", or with a territory for its formats, "de-AT"."""

    def __init__(self, tag: str) -> None:
        self.locale = _locale(tag)
        self._known = translations(self.locale.language)

    @property
    def language(self) -> str:
        """The language as HTML names it: "de"."""
        return self.locale.language

    def say(self, message: str, **values: str) -> str:
        """Translate a message and fill its placeholders; what the values say is never a format itself."""
        translated = self._known.get(message, message)
        return translated.format(**values) if values else translated

    def number(self, minor: int, currency: str) -> str:
        """Write an amount without its currency: 123456 EUR cents are "1,234.56" or "1.234,56", 5400 yen "5,400".

        The decimals are ISO 4217's, not CLDR's, which shows some currencies without theirs.
        """
        return self._decimal(Money(minor, currency).to_decimal(), exponent(currency))

    def amount(self, minor: int, currency: str) -> str:
        """Write an amount with its currency, kept on one line: "29.00 EUR"."""
        return f"{self.number(minor, currency)}{_KEPT_TOGETHER}{currency}"

    def share(self, minor: int, parts: int, currency: str) -> str:
        """Write an amount divided by a count, such as a unit price, with more decimals where it needs them."""
        each = Money(minor, currency).to_decimal() / parts
        return self._decimal(each, exponent(currency), at_most=exponent(currency) + 4)

    def percent(self, rate: str) -> str:
        """Write a rate: "23" is "23 %", "5.5" in French "5,5 %"; what is no number stays as it is."""
        return f"{self.decimal(rate)}{_KEPT_TOGETHER}%"

    def decimal(self, text: str) -> str:
        """Write a number of decimal text, without needless zeros cut off or added; other text stays as it is."""
        try:
            number = Decimal(text)
        except InvalidOperation:
            return text
        places = number.as_tuple().exponent
        return self._decimal(number, -places if isinstance(places, int) and places < 0 else 0)

    def day(self, moment: str, zone: str) -> str:
        """Write the day of a moment (ISO text, UTC) as it was in a time zone: "12 October 2026"."""
        return format_date(from_text(moment).astimezone(ZoneInfo(zone)), format="long", locale=self.locale)

    def date(self, day: str) -> str:
        """Write a day of the calendar, briefly: "2026-10-12" is "12 Oct 2026"."""
        return format_date(date.fromisoformat(day), format="medium", locale=self.locale)

    def span(self, start: str, end: str) -> str:
        """Write two days of the calendar: "12 Oct – 12 Nov 2026"; one that is both stands once."""
        days = date.fromisoformat(start), date.fromisoformat(end)
        return str(format_interval(*days, skeleton="yMMMd", locale=self.locale)).replace("\u2009", " ")

    def country(self, code: str | None) -> str | None:
        """Name a country: "PL" is "Poland"; an unknown code stays as it is."""
        return self.locale.territories.get(code, code) if code else None

    def address(
        self, lines: Sequence[str], postal_code: str | None, city: str | None, country: str | None
    ) -> list[str]:
        """Return an address, line by line, with its town and its country's name unless a line has them already."""
        town = " ".join(filter(None, (postal_code, city)))
        ends = [end for end in (town, self.country(country)) if end and end not in lines]
        return [line for line in lines if line.strip()] + ends

    def _decimal(self, number: Decimal, places: int, at_most: int | None = None) -> str:
        shown = "0" * places + "#" * ((at_most or places) - places)
        pattern = "#,##0" + (f".{shown}" if shown else "")
        return format_decimal(number, format=pattern, locale=self.locale).replace("-", _MINUS)


@cache
def words(tag: str) -> Words:
    """Return a language's words, read once."""
    return Words(tag)


def _locale(tag: str) -> Locale:
    """Find the locale of a language tag: its territory's, else its language's, else English."""
    language = tag.replace("_", "-").partition("-")[0].lower()
    if not (LOCALES / f"{language}.po").exists():
        return Locale.parse(ENGLISH)
    try:
        return Locale.parse(tag.replace("_", "-"), sep="-")
    except (UnknownLocaleError, ValueError):
        return Locale.parse(language)
