"""PayPal's customers: it keeps none. A payer is known by an id, whoever was only billed by their e-mail address."""

import re

from actions import live
from actions.adapters.paypal.requests import Requests
from actions.adapters.paypal.starting import Starting
from actions.adapters.paypal.stored import Stored
from actions.live import Live
from actions.ports import Handler
from billing.errors import NotFound
from billing.verbs import ObjectKind, Verb
from gateways.paypal.api import PaypalApi

_PAYER = re.compile(r"[A-Z0-9]{13}")
_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


class Customers:
    """Names customers, and does what can be done for them."""

    kind = ObjectKind.CUSTOMER

    def __init__(self, api: PaypalApi) -> None:
        stored, requests, starting = Stored(api), Requests(api), Starting(api)
        self.handlers = {
            Verb.CHARGE: Handler(stored.charge, stored.find_charge),
            Verb.AUTHORIZE: Handler(stored.authorize, stored.find_authorization),
            Verb.REQUEST_PAYMENT: Handler(requests.send, requests.find),
            Verb.CREATE_SUBSCRIPTION: Handler(starting.send, starting.find),
        }

    def read(self, customer_id: str) -> Live:
        """Say what is known of a customer: there is nothing at PayPal that could be read. Nothing is asked.

        Raises:
            NotFound: it is neither a payer's id nor an e-mail address, as the marts have them.
        """
        if _PAYER.fullmatch(customer_id):
            return live.customer(customer_id, raw={"payer_id": customer_id})
        if _ADDRESS.fullmatch(customer_id):
            return live.customer(customer_id, raw={})
        raise NotFound(
            "PayPal knows payers by an id of 13 letters and digits, others by their e-mail address."
        )
