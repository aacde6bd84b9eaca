"""What WooCommerce Subscriptions has for plans: products of the type "subscription", with their rhythm."""

from dataclasses import dataclass

from billing.errors import Refused
from gateways.woocommerce.api import WooApi

_PERIOD, _INTERVAL = "_subscription_period", "_subscription_period_interval"


@dataclass(frozen=True, slots=True)
class Plan:
    """A subscription product; `period` is day, week, month or year, and `interval` how many of them."""

    product_id: int
    period: str
    interval: int


def plan(api: WooApi, plan_id: str) -> Plan:
    """Read a plan.

    Raises:
        NotFound: there is no such product.
        Refused: the product is no subscription, or leaves open how often it is paid.
        BillhouseError: see `WooApi.get`.
    """
    product = api.get(f"/products/{plan_id}")
    meta = {entry["key"]: str(entry["value"]) for entry in product.get("meta_data") or ()}
    if product["type"] != "subscription" or _PERIOD not in meta:
        raise Refused(f"{product['name']} is no subscription of the shop")
    interval = meta.get(_INTERVAL, "1")
    return Plan(int(product["id"]), meta[_PERIOD], int(interval) if interval.isdigit() else 1)
