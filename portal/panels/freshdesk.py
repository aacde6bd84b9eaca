"""Freshdesk's ticket sidebar: the app's request template asks through Freshworks' proxy, with a secret in a header.

The secret stays with Freshworks (a secure installation parameter), so whoever shows it is this account's app. Which
agent sits before it is not proven: the panel shows data, and what changes something asks for our own sign-in. The
app opens its frame with the one-time address that we answer. Source: developers.freshworks.com, "Request method".
"""

import json
from datetime import datetime
from typing import Any

from pydantic import SecretStr

from billing.errors import Forged
from billing.settings_helpdesks import FreshdeskAccount
from portal.panels.port import Asked, Proof
from portal.panels.signing import origin, require_same

HOST = ""
SECRET_HEADER = "x-billhouse-secret"  # noqa: S105 - the header's name
# The pages around the panel: the app's own frame, and the two addresses under which agents open Freshdesk.
_PAGES = ("https://d3h0owdjgzys62.cloudfront.net", "https://*.freshdesk.com", "https://*.myfreshworks.com")


def is_configured(account: FreshdeskAccount) -> bool:
    """Say whether the app's secret is known."""
    return account.panel_secret is not None


def prove(asked: Asked, account: FreshdeskAccount, now: datetime) -> Proof:
    """Return the ticket that the account's app asks for; never an agent."""
    assert account.panel_secret is not None
    require_same(asked.headers.get(SECRET_HEADER), account.panel_secret.get_secret_value(), "secret")
    try:
        said: Any = json.loads(asked.raw)
        ticket = str(said["ticket"])
    except (ValueError, LookupError, TypeError):
        raise Forged("This opening names no ticket.") from None
    return Proof(ticket, None)


def framed_by(account: FreshdeskAccount) -> tuple[str, ...]:
    """Return the pages that stand around the panel in Freshdesk."""
    return (*_PAGES, origin(account.base_url))


def data_secret(account: FreshdeskAccount) -> SecretStr | None:
    """Return the app's secret."""
    return account.panel_secret
