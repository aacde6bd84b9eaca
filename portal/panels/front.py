"""Front's sidebar plugin: an iframe whose address has the plugin's secret as `auth_secret`.

The secret is the same for every agent and conversation, and the agent in the frame's context is unsigned: the panel
shows data, and what changes something asks for our own sign-in. Front's frame tells the page the conversation.
Source: dev.frontapp.com, "Security".
"""

from datetime import datetime

from pydantic import SecretStr

from billing.settings_helpdesks import FrontAccount
from portal.panels.port import Asked, Proof
from portal.panels.signing import origin, require_same

HOST = "front"


def is_configured(account: FrontAccount) -> bool:
    """Say whether the plugin's secret is known."""
    return account.panel_secret is not None


def prove(asked: Asked, account: FrontAccount, now: datetime) -> Proof:
    """Return that Front asks; neither which conversation nor which agent."""
    assert account.panel_secret is not None
    shown = next((value for name, value in asked.query if name == "auth_secret"), None)
    require_same(shown, account.panel_secret.get_secret_value(), "secret")
    return Proof(None, None)


def framed_by(account: FrontAccount) -> tuple[str, ...]:
    """Return Front's pages, as its documentation lists them."""
    return ("https://*.frontapp.com", "https://*.frontapplication.com", origin(account.base_url))


def data_secret(account: FrontAccount) -> SecretStr | None:
    """Return the plugin's secret."""
    return account.panel_secret
