"""What a payment was for: lines and taxes as the gateway told them, else split by the entity's rules.

What the gateway charged is the truth wherever it gave tax lines. All amounts are whole ISO minor units.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any, Literal

from billing.settings_documents import TaxRules
from invoices import tax
from invoices.snapshot import Buyer, Category, Line, Tax

Row = dict[str, Any]
NAMELESS = "Tax"


@dataclass(frozen=True, slots=True)
class Breakdown:
    """Lines and taxes that add up. `is_taxed` says that a gateway told of tax, even of none for a reason.

    `note` is what finance should know of how it was taxed, and no customer needs to.
    """

    lines: tuple[Line, ...]
    taxes: tuple[Tax, ...]
    is_taxed: bool
    note: str | None = None

    @property
    def tax_minor(self) -> int:
        """Return all taxes together."""
        return sum(row.tax_minor for row in self.taxes)

    @property
    def total_minor(self) -> int:
        """Return what the lines cost with tax."""
        return sum(line.net_minor for line in self.lines) + self.tax_minor


def of_charge(charge: Row) -> Breakdown:
    """Take the payment itself for the only line: untaxed, unless the gateway tells of tax inside it.

    Of what was authorized and taxed but not all captured, the captured part bears its share of the tax.
    """
    words = charge["explanation"] or charge["description"] or "Payment"
    captured: int = charge["captured_minor"]
    if not charge["tax_minor"]:
        return Breakdown((Line(description=words, net_minor=captured),), (), is_taxed=False)
    minor = tax.half_up(Fraction(charge["tax_minor"] * captured, charge["amount_minor"]))
    rates = () if charge["tax_rate_percent"] is None else (_text(Decimal(charge["tax_rate_percent"])),)
    line = Line(description=words, net_minor=captured - minor, rates=rates, category=Category.STANDARD)
    whole = Tax(
        name=NAMELESS,
        rate_percent=rates[0] if rates else "",
        taxable_minor=line.net_minor,
        tax_minor=minor,
        category=Category.STANDARD,
        country=_country(charge["country"]),
    )
    return Breakdown((line,), (whole,), is_taxed=True)


def of_invoice(charge: Row, invoice: Row, lines: list[Row], taxes: list[Row]) -> Breakdown | None:
    """Take the gateway's invoice apart; None where its lines and taxes do not add up to its total."""
    money = [row[name] for row in lines for name in ("net_minor", "tax_minor")]
    if not lines or None in money or any(row["tax_minor"] is None for row in taxes):
        return None
    taxed = sum(row["tax_minor"] for row in taxes)
    if (
        invoice["currency"] != charge["currency"]
        or sum(row["net_minor"] for row in lines) + taxed != invoice["total_minor"]
        or taxed != sum(row["tax_minor"] for row in lines)
    ):
        return None
    return Breakdown(_lines(lines, taxes), _taxes(taxes, _country(charge["country"])), is_taxed=bool(taxes))


def split(
    gross: Breakdown,
    seller_country: str,
    buyer: Buyer,
    day: date,
    rules: TaxRules,
    rounding: Literal["line", "document"],
) -> Breakdown:
    """Split the tax out of lines that a gateway told no tax of, as the rules have it on that day.

    Raises:
        Terminal: there is no rate for that day or country.
    """
    found = tax.treat(seller_country, buyer.country, buyer.tax_id_state, day, rules)
    rate, is_ordinary = _text(found.rate_percent), found.category is Category.STANDARD
    parts = tax.split_lines([line.net_minor for line in gross.lines], found.rate_percent, rounding=rounding)
    lines = tuple(
        line.model_copy(
            update={
                "net_minor": net,
                "discount_minor": tax.split(line.discount_minor, found.rate_percent)[0],
                "rates": (rate,),
                "category": found.category,
            }
        )
        for line, (net, _) in zip(gross.lines, parts, strict=True)
    )
    whole = Tax(
        name=found.name,
        rate_percent=rate,
        taxable_minor=sum(net for net, _ in parts),
        tax_minor=sum(minor for _, minor in parts),
        reason=None if is_ordinary else found.reason,
        category=found.category,
        country=found.country,
    )
    return replace(gross, lines=lines, taxes=(whole,), note=found.reason if is_ordinary else None)


