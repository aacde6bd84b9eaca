"""Who sells and who buys, as settings and marts name them on the day of issue."""

from base64 import b64encode
from collections import defaultdict
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, get_args

from babel import UnknownLocaleError
from babel.languages import get_official_languages

from billing.errors import ConfigError
from billing.settings import Settings
from billing.settings_documents import DocumentPolicy, Language, LegalEntity
from billing.settings_model import COMPANY
from invoices import tax
from invoices.snapshot import Buyer, Look, Seller, TaxIdState

Row = dict[str, Any]
JudgeTaxId = Callable[[str | None, str | None], TaxIdState]
"""(tax id, buyer's country) -> what is known of it: `tax.tax_id_state` by form, `Vies.check` by the register."""
_LANGUAGES = get_args(Language)
# What an authority said, as gateways pass it on; everything else is judged by its form.
_SAID = {"verified": TaxIdState.VALID, "unverified": TaxIdState.INVALID}
_PICTURES = {
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
}
_METHODS = {
    "amex": "American Express",
    "card": "card",
    "diners": "Diners Club",
    "jcb": "JCB",
    "mastercard": "Mastercard",
    "credit_card": "card",
    "paypal": "PayPal",
    "paypal_account": "PayPal",
    "sepa_debit": "SEPA Direct Debit",
    "unionpay": "UnionPay",
    "us_bank_account": "bank account",
}


def policy_of(settings: Settings, gateway: str, account: str) -> tuple[str, DocumentPolicy]:
    """Return an account's legal entity by name, and what it issues; a former account is the company's, "auto"."""
    for entry in getattr(settings.gateways, gateway, []):
        if entry.account == account:
            return entry.entity, entry.documents
    return COMPANY, "auto"


def seller(name: str, entity: LegalEntity) -> Seller:
    """Copy a legal entity's data."""
    return Seller(
        entity=name,
        name=entity.name,
        address=tuple(entity.address),
        city=entity.city,
        postal_code=entity.postal_code,
        country=entity.country,
        tax_id=entity.tax_id,
        email=entity.email,
        website=entity.website,
        registration=entity.registration,
    )


def buyer(charge: Row, customer: Row | None, judge: JudgeTaxId = tax.tax_id_state) -> Buyer:
    """Copy what is known of a customer; of a guest, what the charge tells. Tax may tell the country.

    A tax id is written as authorities want it, if it can be one. `judge` is asked where the gateway did not say
    what an authority says of it.
    """
    known: Any = customer or defaultdict(lambda: None)
    taxed_in = charge.get("country")
    country = (known["address_country"] or "").upper() or (taxed_in if taxed_in != "ZZ" else None)
    tax_id = known["tax_id"]
    said = _SAID.get(known["tax_id_status"] or "") if tax_id else None
    return Buyer(
        name=known["name"] or charge["customer_name"],
        email=charge["customer_email"],
        address=tuple(filter(None, (known["address_line1"],))),
        city=known["address_city"],
        postal_code=known["address_postal_code"],
        country=country,
        tax_id=(tax.normal(tax_id, country) or tax_id) if tax_id else None,
        tax_id_state=said or judge(tax_id, country),
    )


def language(country: str | None, default: str) -> str:
    """Return the language that a customer is written to: their country's, as far as documents speak it."""
    if country is None:
        return default
    try:
        spoken = get_official_languages(country, de_facto=True)
    except UnknownLocaleError:
        return default
    return next((one for one in spoken if one in _LANGUAGES), default)


def method(charge: Row) -> str | None:
    """("visa", "4242") -> "Visa ending in 4242"; a method without a brand is named by its type."""
    word = charge["method_brand"] or charge["method_type"]
    if not word:
        return None
    name = _METHODS.get(word, word.replace("_", " ").title())
    return f"{name} ending in {charge['method_last4']}" if charge["method_last4"] else name


def look(entity: LegalEntity) -> Look:
    """Copy a legal entity's theme with the logo itself, so that the document can be made again without its file.

    Raises:
        ConfigError: the logo's file cannot be read, or is no picture that documents can show.
    """
    theme = entity.look
    return Look(
        accent=theme.accent,
        font=theme.font,
        logo_svg_or_png=_logo(theme.logo) if theme.logo else None,
        footer=theme.footer,
        legal_text=theme.legal_text,
    )


@cache
def _logo(path: Path) -> str:
    kind = _PICTURES.get(path.suffix.lower())
    if kind is None:
        raise ConfigError(f"look.logo: {path} is no picture for documents. Use an SVG, PNG or JPEG file.")
    try:
        return f"data:{kind};base64,{b64encode(path.read_bytes()).decode()}"
    except OSError as cause:
        raise ConfigError(f"look.logo: {path} cannot be read ({cause.strerror}).") from cause
