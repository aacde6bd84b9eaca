"""What billhouse.toml may say: one class per table, one field per key. Unknown keys are mistakes."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import (
    BeforeValidator,
    EmailStr,
    Field,
    SecretStr,
    field_validator,
    model_validator,
)

from billing.ids import email_key
from billing.money import Money, MoneyError
from billing.settings_documents import Currency, DocumentPolicy, Documents, LegalEntity
from billing.settings_helpdesks import Helpdesks
from billing.settings_table import Table
from billing.verbs import FACTS, Verb

COMPANY = "company"
"""The name of the legal entity that [company] is."""

Port = Annotated[int, Field(strict=True, ge=0, le=65535)]


class Misplaced(ValueError):
    """A mistake that only the whole file shows; `loc` says at which key a person would mend it."""

    def __init__(self, loc: tuple[str | int, ...], message: str) -> None:
        super().__init__(message)
        self.loc = loc


class Store(Table):
    """Where the operational store lives: a SQLite file by default, PostgreSQL by URL."""

    url: str = "sqlite:///var/billhouse.db"
    password: SecretStr | None = None


class Warehouse(Table):
    """Where the warehouse lives: DuckDB files in `dir` by default, or a PostgreSQL database."""

    engine: Literal["duckdb", "postgres"] = "duckdb"
    dir: Path = Path("var/warehouse")
    host: str = "127.0.0.1"
    port: Port = 5432
    user: str = "billhouse"
    dbname: str = "billhouse"
    password: SecretStr | None = None


class GatewayAccount(Table):
    """What accounts of every gateway say: their name and title, whose they are, and what their payments get."""

    account: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    title: str
    entity: str = COMPANY
    """The legal entity that sells through it: a name of an [entities] table, or "company"."""
    documents: DocumentPolicy = "auto"


class StripeAccount(GatewayAccount):
    """One Stripe account. Stripe allows 100 requests a second in live mode, 25 in test mode."""

    secret_key: SecretStr
    webhook_secret: SecretStr | None = None
    base_url: str = "https://api.stripe.com"
    requests_per_second: int = Field(default=20, strict=True, ge=1, le=500)


class PaypalAccount(GatewayAccount):
    """One PayPal business account: a REST app's credentials, and its webhook's id, which verification needs."""

    client_id: str
    client_secret: SecretStr
    webhook_id: str | None = None
    base_url: str = "https://api-m.paypal.com"
    requests_per_second: int = Field(default=5, ge=1, le=500)
    opened: date = date(2024, 1, 1)
    """The day from which its history is read; PayPal's search reaches about three years back."""


class BraintreeAccount(GatewayAccount):
    """One Braintree merchant. Its webhooks are signed with the private key."""

    merchant_id: str
    public_key: str
    private_key: SecretStr
    base_url: str = "https://api.braintreegateway.com"
    requests_per_second: int = Field(default=10, ge=1, le=500)
    opened: date = date(2015, 1, 1)
    """The day from which its history is read."""


class WoocommerceAccount(GatewayAccount):
    """One WooCommerce shop, reached with a REST key; `base_url` is the shop's address."""

    consumer_key: str
    consumer_secret: SecretStr
    webhook_secret: SecretStr | None = None
    base_url: str
    requests_per_second: int = Field(default=10, ge=1, le=500)

    @field_validator("base_url")
    @classmethod
    def _hides_the_key(cls, value: str) -> str:
        where = urlsplit(value)
        is_here = where.hostname in ("127.0.0.1", "localhost", "::1")
        if where.scheme != "https" and not is_here:
            raise ValueError("a shop is reached by https: without it anybody on the way can read its key")
        if where.username or where.query or where.fragment:
            raise ValueError("write the shop's address alone; its key has keys of its own in this table")
        return value.rstrip("/")


class RecurlyAccount(GatewayAccount):
    """One Recurly site, in the US or EU data centre as `base_url` says."""

    api_key: SecretStr
    webhook_secret: SecretStr | None = None
    base_url: str = "https://v3.recurly.com"
    requests_per_second: int = Field(default=10, ge=1, le=500)


