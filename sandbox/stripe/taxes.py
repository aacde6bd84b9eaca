"""Discounts and taxes of an invoice line, in exact major units, as Stripe works them out line by line."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from sandbox.state import Json
from sandbox.stripe.currency import major, rounded, units


@dataclass(frozen=True)
class Discount:
    """A coupon in use: the discount's id, and the percentage or the amount (major units) off."""

    id: str
    percent_off: Decimal | None
    amount_off: Decimal | None

    @classmethod
    def of(cls, discount: Json, coupon: Json) -> "Discount":
        """Read a discount object and its coupon."""
        percent, off = coupon["percent_off"], coupon["amount_off"]
        return cls(
            discount["id"],
            None if percent is None else Decimal(str(percent)),
            None if off is None else major(off, coupon["currency"]),
        )


def discounted(
    amounts: Sequence[Decimal], discounts: Sequence[Discount], currency: str
) -> list[dict[str, Decimal]]:
    """Return, for each line's amount, what each discount (by id) takes off it. Credits are not discounted."""
    taken: list[dict[str, Decimal]] = [{} for _ in amounts]
    for discount in discounts:
        left = discount.amount_off or Decimal(0)
        for line, amount in zip(taken, amounts, strict=True):
            rest = amount - sum(line.values())
            if rest <= 0:
                continue
            if discount.percent_off is not None:
                line[discount.id] = rounded(rest * discount.percent_off / 100, currency)
            else:
                line[discount.id] = min(left, rest)
                left -= line[discount.id]
    return taken


@dataclass(frozen=True)
class Tax:
    """One tax on one line: the rate's id, the tax and what it is worked out on (both major units)."""

    rate: str
    inclusive: bool
    amount: Decimal
    base: Decimal
    reason: str

    def shape(self, currency: str) -> Json:
        """Return the entry of `taxes` and `total_taxes`."""
        return {
            "amount": units(self.amount, currency),
            "tax_behavior": "inclusive" if self.inclusive else "exclusive",
            "tax_rate_details": {"tax_rate": self.rate},
            "taxability_reason": self.reason,
            "taxable_amount": units(self.base, currency),
            "type": "tax_rate_details",
        }


def taxed(amount: Decimal, rates: Sequence[Json], currency: str, *, reverse: bool) -> list[Tax]:
    """Return the taxes on a line's amount after discounts. Under reverse charge the buyer owes them: 0 here."""
    found = []
    for rate in rates:
        share = Decimal(0) if reverse else Decimal(str(rate["percentage"])) / 100
        inclusive = bool(rate["inclusive"])
        net = rounded(amount / (1 + share), currency) if inclusive else amount
        tax = amount - net if inclusive else rounded(amount * share, currency)
        reason = "reverse_charge" if reverse else "standard_rated"
        found.append(Tax(rate["id"], inclusive, tax, net, reason))
    return found


def summed(lines: Sequence[Sequence[Tax]]) -> list[Tax]:
    """Return one tax per rate: the sums over all lines."""
    totals: dict[str, Tax] = {}
    for tax in (tax for line in lines for tax in line):
        before = totals.get(tax.rate)
        totals[tax.rate] = Tax(
            tax.rate,
            tax.inclusive,
            tax.amount + (before.amount if before else 0),
            tax.base + (before.base if before else 0),
            tax.reason,
        )
    return list(totals.values())
