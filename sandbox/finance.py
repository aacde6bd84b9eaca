"""What the company knows of its own revenue, taxes and subscriptions, told by its life like the ledger beside it.

Decimal major units, written at the moment something happens; an accountant's figures (`show`) are worked out from
these alone, never from the API's objects. Countries are ISO codes, "ZZ" where nobody said.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from iso4217 import Currency

from sandbox.ledger import Book
from sandbox.state import State

NOWHERE = "ZZ"
UNRATED = "rate not told"
REVENUE = ("gross", "refunds", "disputes", "fees", "tax")
_MOVES = ("new", "expansion", "contraction", "churn", "reactivation")


@dataclass(frozen=True, slots=True)
class TaxPart:
    """The tax of one rate on one document, in major units.

    The rate is in percent, with four decimals. The category is inclusive, exclusive, reverse charge, or, of a sale
    whose gateway was told an amount of tax alone, UNRATED with the rate "0.0000".
    """

    country: str
    rate: str
    category: str
    base: Decimal
    amount: Decimal

    def share(self, amount: Decimal, total: Decimal, currency: str) -> "TaxPart":
        """Return the same tax on `amount` out of the document's `total`: below 0 for what is taken back."""
        shared = [to_minor_unit(one * amount / total, currency) for one in (self.base, self.amount)]
        return TaxPart(self.country, self.rate, self.category, *shared)


@dataclass(frozen=True, slots=True)
class Desk:
    """One account's bookkeeper at one moment (Unix seconds). Call it inside the deed's transaction."""

    book: Book
    gateway: str
    account: str
    at: int

    def revenue(self, currency: str, country: str | None, measure: str, major: Decimal) -> None:
        """Add an amount to one measure of today's revenue in a country."""
        if measure not in REVENUE:
            raise ValueError(f"{measure!r} is not a measure of revenue.")
        key = (self.gateway, self.account, self._day(), currency.upper(), country or NOWHERE, measure)
        self._add("ledger_revenue", key, major)

    def taxes(self, currency: str, parts: Sequence[TaxPart]) -> None:
        """Add taxes to today's, each by country, rate and category."""
        for part in parts:
            key = (self.gateway, self.account, self._day(), currency.upper())
            for measure, major in (("taxable", part.base), ("taxed", part.amount)):
                self._add("ledger_tax", (*key, part.country, part.rate, part.category, measure), major)

    def worth(self, currency: str, customer: str, subscription: str, major: Decimal) -> None:
        """Note what a subscription is worth in a month from now on; what changed is the movement."""
        sql = "select major from mrr_movements where gateway = ? and account = ? and subscription = ?"
        before = sum(
            (Decimal(row[0]) for row in self.book.execute(sql, (self.gateway, self.account, subscription))),
            Decimal(0),
        )
        if major != before:
            who = (self.gateway, self.account, self.at, currency.upper(), customer, subscription)
            self.book.execute(
                "insert into mrr_movements(gateway, account, at, currency, customer, subscription, major)"
                " values (?, ?, ?, ?, ?, ?, ?)",
                (*who, str(major - before)),
            )

    def _day(self) -> str:
        return datetime.fromtimestamp(self.at, UTC).date().isoformat()

    def _add(self, table: str, key: tuple[str, ...], major: Decimal) -> None:
        if not major:
            return
        names = [name for name in _COLUMNS[table] if name != "major"]
        wanted = " and ".join(f"{name} = ?" for name in names)
        sql = f"select major from {table} where {wanted}"  # noqa: S608 - names of our own
        before = next((Decimal(row[0]) for row in self.book.execute(sql, key)), Decimal(0))
        marks = ", ".join("?" * (len(key) + 1))
        sql = f"insert or replace into {table} values ({marks})"  # noqa: S608 - names of our own
        self.book.execute(sql, (*key, str(before + major)))


