"""Countries as tax sees them: one code for each, and what their tax is called."""

from functools import cache

from babel import Locale

_SAME = {"EL": "GR", "UK": "GB"}  # the EU's own code for Greece, and a common mistake
_TAXED_AS = {"MC": "FR", "IM": "GB"}  # Monaco and the Isle of Man belong to their neighbour's tax territory
_NO_COUNTRY = frozenset({"EU", "EZ", "QO", "UN", "XA", "XB", "XX", "ZZ"})
_GST = frozenset({"AU", "CA", "IN", "JE", "MV", "NZ", "PG", "PK", "SG"})


def known_country(code: str | None) -> str | None:
    """Return the ISO 3166 code of a country, None for an empty or unknown one."""
    upper = (code or "").strip().upper()
    upper = _SAME.get(upper, upper)
    return upper if upper in _codes() else None


def tax_territory(country: str) -> str:
    """Return the country whose tax holds in a country: mostly its own."""
    return _TAXED_AS.get(country, country)


def tax_name(country: str) -> str:
    """Return what a country's tax on sales is called on documents: "VAT" or "GST"."""
    return "GST" if country in _GST else "VAT"


@cache
def _codes() -> frozenset[str]:
    names = map(str, Locale("en").territories)
    return frozenset(code for code in names if len(code) == 2 and code.isalpha()) - _NO_COUNTRY
