"""Recurly's manifest."""

from gateways.manifest import Gateway

RECURLY = Gateway(
    name="recurly",
    title="Recurly",
    # Sent in the Accept header of every request: Recurly answers 406 without one.
    api_version="v2021-02-25",
    has_webhooks=True,
    # Pages stand below the site's own subdomain, which only the site object knows: the models write the links.
    dashboard={},
)