class Gateways(Table):
    """Any number of accounts per gateway."""

    stripe: list[StripeAccount] = []
    paypal: list[PaypalAccount] = []
    braintree: list[BraintreeAccount] = []
    woocommerce: list[WoocommerceAccount] = []
    recurly: list[RecurlyAccount] = []


class Mail(Table):
    """The SMTP server that carries documents to customers; `reply_to` is the helpdesk's address."""

    host: str
    port: Port = 587
    security: Literal["starttls", "tls", "none"] = "starttls"
    username: str | None = None
    password: SecretStr | None = None
    sender: EmailStr
    reply_to: EmailStr


class SignIn(Table):
    """The OpenID Connect provider that staff sign in with."""

    issuer: str
    client_id: str
    client_secret: SecretStr
    cookie_secret: SecretStr


class Serve(Table):
    """Addresses that `billhouse serve` listens on."""

    host: str = "127.0.0.1"
    dashboard_port: Port = 8501
    dashboard_url: str | None = None
    """What people open where a proxy with TLS stands before the screens: "https://billing.example.com"."""
    portal_port: Port = 8600
    portal_url: str | None = None
    """What helpdesks and customers reach the portal by, where a proxy with TLS stands before it."""
    dagster_port: Port = 3000


def _none_if_unlimited(value: object) -> object:
    return None if value == "unlimited" else value


Most = Annotated[Decimal | None, Field(ge=0, allow_inf_nan=False), BeforeValidator(_none_if_unlimited)]
"""An amount, or "unlimited" (None)."""


class Limit(Table):
    """How much money one person in a role may move with a verb, in [policy]'s base currency.

    `per_action` counts what the same person already moved of the same object, and `per_day` is any 24 hours:
    splitting an amount gains nothing. What is above is denied, or asks another person for approval.
    """

    per_action: Most
    per_day: Most
    above: Literal["deny", "approval"] = "deny"


Permission = Verb | Literal["look_up", "link", "note", "mail", "approve", "read_audit", "read_finance"]


class Role(Table):
    """What a role may do. Deny by default: a verb not listed, or a money-moving one without a limit, is refused."""

    may: list[Permission]
    limits: dict[Verb, Limit] = {}

    @model_validator(mode="after")
    def _limits_are_of_its_verbs(self) -> "Role":
        for verb in self.limits:
            if verb not in self.may:
                raise ValueError(
                    f"limits.{verb.value}: the role may not {verb.value}, so it needs no limit for it"
                )
            if not FACTS[verb].moves_money:
                raise ValueError(f"limits.{verb.value}: {verb.value} moves no amount that could be limited")
        return self


class Policy(Table):
    """What limits are counted in, and how long a request for approval stands."""

    base_currency: str = Field(default="EUR", pattern=r"^[A-Z]{3}$")
    approval_hours: int = Field(default=24, strict=True, ge=1, le=720)
    rates: dict[Currency, Decimal] = {}
    """Euros for one unit of a currency that the ECB publishes no rate for: KWD = "2.95"."""

    @field_validator("rates")
    @classmethod
    def _rates_are_positive(cls, value: dict[str, Decimal]) -> dict[str, Decimal]:
        for currency, rate in value.items():
            if rate <= 0:
                raise ValueError(f"{currency} = {rate} is not a rate")
        return value


class Person(Table):
    """One member of staff and their role."""

    email: EmailStr
    role: str


