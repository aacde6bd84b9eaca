"""Why a payment cannot get an invoice that EN 16931 allows, in words that name the rule: it gets a receipt then.

Seen before a number is given. What the schematron finds in an invoice all the same holds that one back.
"""

from billing.money import exponent
from invoices.breakdown import Breakdown
from invoices.snapshot import Buyer, Category, TaxIdState

_GOOD = (TaxIdState.VALID, TaxIdState.WELL_FORMED)


def obstacle(taxed: Breakdown, buyer: Buyer, currency: str) -> str | None:
    """Return what stands in the way of an invoice, or None. Amounts are minor units of the currency."""
    categories = {line.category for line in taxed.lines} | {row.category for row in taxed.taxes}
    amounts = [line.net_minor for line in taxed.lines] + [row.tax_minor for row in taxed.taxes]
    standard = [line for line in taxed.lines if line.category is Category.STANDARD]
    exempt = [row for row in taxed.taxes if row.category is Category.EXEMPT]
    found = {
        "the buyer's country is not known (BR-11)": buyer.country is None,
        "its total is not above zero": taxed.total_minor <= 0,
        f"amounts in {currency} have three decimals, and EN 16931 allows two (BR-DEC)": (
            exponent(currency) > 2 and any(amount % 10 for amount in amounts)
        ),
        "a line bears several taxes, and EN 16931 knows one per line": any(
            len(line.rates) > 1 for line in taxed.lines
        ),
        "the gateway took no tax for a reason that no VAT category is known for (BR-CO-04)": None
        in categories,
        "lines outside the scope of VAT stand beside others (BR-O-11)": (
            Category.OUTSIDE in categories and len(categories) > 1
        ),
        "the reverse charge needs the buyer's valid VAT id (BR-AE-02)": (
            Category.REVERSE_CHARGE in categories and buyer.tax_id_state not in _GOOD
        ),
        "the gateway does not say why it is exempt from tax (BR-E-10)": any(not row.reason for row in exempt),
        "the gateway does not say the rate of its tax (BR-S-05)": any(
            line.rates in ((), ("0",)) for line in standard
        ),
    }
    return next((words for words, is_so in found.items() if is_so), None)
