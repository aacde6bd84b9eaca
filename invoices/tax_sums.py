"""Taxes of issued documents beside the tax lines of the marts: per month, country, rate and currency.

The one side is read from frozen snapshots alone, the other from what gateways told. What our own rules split out of
a gross amount has no tax line; it is summed apart, as `split_minor`. All amounts are whole ISO minor units.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import Engine

from billing.store.clocktext import from_text
from billing.warehouse.reader import Reader
from invoices import register
from invoices.due import OF_CHARGES
from invoices.snapshot import Issued
from invoices.tax import half_up

PAGE = 500
NOT_TOLD = "not told"
"""Stands for a rate that the gateway did not tell."""

# A charge's taxes: those of its invoice's lines, or its own where it pays none.
_TOLD = """
    select h.charge_ref, h.invoice_ref, coalesce(h.captured_at, h.created_at) as moved_at, t.currency, h.country,
        t.jurisdiction_country, t.rate_percent, t.tax_minor, cast(1 as bigint) as part, cast(1 as bigint) as whole
    from charges h join tax_lines t on t.invoice_ref = h.invoice_ref
    where h.charge_ref = any($refs) and t.tax_minor <> 0
    union all
    select h.charge_ref, h.invoice_ref, coalesce(h.captured_at, h.created_at), h.currency, h.country,
        null, h.tax_rate_percent, h.tax_minor, h.captured_minor, h.amount_minor
    from charges h
    where h.charge_ref = any($refs) and h.tax_minor <> 0"""


class Key(NamedTuple):
    """What taxes are summed by. `month` is "2026-11", by the seller's clock, of the payment; `rate` in percent."""

    month: str
    country: str
    rate: str
    currency: str


@dataclass(frozen=True, slots=True)
class Sum:
    """The taxes of one key: as documents say where a gateway told them, as the marts say, and what rules split."""

    month: str
    country: str
    rate: str
    currency: str
    told_minor: int
    marts_minor: int
    split_minor: int

    @property
    def is_equal(self) -> bool:
        """Say whether documents and marts agree."""
        return self.told_minor == self.marts_minor

    def as_row(self) -> dict[str, Any]:
        """Return it as plain values."""
        return asdict(self)


def sums(engine: Engine, reader: Reader) -> list[Sum]:
    """Sum the taxes of all documents for payments, in order of their keys; an invoice paid in parts counts once.

    Raises:
        NotFound: nothing was published yet.
    """
    told: Counter[Key] = Counter()
    marts: Counter[Key] = Counter()
    split: Counter[Key] = Counter()
    seen: set[str] = set()
    for page in _pages(engine):
        rows = _told(reader, page)
        for issued in page:
            own = rows.get(issued.charge_ref, [])
            supply = own[0]["invoice_ref"] or issued.charge_ref if own else issued.charge_ref
            if supply in seen:
                continue
            seen.add(supply)
            marts.update(_of_rows(own, issued))
            (told if own else split).update(_of_document(issued, own))
    keys = sorted(told.keys() | marts.keys() | split.keys())
    return [Sum(*key, told[key], marts[key], split[key]) for key in keys]


def _pages(engine: Engine) -> Iterator[list[Issued]]:
    page: list[Issued] = []
    for entry in register.walk(engine):
        if entry.issued.kind in OF_CHARGES:
            page.append(entry.issued)
        if len(page) == PAGE:
            yield page
            page = []
    if page:
        yield page


def _told(reader: Reader, page: list[Issued]) -> dict[str, list[dict[str, Any]]]:
    rows: dict[str, list[dict[str, Any]]] = {}
    for row in reader.rows(_TOLD, {"refs": sorted({issued.charge_ref for issued in page})}):
        rows.setdefault(row["charge_ref"], []).append(row)
    return rows


def _of_rows(rows: Iterable[dict[str, Any]], issued: Issued) -> Counter[Key]:
    """Sum what the marts say of one payment; of what was captured in part its share of the tax."""
    found: Counter[Key] = Counter()
    for row in rows:
        country = (row["jurisdiction_country"] or row["country"] or "ZZ").upper()
        rate = NOT_TOLD if row["rate_percent"] is None else f"{Decimal(row['rate_percent']).normalize():f}"
        month = _month(row["moved_at"].replace(tzinfo=UTC), issued.time_zone)
        share = half_up(Fraction(row["tax_minor"] * row["part"], row["whole"]))
        found[Key(month, country, rate, row["currency"])] += share
    return found


def _of_document(issued: Issued, rows: list[dict[str, Any]]) -> Counter[Key]:
    """Sum what a document says; under a rate that nobody told where only the rules gave it its rate."""
    is_rate_told = not rows or any(row["rate_percent"] is not None for row in rows)
    month = _month(from_text(issued.paid_at), issued.time_zone)
    found: Counter[Key] = Counter()
    for tax in issued.taxes:
        rate = tax.rate_percent if is_rate_told and tax.rate_percent else NOT_TOLD
        if tax.tax_minor:
            found[Key(month, tax.country or "ZZ", rate, issued.currency)] += tax.tax_minor
    return found


def _month(moment: datetime, time_zone: str) -> str:
    return f"{moment.astimezone(ZoneInfo(time_zone)):%Y-%m}"
