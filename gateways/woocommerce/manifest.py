"""WooCommerce's manifest."""

from gateways.manifest import Gateway

WOOCOMMERCE = Gateway(
    name="woocommerce",
    title="WooCommerce",
    # The REST API's version; the shop's own version is in each order's `version`.
    api_version="wc/v3",
    has_webhooks=True,
    # A shop's pages are below its own address, so the marts build the links from `shops`.
    dashboard={},
)
