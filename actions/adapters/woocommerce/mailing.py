"""Lets a shop mail an order's details, which is its receipt once it is paid and its bill with a link until then."""

from actions.adapters.woocommerce import orders
from actions.adapters.woocommerce.sending import once
from actions.ports import Effect, Handler, Order
from billing.errors import Refused
from billing.ids import email_key
from billing.vocabulary import EffectStatus
from gateways.woocommerce.api import WooApi


class Mailing:
    """Sends order details. NO MONEY MOVES.

    The shop notes at the order who asked ("Order details sent to ..., via <user agent>"); our action id stands in
    the user agent, so that each letter is known by its note (WooCommerce, OrderActionsRestController).
    """

    def __init__(self, api: WooApi) -> None:
        self._api = api

    @property
    def handler(self) -> Handler:
        """The handler of SEND_RECEIPT and SEND_INVOICE."""
        return once(self._send, self._find)

    def _send(self, order: Order) -> Effect:
        """Let the shop mail the order's details. NO MONEY MOVES.

        Another address than the order's own is refused here: the shop would write it into the order for good.
        """
        own, to = str(self._api.get(orders.path(order))["billing"]["email"] or ""), order.act.to
        if own and to and email_key(own) != email_key(to):
            raise Refused(
                "WooCommerce mails an order to its own address only, and would replace that. "
                "Change the order's billing address in the shop first"
            )
        body = {} if own or to is None else {"email": to}
        where = f"{orders.path(order)}/actions/send_order_details"
        self._api.write("POST", where, body, agent=f"Billhouse (action {order.action_id})")
        return _SENT

    def _find(self, order: Order) -> Effect | None:
        notes = self._api.get(f"{orders.path(order)}/notes")
        return _SENT if any(order.action_id in note["note"] for note in notes) else None


_SENT = Effect(EffectStatus.SUCCEEDED, "sent")
