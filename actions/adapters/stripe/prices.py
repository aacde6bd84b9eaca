"""What a plan is at Stripe: a price, or a product with a single recurring price in use."""

from billing.errors import Refused
from gateways.stripe.api import StripeApi


def price_of(api: StripeApi, plan_id: str) -> str:
    """Return the id of the price that a plan's id means: a price's own, or that of a product.

    Raises:
        Refused: the product has no recurring price in use, or several.
    """
    if not plan_id.startswith("prod_"):
        return plan_id
    query = {"product": plan_id, "active": "true", "type": "recurring"}
    found = [price["id"] for page in api.pages("/v1/prices", query) for price in page]
    if len(found) != 1:
        raise Refused(f"Stripe's product {plan_id} has {len(found)} recurring prices in use; name the price")
    return str(found[0])
