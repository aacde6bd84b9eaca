"""Stripe's side of actions: one table of handlers per account. Each module's docstrings say when money may move."""

from collections.abc import Callable, Mapping

from actions.adapters.stripe.charges import Charges
from actions.adapters.stripe.customers import Customers
from actions.adapters.stripe.disputes import Disputes
from actions.adapters.stripe.invoices import Invoices
from actions.adapters.stripe.subscriptions import Subscriptions
from actions.live import Live
from actions.ports import GatewayActions, Handler
from billing.settings import Settings
from billing.verbs import ObjectKind, Verb
from gateways.stripe.api import StripeApi

PATIENCE = 8.0
"""Seconds that one read may take, with its repeats: an agent waits before the screen."""


def connect(settings: Settings) -> Mapping[str, GatewayActions]:
    """Return account -> adapter for the Stripe accounts of the settings."""
    return {
        account.account: StripeActions(StripeApi(account, patience=PATIENCE))
        for account in settings.gateways.stripe
    }


class StripeActions:
    """`GatewayActions` for one Stripe account."""

    def __init__(self, api: StripeApi) -> None:
        parts = (Charges(api), Customers(api), Subscriptions(api), Invoices(api), Disputes(api))
        self.handlers: dict[Verb, Handler] = {}
        self._readers: dict[ObjectKind, Callable[[str], Live]] = {}
        for part in parts:
            self.handlers |= part.handlers
            self._readers[part.kind] = part.read

    def read(self, kind: ObjectKind, object_id: str) -> Live:
        """Read an object as it is now. MONEY NEVER MOVES. Errors: see the port."""
        return self._readers[kind](object_id)
