"""PayPal's side of actions: one table of handlers per account. Each module's docstrings say when money may move."""

from collections.abc import Callable, Mapping

from actions.adapters.paypal.charges import Charges
from actions.adapters.paypal.customers import Customers
from actions.adapters.paypal.disputes import Disputes
from actions.adapters.paypal.invoices import Invoices
from actions.adapters.paypal.subscriptions import Subscriptions
from actions.live import Live
from actions.ports import GatewayActions, Handler
from billing.settings import Settings
from billing.verbs import ObjectKind, Verb
from gateways.paypal.api import PaypalApi

PATIENCE = 8.0
"""Seconds that one read may take, with its repeats: an agent waits before the screen."""


def connect(settings: Settings) -> Mapping[str, GatewayActions]:
    """Return account -> adapter for the PayPal accounts of the settings."""
    return {
        account.account: PaypalActions(PaypalApi(account, patience=PATIENCE))
        for account in settings.gateways.paypal
    }


class PaypalActions:
    """`GatewayActions` for one PayPal account."""

    def __init__(self, api: PaypalApi) -> None:
        parts = (Charges(api), Subscriptions(api), Customers(api), Invoices(api), Disputes(api))
        self.handlers: dict[Verb, Handler] = {}
        self._readers: dict[ObjectKind, Callable[[str], Live]] = {}
        for part in parts:
            self.handlers |= part.handlers
            self._readers[part.kind] = part.read

    def read(self, kind: ObjectKind, object_id: str) -> Live:
        """Read an object as it is now. MONEY NEVER MOVES. Errors: see the port."""
        return self._readers[kind](object_id)