class Settings(Table):
    """The whole of billhouse.toml."""

    company: LegalEntity
    entities: dict[str, LegalEntity] = {}
    """All legal entities by name; once read, [company] is among them as "company"."""
    store: Store = Store()
    warehouse: Warehouse = Warehouse()
    gateways: Gateways = Gateways()
    helpdesks: Helpdesks = Helpdesks()
    mail: Mail | None = None
    documents: Documents = Documents()
    sign_in: SignIn | None = None
    serve: Serve = Serve()
    policy: Policy = Policy()
    roles: dict[str, Role] = {}
    people: list[Person] = []
    var: Path = Path("var")

    @model_validator(mode="after")
    def _hangs_together(self) -> "Settings":
        for number, person in enumerate(self.people):
            if person.role not in self.roles:
                known = ", ".join(sorted(self.roles)) or "none"
                raise Misplaced(
                    ("people", number, "role"),
                    f"the role {person.role!r} is not defined by any [roles] table ({known})",
                )
        for name, role in self.roles.items():
            for verb, limit in role.limits.items():
                _fits(("roles", name, "limits", verb.value), limit, self.policy.base_currency)
        _once(("people",), "email", [email_key(person.email) for person in self.people])
        for kind, tables in (("gateways", self.gateways), ("helpdesks", self.helpdesks)):
            for name in type(tables).model_fields:
                _once((kind, name), "account", [entry.account for entry in getattr(tables, name)])
        self._know_entities()
        return self

    def _know_entities(self) -> None:
        """Put the company among the entities, and check that each account names one that can do what it asks."""
        if self.entities.get(COMPANY, self.company) != self.company:
            raise Misplaced(("entities", COMPANY), "this name is [company]'s; give this entity another")
        self.entities[COMPANY] = self.company
        prefixes = [entity.series for entity in self.entities.values()]
        for name, entity in self.entities.items():
            if name != COMPANY and prefixes.count(entity.series) > 1:
                raise Misplaced(
                    ("entities", name, "series"),
                    f"{entity.series!r} is another legal entity's too, and numbers must differ; give each its own",
                )
        for gateway in type(self.gateways).model_fields:
            for number, account in enumerate(getattr(self.gateways, gateway)):
                _sells(("gateways", gateway, number), account, self.entities)

    def anchored(self, folder: Path) -> "Settings":
        """Return the same settings with their relative paths made absolute against `folder`."""
        url = self.store.url
        prefix = "sqlite:///"
        if url.startswith(prefix) and not Path(url.removeprefix(prefix)).is_absolute():
            url = prefix + str(folder / url.removeprefix(prefix))
        return self.model_copy(
            update={
                "store": self.store.model_copy(update={"url": url}),
                "warehouse": self.warehouse.model_copy(update={"dir": folder / self.warehouse.dir}),
                "var": folder / self.var,
                "documents": self.documents.anchored(folder),
                "company": self.company.anchored(folder),
                "entities": {name: entity.anchored(folder) for name, entity in self.entities.items()},
            }
        )

    def entity_of(self, gateway: str, account: str) -> LegalEntity:
        """Return the legal entity that sells through an account; a former account is the company's."""
        accounts: list[GatewayAccount] = getattr(self.gateways, gateway, [])
        return self.entities[next((one.entity for one in accounts if one.account == account), COMPANY)]

    def role_of(self, email: str) -> str | None:
        """Return the role of a member of staff, or None for a stranger."""
        key = email_key(email)
        return next((p.role for p in self.people if email_key(p.email) == key), None)


def _fits(loc: tuple[str | int, ...], limit: Limit, currency: str) -> None:
    for amount in (limit.per_action, limit.per_day):
        if amount is not None:
            try:
                Money.of(amount, currency)
            except MoneyError as cause:
                raise Misplaced(loc, str(cause)) from cause


def _sells(loc: tuple[str | int, ...], account: GatewayAccount, entities: dict[str, LegalEntity]) -> None:
    if account.entity not in entities:
        known = ", ".join(sorted(entities))
        raise Misplaced(
            (*loc, "entity"),
            f"the legal entity {account.entity!r} is not defined by any [entities] table ({known})",
        )
    if account.documents == "invoice" and entities[account.entity].tax_id is None:
        raise Misplaced(
            (*loc, "documents"),
            f"invoices need the seller's tax id, and the legal entity {account.entity!r} has none; "
            'set its tax_id, or documents = "auto"',
        )


def _once(table: tuple[str, ...], key: str, names: list[str]) -> None:
    for number, name in enumerate(names):
        if name in names[:number]:
            raise Misplaced((*table, number, key), f"{name!r} is used twice; each entry needs its own {key}")
