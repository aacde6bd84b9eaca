"""What was agreed when something was sold: its country, total and taxes, in Decimal major units.

A gateway's bookkeeper keeps a bill when the sale is made, apart from the objects that the API shows, and looks it
up whenever money of that sale moves. So the books know how much tax is inside a payment without asking the API.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sandbox.finance import Desk, TaxPart, to_minor_unit
from sandbox.state import State

_OWNER, _KIND = "sandbox", "bill"


@dataclass(frozen=True, slots=True)
class Bill:
    """One sale; `country` is an ISO code, None where nobody said."""

    currency: str
    country: str | None
    total: Decimal
    parts: tuple[TaxPart, ...] = ()

    def received(self, desk: Desk, amount: Decimal) -> None:
        """Book a payment of the sale (below 0: one that is called back), and the tax inside it, as revenue."""
        desk.revenue(self.currency, self.country, "gross", amount)
        desk.revenue(self.currency, self.country, "tax", self._tax_in(amount))

    def given_back(self, desk: Desk, amount: Decimal) -> None:
        """Book a refund of the sale (below 0: one that failed), and the tax that leaves with it, as revenue."""
        desk.revenue(self.currency, self.country, "refunds", amount)
        desk.revenue(self.currency, self.country, "tax", -self._tax_in(amount))

    def disputed(self, desk: Desk, amount: Decimal) -> None:
        """Book money that a dispute took (below 0: gave back)."""
        desk.revenue(self.currency, self.country, "disputes", amount)

    def owes(self, desk: Desk, sign: int = 1) -> None:
        """Book the sale's taxes as owed, or as taken back with sign -1."""
        self.owes_for(desk, sign * self.total)

    def owes_for(self, desk: Desk, amount: Decimal) -> None:
        """Book the share of the taxes that goes with an amount; below 0 for what a refund or credit takes back."""
        if self.total:
            desk.taxes(self.currency, [part.share(amount, self.total, self.currency) for part in self.parts])

    def _tax_in(self, amount: Decimal) -> Decimal:
        if not self.total:
            return Decimal(0)
        tax = sum((part.amount for part in self.parts), Decimal(0))
        return to_minor_unit(tax * amount / self.total, self.currency)


def keep(state: State, account: str, sale: str, bill: Bill) -> Bill:
    """Remember a bill by its sale's name, such as "invoice:INV2-1"; a second one replaces the first."""
    kept = {
        "id": sale,
        "currency": bill.currency,
        "country": bill.country,
        "total": str(bill.total),
        "parts": [
            [part.country, part.rate, part.category, str(part.base), str(part.amount)] for part in bill.parts
        ],
    }
    state.put(_OWNER, account, _KIND, kept)
    return bill


def find(state: State, account: str, sale: str) -> Bill:
    """Return the bill of a sale.

    Raises:
        LookupError: nobody kept one.
    """
    found: dict[str, Any] | None = state.get(_OWNER, account, _KIND, sale)
    if found is None:
        raise LookupError(f"{account} kept no bill of {sale}")
    parts = tuple(
        TaxPart(country, rate, category, Decimal(base), Decimal(amount))
        for country, rate, category, base, amount in found["parts"]
    )
    return Bill(found["currency"], found["country"], Decimal(found["total"]), parts)


def percent(rate: Decimal | str) -> str:
    """Write a rate in percent as the books do: "19" is "19.0000"."""
    return f"{Decimal(rate):.4f}"
