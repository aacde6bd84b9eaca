"""PayPal's manifest."""

from gateways.manifest import Gateway

_SITE = "https://www.paypal.com"

PAYPAL = Gateway(
    name="paypal",
    title="PayPal",
    # PayPal has no version for all of its APIs: these are the ones that raw rows come from.
    api_version="reporting-v1 payments-v2 orders-v2 billing-v1 invoicing-v2 disputes-v1",
    has_webhooks=True,
    dashboard={
        "charge": _SITE + "/activity/payment/{id}",
        "refund": _SITE + "/activity/payment/{id}",
        "subscription": _SITE + "/billing/subscriptions/{id}",
        "invoice": _SITE + "/invoice/details/{id}",
        "dispute": _SITE + "/resolutioncenter/view/{id}",
    },
)
