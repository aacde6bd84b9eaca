"""Braintree's manifest."""

from gateways.manifest import Gateway

BRAINTREE = Gateway(
    name="braintree",
    title="Braintree",
    # X-ApiVersion, which the SDK sends with every request.
    api_version="6",
    has_webhooks=True,
    # Braintree's pages are below the merchant's id: the marts build them from the raw rows.
    dashboard={},
)
