"""The ECB's euro reference rates: a package carries their history, HTTP refreshes it where the ECB can be reached.

A rate is always told with its date. Nothing is extrapolated: the last rate published on or before a day counts, and
a currency without one (the ECB publishes none for KWD) has the rate that [policy.rates] states, or none at all.
"""

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_UP, Decimal
from functools import cache
from pathlib import Path

import httpx
from currency_converter import ECB_URL, CurrencyConverter, RateNotFoundError

from billing import clock
from billing.errors import Terminal, Transient
from billing.money import Money, exponent

_LOOK_BACK_DAYS = 10  # the longest that the ECB was silent is five days, over Easter


class NoRate(Terminal):
    """There is no reference rate for a currency; the text says how to state one."""


@dataclass(frozen=True, slots=True)
class Converted:
    """`money` in the asked currency; `rate` units of it for one unit of the other, published on `rated_on`."""

    money: Money
    rate: Decimal
    rated_on: date
    source: str


class Rates:
    """Converts money at reference rates. Safe to share between threads; the file is read at the first question."""

    def __init__(self, file: Path | None = None, stated: Mapping[str, Decimal] | None = None) -> None:
        """Use the refreshed `file` where it is there, else the package's own.

        `stated`: euros for one unit of currencies that the ECB has no rate for.
        """
        self._file, self._stated = file, dict(stated or {})

    def convert(self, money: Money, currency: str, on: date | None = None) -> Converted:
        """Convert at the last rates published on or before a day (today's without one), rounded up in size.

        Rounded away from zero, so that a limit is never passed by rounding.

        Raises:
            NoRate: one of the two currencies has no rate.
        """
        day = on or clock.now().date()
        if money.currency == currency:
            return Converted(money, Decimal(1), day, "same currency")
        (euros, a, said_a), (target, b, said_b) = (
            self._in_euro(money.currency, day),
            self._in_euro(currency, day),
        )
        rate = euros / target
        quantum = Decimal(1).scaleb(-exponent(currency))
        exact = (money.to_decimal() * rate).quantize(quantum, rounding=ROUND_UP)
        source = "ECB reference rate" if said_a == said_b == "ecb" else "stated in [policy.rates]"
        return Converted(Money.of(exact, currency), rate, min(a, b), source)

    def _in_euro(self, currency: str, day: date) -> tuple[Decimal, date, str]:
        if currency == "EUR":
            return Decimal(1), day, "ecb"
        if currency in self._stated:
            return self._stated[currency], day, "stated"
        book = _book(str(self._file) if self._file and self._file.exists() else None)
        if currency in (book.currencies or ()):
            last = min(day, book.bounds[currency].last_date)
            for back in range(_LOOK_BACK_DAYS):
                published = last - timedelta(days=back)
                try:
                    return book.convert(Decimal(1), currency, "EUR", date=published), published, "ecb"
                except RateNotFoundError:
                    continue
        raise NoRate(
            f"There is no ECB reference rate for {currency} on {day}. State one in billhouse.toml: "
            f'[policy.rates] {currency} = "euros for one {currency}".'
        )


_reading = threading.Lock()


def _book(file: str | None) -> CurrencyConverter:
    with _reading:
        return _read_book(file, _stamp(file))


def _stamp(file: str | None) -> int:
    return Path(file).stat().st_mtime_ns if file else 0


@cache
def _read_book(file: str | None, _stamp: int) -> CurrencyConverter:
    return CurrencyConverter(file, decimal=True) if file else CurrencyConverter(decimal=True)


def kept_in(var: Path) -> Path:
    """Return where an installation, whose own folder is `var`, keeps the refreshed rates."""
    return var / "rates" / "eurofxref-hist.zip"


def refresh(file: Path, url: str = ECB_URL, max_age: timedelta = timedelta(hours=20)) -> bool:
    """Fetch the ECB's file unless a younger one is there; return whether a new one was written.

    Raises:
        Transient: the ECB could not be reached; the rates that there are stay in use.
    """
    if file.exists():
        written = datetime.fromtimestamp(file.stat().st_mtime, UTC)
        if clock.now() - written < max_age:
            return False
    try:
        answer = httpx.get(url, timeout=20, follow_redirects=True).raise_for_status()
        part = file.with_suffix(".part.zip")
        part.parent.mkdir(parents=True, exist_ok=True)
        part.write_bytes(answer.content)
        CurrencyConverter(str(part), decimal=True)  # a page that is not the file must not replace it
        part.replace(file)
    except (httpx.HTTPError, ValueError, OSError, StopIteration, ArithmeticError) as cause:
        raise Transient(f"The ECB's rates could not be fetched: {cause}") from cause
    return True
