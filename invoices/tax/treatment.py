"""Which tax a supply of services bears where the gateway told none: by seller, buyer, day and the entity's rules.

Only electronic services at standard rates are thought of; other supplies need the gateway's own tax lines.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from billing.errors import ConfigError
from billing.settings_documents import TaxRules
from invoices.snapshot import Category, TaxIdState
from invoices.tax.countries import known_country, tax_name, tax_territory
from invoices.tax.rates import eu_rate

REVERSE_CHARGE = "reverse_charge"
_NOTHING = Decimal(0)
_GOOD = (TaxIdState.VALID, TaxIdState.WELL_FORMED)


@dataclass(frozen=True)
class Treatment:
    """One tax: EN 16931 category, rate in percent (0 but for S), name, and why, unless it is the plain rate."""

    category: Category
    rate_percent: Decimal
    name: str
    country: str
    """To which it would be owed."""
    reason: str | None = None


def treat(
    seller_country: str,
    buyer_country: str | None,
    buyer_tax_id_state: TaxIdState,
    day: date,
    rules: TaxRules,
) -> Treatment:
    """Return the tax of a supply made on `day`.

    A buyer whose country is missing or unknown is taxed like one at home, and the reason says so. Businesses are
    those with a tax id that is valid or at least well formed.

    Raises:
        ConfigError: the seller's country is none.
        NoVatRate: the day lies before the EU's rates are known.
    """
    home = known_country(seller_country)
    if home is None:
        raise ConfigError(
            f"{seller_country!r} is no country. Set `country` of the seller to its ISO 3166 code."
        )
    home = tax_territory(home)
    known = known_country(buyer_country)
    if known is None:
        told = (
            f"The buyer's country is {buyer_country!r}, which is none"
            if buyer_country
            else "No country of the buyer"
        )
        return _taxed(home, _rate(home, day, rules), f"{told}: taxed as at home in {home}")
    buyer = tax_territory(known)
    if buyer == home:
        return _taxed(home, _rate(home, day, rules), None)
    if buyer_tax_id_state in _GOOD:
        return _to_business(home, buyer, day, rules)
    return _to_consumer(home, buyer, day, rules)


def _to_business(home: str, buyer: str, day: date, rules: TaxRules) -> Treatment:
    """Tax a business abroad: it accounts for the tax itself, which inside the EU has a category of its own."""
    if _rate(home, day, rules) is None:
        return _not_collected(home)
    if eu_rate(home, day) is not None and eu_rate(buyer, day) is not None:
        return Treatment(Category.REVERSE_CHARGE, _NOTHING, tax_name(buyer), buyer, REVERSE_CHARGE)
    return _abroad(home, day, f"Supplied to a business in {buyer}, which accounts for the tax itself")


def _to_consumer(home: str, buyer: str, day: date, rules: TaxRules) -> Treatment:
    """Tax a consumer abroad: at their own rate where the entity collects it, inside the EU else at the seller's."""
    stated = rules.collects if isinstance(rules.collects, dict) else {}
    at_home = _rate(home, day, rules)
    in_eu = eu_rate(buyer, day)
    if buyer in stated:
        return _taxed(buyer, stated[buyer], None)
    if in_eu is not None and rules.oss:
        return _taxed(buyer, in_eu, None)
    if at_home is None:
        return _not_collected(home)
    if in_eu is not None and eu_rate(home, day) is not None:
        return _taxed(home, at_home, f"Taxed in {home}: the One Stop Shop is not used for {buyer}")
    return _abroad(home, day, f"Supplied to {buyer}, where no tax is collected")


def _rate(country: str, day: date, rules: TaxRules) -> Decimal | None:
    """Return what the entity collects in a country, None for nothing: its stated rates, or the EU's by the day."""
    return eu_rate(country, day) if rules.collects == "eu" else rules.collects.get(country)


def _taxed(country: str, rate: Decimal | None, reason: str | None) -> Treatment:
    if rate is None:
        return _not_collected(country)
    category = Category.STANDARD if rate else Category.ZERO
    return Treatment(category, rate, tax_name(country), country, reason)


def _abroad(home: str, day: date, reason: str) -> Treatment:
    """Free a supply of tax at its place of origin: G is the EU's word for it, elsewhere it is zero-rated."""
    category = Category.ZERO if eu_rate(home, day) is None else Category.EXPORT
    return Treatment(category, _NOTHING, tax_name(home), home, reason)


def _not_collected(country: str) -> Treatment:
    words = f"The seller collects no tax in {country}"
    return Treatment(Category.OUTSIDE, _NOTHING, tax_name(country), country, words)