def rated(told: Breakdown, seller_country: str, buyer: Buyer, day: date, rules: TaxRules) -> Breakdown:
    """Name the rate of a tax of which the gateway told the amount alone, where the rules' rate makes that amount.

    The amount stays what the gateway charged. Without such a rate it is all as it was told.

    Raises:
        Terminal: there is no rate for that day or country.
    """
    if len(told.taxes) != 1 or told.taxes[0].rate_percent:
        return told
    found = tax.treat(seller_country, buyer.country, buyer.tax_id_state, day, rules)
    _, minor = tax.split(told.total_minor, found.rate_percent)
    if found.category is not Category.STANDARD or minor != told.tax_minor:
        return told
    rate = _text(found.rate_percent)
    named = told.taxes[0].model_copy(update={"name": found.name, "rate_percent": rate})
    lines = tuple(line.model_copy(update={"rates": (rate,)}) for line in told.lines)
    return replace(told, lines=lines, taxes=(named,), note=found.reason)


def _lines(lines: list[Row], taxes: list[Row]) -> tuple[Line, ...]:
    of_line: dict[str, list[Row]] = defaultdict(list)
    for row in taxes:
        of_line[row["invoice_line_ref"]].append(row)
    made = []
    for row in lines:
        own = of_line[row["invoice_line_ref"]]
        included = sum(one["tax_minor"] for one in own if one["is_inclusive"])
        made.append(
            Line(
                description=row["description"] or "Item",
                period_start=_day(row["period_start_at"]),
                period_end=_day(row["period_end_at"]),
                quantity=row["quantity"],
                net_minor=row["net_minor"],
                discount_minor=row["amount_minor"] - included - row["net_minor"],
                rates=tuple(dict.fromkeys(rate for one in own if (rate := _rate(one)) is not None)),
                category=_category_of_line(own) if taxes else None,
            )
        )
    return tuple(made)


def _category_of_line(own: list[Row]) -> Category | None:
    """Return the one category of a line's taxes; beside taxed lines one that bears no tax at all is zero-rated."""
    found = {_category(one) for one in own} or {tax.category_of(None, None)}
    return found.pop() if len(found) == 1 else None


def _taxes(taxes: Iterable[Row], country: str | None) -> tuple[Tax, ...]:
    """Sum the taxes by name, rate, reason, category and country, in order of appearance.

    Those whose gateway knows no jurisdiction are owed to `country`.
    """
    groups: dict[tuple[str, str, str | None, Category | None, str | None], list[Row]] = defaultdict(list)
    for row in taxes:
        category = _category(row)
        reason = None if category is Category.STANDARD else row["taxability_reason"]  # tax needs no excuse
        owed_to = _country(row["jurisdiction_country"]) or country
        key = (row["tax_name"] or NAMELESS, _rate(row) or "", reason, category, owed_to)
        groups[key].append(row)
    return tuple(
        Tax(
            name=name,
            rate_percent=rate,
            taxable_minor=_sum_or_none([row["taxable_minor"] for row in rows]),
            tax_minor=sum(row["tax_minor"] for row in rows),
            reason=reason,
            category=category,
            country=owed_to,
        )
        for (name, rate, reason, category, owed_to), rows in groups.items()
    )


def _sum_or_none(values: Sequence[int | None]) -> int | None:
    known = [value for value in values if value is not None]
    return sum(known) if len(known) == len(values) else None


def _category(row: Row) -> Category | None:
    rate = None if row["rate_percent"] is None else Decimal(row["rate_percent"])
    try:
        return tax.category_of(row["taxability_reason"], rate, row["tax_minor"])
    except tax.UnmappedReason:
        return None


def _rate(row: Row) -> str | None:
    """23.0000 -> "23". Only the standard category has a rate, whatever the gateway calls what it did not take."""
    category = _category(row)
    if category not in (None, Category.STANDARD):
        return "0"
    return None if row["rate_percent"] is None else _text(Decimal(row["rate_percent"]))


def _country(told: str | None) -> str | None:
    """Return an ISO 3166 code; marts say ZZ where nobody told."""
    code = (told or "").upper()
    return code if code and code != "ZZ" else None


def _text(rate: Decimal) -> str:
    return f"{rate.normalize():f}"


def _day(moment: datetime | None) -> str | None:
    return moment.date().isoformat() if isinstance(moment, datetime) else None
