"""WooCommerce's side of actions: one table of handlers per shop. The docstrings say when money may move."""

from collections.abc import Callable, Mapping

from actions.adapters.woocommerce.charges import Charges
from actions.adapters.woocommerce.customers import Customers
from actions.adapters.woocommerce.invoices import Invoices
from actions.adapters.woocommerce.subscriptions import Subscriptions
from actions.live import Live
from actions.ports import GatewayActions, Handler
from billing.settings import Settings
from billing.verbs import ObjectKind, Verb
from gateways.woocommerce.api import WooApi

PATIENCE = 8.0
"""Seconds that one read may take, with its repeats: an agent waits before the screen."""


def connect(settings: Settings) -> Mapping[str, GatewayActions]:
    """Return account -> adapter for the shops of the settings."""
    return {
        account.account: WooActions(WooApi(account, patience=PATIENCE))
        for account in settings.gateways.woocommerce
    }


class WooActions:
    """`GatewayActions` for one shop."""

    def __init__(self, api: WooApi) -> None:
        self.handlers: dict[Verb, Handler] = {}
        self._readers: dict[ObjectKind, Callable[[str], Live]] = {}
        for part in (Charges(api), Invoices(api), Customers(api), Subscriptions(api)):
            self.handlers |= part.handlers
            self._readers[part.kind] = part.read

    def read(self, kind: ObjectKind, object_id: str) -> Live:
        """Read an object as it is now. MONEY NEVER MOVES. Errors: see the port."""
        return self._readers[kind](object_id)
