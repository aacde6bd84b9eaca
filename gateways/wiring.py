"""A gateway's name and account -> its API client, found by the name."""

from importlib import import_module
from typing import Protocol, cast

from billing.settings_model import (
    BraintreeAccount,
    PaypalAccount,
    RecurlyAccount,
    StripeAccount,
    WoocommerceAccount,
)

Account = StripeAccount | PaypalAccount | BraintreeAccount | WoocommerceAccount | RecurlyAccount
"""One account's settings, of whichever gateway."""


class Api(Protocol):
    """What every gateway's client offers besides its own methods."""

    def check(self) -> str:
        """Try the credential and say in words what it opens.

        Raises:
            BillhouseError: it does not work, or the gateway cannot be reached.
        """


def api(gateway: str, account: Account) -> Api:
    """Return the client of one account: `connect` of `gateways/<gateway>/api.py`. Nothing is sent yet."""
    return cast(Api, import_module(f"gateways.{gateway}.api").connect(account))
