"""Recurly's side of actions: one table of handlers per site. Each module's docstrings say when money may move."""

from collections.abc import Callable, Mapping

from actions.adapters.recurly.charges import Charges
from actions.adapters.recurly.coupons import Coupons
from actions.adapters.recurly.customers import Customers
from actions.adapters.recurly.invoices import Invoices
from actions.adapters.recurly.purchases import Purchases
from actions.adapters.recurly.starting import Starting
from actions.adapters.recurly.subscriptions import Subscriptions
from actions.live import Live
from actions.ports import GatewayActions, Handler
from billing.errors import NotFound
from billing.settings import Settings
from billing.verbs import ObjectKind, Verb
from gateways.recurly.api import RecurlyApi

PATIENCE = 8.0
"""Seconds that one read may take, with its repeats: an agent waits before the screen."""


def connect(settings: Settings) -> Mapping[str, GatewayActions]:
    """Return account -> adapter for the Recurly sites of the settings."""
    return {
        account.account: RecurlyActions(RecurlyApi(account, patience=PATIENCE))
        for account in settings.gateways.recurly
    }


class RecurlyActions:
    """`GatewayActions` for one Recurly site."""

    def __init__(self, api: RecurlyApi) -> None:
        charges, customers = Charges(api), Customers(api)
        subscriptions, invoices = Subscriptions(api), Invoices(api)
        self.handlers: dict[Verb, Handler] = {
            **charges.handlers,
            **customers.handlers,
            **Purchases(api).handlers,
            **Starting(api).handlers,
            **subscriptions.handlers,
            **Coupons(api).handlers,
            **invoices.handlers,
        }
        self._readers: dict[ObjectKind, Callable[[str], Live]] = {
            ObjectKind.CHARGE: charges.read,
            ObjectKind.CUSTOMER: customers.read,
            ObjectKind.SUBSCRIPTION: subscriptions.read,
            ObjectKind.INVOICE: invoices.read,
        }

    def read(self, kind: ObjectKind, object_id: str) -> Live:
        """Read an object as it is now. MONEY NEVER MOVES. Errors: see the port."""
        reader = self._readers.get(kind)
        if reader is None:
            raise NotFound(f"Recurly has no {kind.value}s.")
        return reader(object_id)
