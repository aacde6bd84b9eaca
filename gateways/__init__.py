"""What we know of each payment gateway's API. REGISTRY has one line per gateway; its name finds the rest."""

from gateways.manifest import Capability, Gateway
from gateways.stripe.manifest import STRIPE

__all__ = ["REGISTRY", "Capability", "Gateway"]

REGISTRY: dict[str, Gateway] = {
    "stripe": STRIPE,
}
