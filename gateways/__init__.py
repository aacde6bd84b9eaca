"""What we know of each payment gateway's API. REGISTRY has one line per gateway; its name finds the rest."""

from gateways.braintree.manifest import BRAINTREE
from gateways.manifest import Cannot, Gateway
from gateways.paypal.manifest import PAYPAL
from gateways.recurly.manifest import RECURLY
from gateways.stripe.manifest import STRIPE
from gateways.woocommerce.manifest import WOOCOMMERCE

__all__ = ["REGISTRY", "Cannot", "Gateway"]

REGISTRY: dict[str, Gateway] = {
    "stripe": STRIPE,
    "braintree": BRAINTREE,
    "paypal": PAYPAL,
    "recurly": RECURLY,
    "woocommerce": WOOCOMMERCE,
}
