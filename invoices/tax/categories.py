"""The words by which gateways say why a tax is what it is -> VAT categories of EN 16931."""

from decimal import Decimal

from billing.errors import Terminal
from invoices.snapshot import Category

_CATEGORIES = {
    "customer_exempt": Category.EXEMPT,
    "exempt": Category.EXEMPT,
    "product_exempt": Category.EXEMPT,
    "product_exempt_holiday": Category.EXEMPT,
    "portion_product_exempt": Category.EXEMPT,
    "export": Category.EXPORT,
    "excluded_territory": Category.OUTSIDE,
    "jurisdiction_unsupported": Category.OUTSIDE,
    "not_collecting": Category.OUTSIDE,
    "not_subject": Category.OUTSIDE,
    "not_subject_to_tax": Category.OUTSIDE,
    "not_supported": Category.OUTSIDE,
    "reverse_charge": Category.REVERSE_CHARGE,
    "zero_rated": Category.ZERO,
}
_TAXED = frozenset(
    {
        "luxury_rated", "portion_reduced_rated", "portion_standard_rated", "proportionally_rated", "reduced_rated",
        "standard_rated", "taxable_basis_reduced",
    }
)  # fmt: skip


class UnmappedReason(Terminal):
    """A gateway's word for no tax that no category of EN 16931 is known for."""


def category_of(reason: str | None, rate_percent: Decimal | None, tax_minor: int | None = None) -> Category:
    """Return the category of a gateway's tax, by what was taken, its word, and its rate in percent.

    Tax that was taken (`tax_minor` is not 0) is S, whatever the word. Without a word, a rate of 0 means Z. Every
    category but S stands on documents with rate 0, whatever rate the gateway names.

    Raises:
        UnmappedReason: no tax was taken, for a reason that is not known.
    """
    if tax_minor:
        return Category.STANDARD
    word = (reason or "").strip().lower()
    if word in _CATEGORIES:
        return _CATEGORIES[word]
    # A taxed trifle whose tax rounds to nothing stays taxed; an unknown word may be one for a tax that was taken.
    if not word or word in _TAXED or (rate_percent and tax_minor is None):
        return Category.STANDARD if rate_percent else Category.ZERO
    raise UnmappedReason(
        f"The gateway took no tax because of {reason!r}, which no VAT category is known for. "
        "Issue receipts for this account, or correct the tax settings at the gateway."
    )
