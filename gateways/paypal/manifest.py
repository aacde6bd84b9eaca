"""PayPal's manifest."""

from billing.verbs import ObjectKind, Verb
from gateways.manifest import Cannot, Gateway, on

_SITE = "https://www.paypal.com"

_CANNOT = {
    Verb.SEND_RECEIPT: Cannot(
        "PayPal mails its receipt once, with the payment, and has no call that repeats it.",
        "Send Billhouse's own receipt of this charge.",
    ),
    Verb.CARD_UPDATE_LINK: Cannot(
        "What pays is chosen in the customer's own PayPal account, and PayPal makes no link to that page.",
        "Ask the customer to change it at PayPal, under Settings, Payments, Automatic payments.",
    ),
    Verb.SET_TAX_DETAILS: Cannot(
        "PayPal keeps no tax numbers of customers.",
        "Billhouse's documents carry the tax details that finance enters here.",
    ),
    Verb.CHANGE_EMAIL: Cannot(
        "The e-mail address belongs to the customer's own PayPal account.",
        "Ask the customer to change it at PayPal.",
    ),
    Verb.APPLY_COUPON: Cannot(
        "PayPal's subscriptions have no coupons.",
        "Change to a plan with the lower price, or refund the difference.",
    ),
    Verb.REMOVE_COUPON: Cannot(
        "PayPal's subscriptions have no coupons.",
        "Change to the plan with the regular price.",
    ),
    Verb.MARK_UNCOLLECTIBLE: Cannot(
        "PayPal can cancel an invoice, but not mark it as uncollectible.",
        "Cancel it on its page at PayPal, and write it off in your books.",
    ),
}

PAYPAL = Gateway(
    name="paypal",
    title="PayPal",
    # PayPal has no version for all of its APIs: these are the ones that raw rows come from.
    api_version="reporting-v1 payments-v2 orders-v2 billing-v1 invoicing-v2 disputes-v1",
    has_webhooks=True,
    verbs={
        **on(ObjectKind.CHARGE, (Verb.REFUND, Verb.VOID, Verb.CAPTURE)),
        **on(
            ObjectKind.CUSTOMER, (Verb.AUTHORIZE, Verb.CHARGE, Verb.REQUEST_PAYMENT, Verb.CREATE_SUBSCRIPTION)
        ),
        **on(
            ObjectKind.SUBSCRIPTION,
            (
                Verb.CHANGE_PLAN,
                Verb.PAUSE_SUBSCRIPTION,
                Verb.RESUME_SUBSCRIPTION,
                Verb.CANCEL_SUBSCRIPTION,
                Verb.RETRY_PAYMENT,
            ),
        ),
        **on(ObjectKind.INVOICE, (Verb.SEND_INVOICE,)),
        **on(ObjectKind.DISPUTE, (Verb.ACCEPT_DISPUTE, Verb.SUBMIT_EVIDENCE)),
        **_CANNOT,
    },
    dashboard={
        "charge": _SITE + "/activity/payment/{id}",
        "refund": _SITE + "/activity/payment/{id}",
        "subscription": _SITE + "/billing/subscriptions/{id}",
        "invoice": _SITE + "/invoice/details/{id}",
        "dispute": _SITE + "/resolutioncenter/view/{id}",
    },
)