_COLUMNS = {
    "ledger_revenue": ("gateway", "account", "day", "currency", "country", "measure", "major"),
    "ledger_tax": (
        "gateway",
        "account",
        "day",
        "currency",
        "country",
        "rate",
        "category",
        "measure",
        "major",
    ),
}


def to_minor_unit(major: Decimal, currency: str) -> Decimal:
    """Round to the currency's ISO 4217 minor unit, half away from zero."""
    exponent = int(Currency(currency.upper()).exponent or 0)
    return major.quantize(Decimal(1).scaleb(-exponent), rounding=ROUND_HALF_UP)


def show(state: State, now: int) -> dict[str, list[dict[str, Any]]]:
    """Return the revenue by day, the taxes by day and the recurring revenue by month, in ISO minor units."""
    found = {
        name: [_in_minor(dict(row)) for row in state.execute(f"select * from {table}")]  # noqa: S608
        for name, table in (("revenue", "ledger_revenue"), ("tax", "ledger_tax"))
    }
    return found | {"mrr": mrr(state, now)}


def mrr(state: State, now: int) -> list[dict[str, Any]]:
    """Return opening, movements and closing of each month and currency, the running month as of `now`."""
    moved: dict[tuple[str, str, str], list[tuple[int, str, Decimal]]] = defaultdict(list)
    for row in state.execute("select * from mrr_movements order by at, n"):
        key = (row["gateway"], row["account"], row["currency"])
        moved[key].append((row["at"], row["customer"], Decimal(row["major"])))
    return [row for key, movements in moved.items() for row in _months(key, movements, now)]


def _months(
    key: tuple[str, str, str], moved: list[tuple[int, str, Decimal]], now: int
) -> list[dict[str, Any]]:
    worth: dict[str, Decimal] = defaultdict(Decimal)
    known: set[str] = set()
    rows, waiting = [], list(moved)
    for month, end in _calendar(moved[0][0], now):
        before = dict(worth)
        while waiting and waiting[0][0] < end:
            _, customer, major = waiting.pop(0)
            worth[customer] += major
        sums = dict.fromkeys(_MOVES, Decimal(0))
        for customer, closing in worth.items():
            opening = before.get(customer, Decimal(0))
            if closing != opening:
                sums[_called(opening, closing, customer in known)] += closing - opening
            if closing:
                known.add(customer)
        row = dict(zip(("gateway", "account", "currency"), key, strict=True))
        figures = {
            "opening": sum(before.values(), Decimal(0)),
            **sums,
            "closing": sum(worth.values(), Decimal(0)),
        }
        minor = {name: _minor(value, key[2]) for name, value in figures.items()}
        customers = sum(1 for value in worth.values() if value)
        rows.append({**row, "month": month, **minor, "customers": customers})
    return rows


def _called(opening: Decimal, closing: Decimal, known: bool) -> str:
    if not opening:
        return "reactivation" if known else "new"
    if not closing:
        return "churn"
    return "expansion" if closing > opening else "contraction"


def _calendar(first: int, now: int) -> list[tuple[str, int]]:
    """Return (first day, close in Unix seconds) of each month up to now, which closes the running one."""
    at, found = datetime.fromtimestamp(first, UTC), []
    year, month = at.year, at.month
    while (start := datetime(year, month, 1, tzinfo=UTC)).timestamp() < now:
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)
        end = int(datetime(year, month, 1, tzinfo=UTC).timestamp())
        found.append((start.date().isoformat(), min(end, now)))
    return found


def _in_minor(row: dict[str, Any]) -> dict[str, Any]:
    return {**row, "minor": _minor(Decimal(row.pop("major")), row["currency"])}


def _minor(major: Decimal, currency: str) -> int:
    scaled = major.scaleb(int(Currency(currency).exponent or 0))
    if scaled != scaled.to_integral_value():
        raise ValueError(f"{major} {currency} has more decimals than the currency.")
    return int(scaled)
