"""Who issues documents and how they look: legal entities ([company], [entities.<name>]) and [documents]."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from babel import Locale
from babel.numbers import get_territory_currencies
from pydantic import AfterValidator, Discriminator, EmailStr, Field, Tag

from billing.money import MoneyError, exponent
from billing.settings_notices import Notices
from billing.settings_table import Table

DocumentPolicy = Literal["auto", "invoice", "receipt", "branded_copy", "none"]
"""What an account's payments get; "auto" follows who issued the tax invoice and who may issue one."""

Language = Literal["en", "de", "fr", "es", "pl"]


def _country(code: str) -> str:
    if len(code) != 2 or code not in Locale("en").territories or code in ("EU", "EZ", "UN", "ZZ"):
        raise ValueError(f'{code!r} is no country. Write its ISO 3166 code: "DE", "GB", "US"')
    return code


def _currency(code: str) -> str:
    try:
        exponent(code)
    except MoneyError as cause:
        raise ValueError(str(cause)) from cause
    return code.upper()


def _time_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError) as cause:  # absent, no name of a file at all, or a folder's name
        raise ValueError(f'{name!r} is no time zone. Write one like "Europe/Berlin"') from cause
    return name


def _percent(rate: Decimal) -> Decimal:
    if not 0 <= rate <= 100:
        raise ValueError(f'{rate} is no rate in percent. Write one like "19" or "8.1"')
    return rate


Country = Annotated[str, AfterValidator(_country)]
Currency = Annotated[str, AfterValidator(_currency)]
TimeZone = Annotated[str, AfterValidator(_time_zone)]
Percent = Annotated[Decimal, Field(allow_inf_nan=False), AfterValidator(_percent)]
Rates = Annotated[  # told apart beforehand, so that a mistake is told once and not for both
    Annotated[dict[Country, Percent], Tag("dict")] | Annotated[Literal["eu"], Tag("str")],
    Discriminator(lambda stated: "dict" if isinstance(stated, dict) else "str"),
]


def _own_currency(entity: dict[str, Any]) -> str:
    """Return the currency of an entity's country, in which it owes its taxes."""
    return next(iter(get_territory_currencies(entity.get("country", ""))), "EUR")


class Look(Table):
    """The theme of a legal entity's documents and mails."""

    accent: str = Field(default="#0b6e6e", pattern=r"^#[0-9a-fA-F]{6}$", description='"#0b6e6e"')
    font: str = Field(default="Inter", pattern=r"^\w[\w -]{0,60}$")
    logo: Path | None = None
    """An SVG, PNG or JPEG file."""
    footer: str | None = None
    legal_text: str | None = None


class TaxRules(Table):
    """How tax is split from a gross amount where the gateway gave no tax lines. Rates are in percent."""

    collects: Rates = "eu"
    """Rates by ISO 3166 country where tax is collected, or "eu" for the dated rates of the EU."""
    oss: bool = False
    """Whether EU consumers are taxed by their own country's rate (One Stop Shop), else by the seller's."""


class LegalEntity(Table):
    """A seller (a brand), as its documents and mails name it."""

    name: str = Field(min_length=1)
    address: list[str]
    """Street lines; postal code, city and country too, where they have no keys of their own."""
    city: str | None = None
    postal_code: str | None = None
    country: Country
    tax_id: str | None = Field(default=None, min_length=1)
    """Without one no invoices are issued, only receipts."""
    email: EmailStr
    website: str | None = None
    registration: str | None = None
    """Court and number of the company's register, as law asks for it on documents."""
    currency: Currency = Field(default_factory=_own_currency)
    """In which its taxes are owed: the country's own where this says no other."""
    time_zone: TimeZone = "UTC"
    language: Language = "en"
    """Of documents for customers whose own language is not known, or not spoken here."""
    look: Look = Look()
    reply_to: EmailStr | None = None
    """The helpdesk's address of this brand; [mail]'s where it says none."""
    series: str = Field(default="", pattern=r"^([A-Z0-9]{1,8})?$")
    """What its numbers begin with: "US" makes US-R-2026-00001."""
    taxes: TaxRules = TaxRules()

    def anchored(self, folder: Path) -> "LegalEntity":
        """Return the same entity with its logo's path made absolute against `folder`."""
        if self.look.logo is None:
            return self
        look = self.look.model_copy(update={"logo": folder / self.look.logo})
        return self.model_copy(update={"look": look})


class Documents(Table):
    """Documents are issued for what was paid from `start` on; without it, from the day of the first run on."""

    start: date | None = None
    rounding: Literal["line", "document"] = "document"
    vies_url: str | None = Field(default=None, pattern=r"^https?://")
    """Where the EU's register of VAT ids answers. Without it, or while it is away, an id's form must do."""
    storage: str | None = None
    """A folder or an fsspec URL like "s3://bucket/documents"; <var>/documents without it."""
    payment_requests: bool = False
    """Whether open invoices that are not collected by themselves get a payment request; gateways mail such, too."""
    notices: Notices = Notices()

    def anchored(self, folder: Path) -> "Documents":
        """Return the same with a relative folder of `storage` made absolute against `folder`."""
        if self.storage is None or ":" in self.storage:
            return self
        return self.model_copy(update={"storage": str(folder / self.storage)})
