"""Braintree's manifest."""

from gateways.manifest import Capability, Gateway

BRAINTREE = Gateway(
    name="braintree",
    title="Braintree",
    # X-ApiVersion, which the SDK sends with every request.
    api_version="6",
    capabilities=frozenset({Capability.WEBHOOKS}),
    # Braintree's pages are below the merchant's id: the marts build them from the raw rows.
    dashboard={},
)
