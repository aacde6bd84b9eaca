"""The dated standard VAT rates of the EU, from the seed beside this file: who has one is a member."""

import csv
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path

from billing.errors import Terminal

_SEED = Path(__file__).with_name("eu_vat_rates.csv")


class NoVatRate(Terminal):
    """The seed of rates does not reach back to a day."""


@dataclass(frozen=True, slots=True)
class Dated:
    """A standard rate in percent from one day to another, both included."""

    rate_percent: Decimal
    first: date
    last: date


def eu_rate(country: str, day: date) -> Decimal | None:
    """Return a member's standard rate in percent on a day, None for a country that was no member then.

    After the last known change its rate is taken to hold.

    Raises:
        NoVatRate: the day lies before the seed begins.
    """
    begin = min(dated.first for rows in _seed().values() for dated in rows)
    if day < begin:
        raise NoVatRate(
            f"The EU's VAT rates are known from {begin} on, not for {day}: set [documents] start to a later day."
        )
    held = (row.rate_percent for row in _seed().get(country, ()) if row.first <= day <= row.last)
    return next(held, None)


@cache
def _seed() -> dict[str, tuple[Dated, ...]]:
    with _SEED.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(line for line in file if not line.startswith("#")))
    found: dict[str, tuple[Dated, ...]] = {}
    for row in rows:
        last = date.fromisoformat(row["valid_to"]) if row["valid_to"] else date.max
        dated = Dated(Decimal(row["rate_percent"]), date.fromisoformat(row["valid_from"]), last)
        found[row["country"]] = (*found.get(row["country"], ()), dated)
    return found
