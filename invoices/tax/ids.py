"""The form of tax ids: whether a number could be one, and how it is written. No authority is asked here."""

from functools import cache
from typing import Protocol

from stdnum import get_cc_module
from stdnum.ch import uid as swiss_uid
from stdnum.eu import vat as eu_vat
from stdnum.exceptions import ValidationError
from stdnum.no import orgnr as norwegian_number

from invoices.snapshot import TaxIdState
from invoices.tax.countries import known_country


class _Form(Protocol):
    def is_valid(self, number: str) -> bool: ...


# Businesses write these without the suffix that makes them VAT numbers.
_PLAIN: dict[str, _Form] = {"CH": swiss_uid, "NO": norwegian_number}
_MEMBERS = frozenset(code.upper() for code in eu_vat.MEMBER_STATES) - {"XI"}
_LONGEST = 32


def tax_id_state(tax_id: str | None, country: str | None) -> TaxIdState:
    """Judge a buyer's tax id by its form, with the rules of the country that it names or else the buyer's.

    Where nothing is known of a country's numbers, any with a digit is taken for well formed.
    """
    if not tax_id or not tax_id.strip():
        return TaxIdState.NONE
    return TaxIdState.WELL_FORMED if normal(tax_id, country) else TaxIdState.MALFORMED


def normal(tax_id: str, country: str | None) -> str | None:
    """Write a tax id as documents and authorities want it, None where it cannot be one.

    EU numbers begin with their country ("PL5260001246", Greece's with "EL"); others are only freed from spaces.
    """
    text = "".join(tax_id.split()).upper()
    own = known_country(country)
    if len(text) > _LONGEST or not text.isascii() or not any(sign.isdigit() for sign in text):
        return None
    if own in _MEMBERS and (written := _eu(_vat_prefix(own) + text)):
        return written
    if written := _eu(text):
        return written
    if own in _MEMBERS:
        return None
    issuer = own or known_country(text[:2])
    if issuer is None:
        return None
    modules = _modules(issuer)
    return text if not modules or any(module.is_valid(text) for module in modules) else None


def is_eu(written: str) -> bool:
    """Say whether a number written by `normal` is a VAT number of a member of the EU."""
    return _eu(written) == written


def _eu(text: str) -> str | None:
    """Return an EU VAT number in its compact form. The union's own schemes (EU..., IM...) are no buyer's ids."""
    if known_country(text[:2]) not in _MEMBERS:
        return None
    try:
        digits = eu_vat.validate(text).removeprefix(text[:2])
    except ValidationError:
        return None
    return _vat_prefix(known_country(text[:2]) or "") + digits


def _vat_prefix(country: str) -> str:
    return "EL" if country == "GR" else country


@cache
def _modules(country: str) -> tuple[_Form, ...]:
    found = get_cc_module(country.lower(), "vat")
    return tuple(module for module in (found, _PLAIN.get(country)) if module is not None)
