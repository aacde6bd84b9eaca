"""Seller and buyer as EN 16931 knows them, and which of their numbers may be called a VAT id."""

import re
from dataclasses import dataclass

from stdnum.eu.vat import MEMBER_STATES

from invoices.einvoice.values import clean
from invoices.snapshot import Buyer, Seller, TaxIdState

_EU = {*MEMBER_STATES, "el", "xi"}  # Greece and Northern Ireland have prefixes of their own
_WRONG = (TaxIdState.MALFORMED, TaxIdState.INVALID)


@dataclass(frozen=True)
class Party:
    """Seller or buyer; what is not known is empty.

    `vat_id` is BT-31 or BT-48, `tax_number` BT-32 (the seller's other number), `own_id` BT-29 or BT-46.
    """

    name: str
    email: str
    streets: tuple[str, ...]
    city: str
    postal_code: str
    country: str
    vat_id: str | None
    tax_number: str | None = None
    own_id: str | None = None
    registration: str = ""


def seller_party(seller: Seller, *, outside: bool) -> Party:
    """Describe the seller. `outside` the scope of VAT no number may be called a VAT id (BR-O-02)."""
    tax_id = _compact(seller.tax_id)
    # An EU seller's id is one by law: with its country missing it must fail (BR-CO-09), not pass as something else.
    is_vat = tax_id is not None and (_is_vat_id(tax_id, seller.country) or seller.country.lower() in _EU)
    vat_id = tax_id if is_vat and not outside else None
    return Party(
        name=clean(seller.name),
        email=clean(seller.email),
        streets=_streets(seller.address),
        city=clean(seller.city),
        postal_code=clean(seller.postal_code),
        country=clean(seller.country),
        vat_id=vat_id,
        tax_number=None if vat_id else tax_id,
        own_id=None if vat_id else tax_id,
        registration=clean(seller.registration),
    )


def buyer_party(buyer: Buyer, *, outside: bool) -> Party:
    """Describe the buyer; a tax id that is wrong or no VAT id is kept as an id of theirs, without a claim."""
    tax_id = _compact(buyer.tax_id)
    is_vat = tax_id is not None and _is_vat_id(tax_id, buyer.country) and buyer.tax_id_state not in _WRONG
    vat_id = tax_id if is_vat and not outside else None
    return Party(
        name=clean(buyer.name) or clean(buyer.email),
        email=clean(buyer.email),
        streets=_streets(buyer.address),
        city=clean(buyer.city),
        postal_code=clean(buyer.postal_code),
        country=clean(buyer.country),
        vat_id=vat_id,
        own_id=None if vat_id else tax_id,
    )


def _is_vat_id(tax_id: str, country: str | None) -> bool:
    """Say whether a number starts with the country that gave it: a member of the EU, or the party's own."""
    prefix = tax_id[:2].lower()
    return prefix in _EU or (country is not None and prefix == country.lower())


def _compact(tax_id: str | None) -> str | None:
    return re.sub(r"\s", "", clean(tax_id)).upper() or None


def _streets(address: tuple[str, ...]) -> tuple[str, ...]:
    """Return at most three lines, as the standard has no more: the rest joins the third."""
    lines = [text for line in address if (text := clean(line))]
    return (*lines[:2], ", ".join(lines[2:])) if len(lines) > 2 else tuple(lines)
