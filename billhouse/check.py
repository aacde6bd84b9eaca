"""`billhouse check`: try every credential and say in words what is missing and how to mend it."""

import smtplib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module

import httpx

from billhouse.house import House
from billing.errors import BillhouseError, ConfigError, NotFound
from billing.settings import Settings
from billing.settings_model import Mail, SignIn
from billing.warehouse.reader import snapshot
from gateways import REGISTRY
from gateways.wiring import api
from helpdesk_sync.registry import helpdesks
from invoices import archive, parties
from pipelines.run import accounts


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was tried."""

    part: str
    is_ok: bool
    words: str


def check(house: House) -> Iterator[Finding]:
    """Try every part in turn. Nothing is changed anywhere."""
    config = house.settings
    yield Finding("store", True, f"{house.engine.dialect.name} answers and is migrated.")
    yield _try("warehouse", lambda: _published(house))
    if not any(getattr(config.gateways, name) for name in REGISTRY):
        yield Finding("gateways", False, "No account is configured. Add a [[gateways.stripe]] table.")
    for name, account in accounts(config):
        yield _try(f"{name} {account.account}", api(name, account).check)
        if not import_module(f"gateways.{name}.webhooks").is_configured(account):
            words = "Webhooks cannot be verified yet: changes arrive with the next cycle, not within seconds."
            yield Finding(f"{name} {account.account} webhooks", True, words)
    for helpdesk in helpdesks(config):
        yield _try(helpdesk.name, helpdesk.check)
    if config.mail:
        mail = config.mail
        yield _try("mail", lambda: _mail(mail))
    else:
        yield Finding("mail", True, "No [mail] table: no documents are issued or sent.")
    yield _try("documents", lambda: _documents(config))
    if config.sign_in:
        sign_in = config.sign_in
        yield _try("sign-in", lambda: _sign_in(sign_in))
    else:
        yield Finding("sign-in", True, "No [sign_in] table: the screens stay closed; the command line works.")
    if not config.people:
        yield Finding("people", False, "Nobody has a role. Add a [roles.NAME] and a [[people]] table.")


def _try(part: str, probe: Callable[[], str]) -> Finding:
    try:
        return Finding(part, True, probe())
    except BillhouseError as error:
        return Finding(part, False, str(error))


def _published(house: House) -> str:
    try:
        name, published_at = snapshot(house.reader)
    except NotFound as nothing:
        return str(nothing)
    return f"{name} is published, as of {published_at:%Y-%m-%d %H:%M} UTC."


def _documents(config: Settings) -> str:
    archive.storage(config)
    for entity in config.entities.values():
        parties.look(entity)
    words = {True: "can issue invoices", False: "has no tax_id, so it issues receipts"}
    told = [f"{entity.name} {words[bool(entity.tax_id)]}" for entity in config.entities.values()]
    return f"{'; '.join(told)}."


def _mail(mail: Mail) -> str:
    try:
        kind = smtplib.SMTP_SSL if mail.security == "tls" else smtplib.SMTP
        with kind(mail.host, mail.port, timeout=10) as server:
            if mail.security == "starttls":
                server.starttls()
            if mail.username and mail.password:
                server.login(mail.username, mail.password.get_secret_value())
    except smtplib.SMTPAuthenticationError as cause:
        raise ConfigError("The mail server refuses mail.username and mail.password.") from cause
    except (OSError, smtplib.SMTPException) as cause:
        raise ConfigError(f"The mail server {mail.host}:{mail.port} does not answer: {cause}.") from cause
    return f"{mail.host}:{mail.port} answers."


def _sign_in(sign_in: SignIn) -> str:
    url = f"{sign_in.issuer.rstrip('/')}/.well-known/openid-configuration"
    try:
        answer = httpx.get(url, timeout=10)
        answer.raise_for_status()
        issuer = answer.json()["issuer"]
    except (httpx.HTTPError, ValueError, KeyError) as cause:
        raise ConfigError(f"sign_in.issuer: {url} gives no OpenID configuration: {cause}.") from cause
    if issuer.rstrip("/") != sign_in.issuer.rstrip("/"):
        raise ConfigError(f"sign_in.issuer: the provider calls itself {issuer}. Write exactly that.")
    return f"{issuer} answers."
