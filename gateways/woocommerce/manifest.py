"""WooCommerce's manifest."""

from billing.verbs import ObjectKind, Verb
from gateways.manifest import Cannot, Gateway, on

_DISPUTE = Cannot(
    "WooCommerce knows no disputes: the gateway that took the payment does.",
    "Answer it in the dashboard of the shop's payment gateway.",
)

WOOCOMMERCE = Gateway(
    name="woocommerce",
    title="WooCommerce",
    # The REST API's version; the shop's own version is in each order's `version`.
    api_version="wc/v3",
    has_webhooks=True,
    verbs={
        **on(ObjectKind.CHARGE, (Verb.REFUND, Verb.VOID, Verb.SEND_RECEIPT)),
        **on(ObjectKind.INVOICE, (Verb.SEND_INVOICE, Verb.APPLY_COUPON, Verb.REMOVE_COUPON)),
        **on(
            ObjectKind.CUSTOMER,
            (Verb.REQUEST_PAYMENT, Verb.SET_TAX_DETAILS, Verb.CHANGE_EMAIL, Verb.CREATE_SUBSCRIPTION),
        ),
        **on(
            ObjectKind.SUBSCRIPTION,
            (
                Verb.CHANGE_PLAN,
                Verb.PAUSE_SUBSCRIPTION,
                Verb.RESUME_SUBSCRIPTION,
                Verb.CANCEL_SUBSCRIPTION,
            ),
        ),
        Verb.CAPTURE: Cannot(
            "Capture depends on the shop's payment plug-in.", "Capture it in the shop's admin."
        ),
        Verb.AUTHORIZE: Cannot(
            "The API shows no stored cards; only the shop's payment plug-in can reserve money.",
            "Request a payment instead, and send its link to the customer.",
        ),
        Verb.CHARGE: Cannot(
            "The API shows no stored cards; only the shop's payment plug-in can charge one.",
            "Request a payment instead, and send its link to the customer.",
        ),
        Verb.CARD_UPDATE_LINK: Cannot(
            "The API makes no such link: customers change their card where they are logged in to the shop.",
            "Ask the customer to open My account, Payment methods in the shop.",
        ),
        Verb.MARK_UNCOLLECTIBLE: Cannot(
            'WooCommerce has no state for a bill that was given up; "failed" would mean a declined payment.',
            "Void the order, which cancels it.",
        ),
        Verb.RETRY_PAYMENT: Cannot(
            "The shop's payment plug-in collects renewals by its own schedule, and the API cannot start it.",
            "Retry the renewal in the shop's admin, or send its invoice, which has a link to pay it.",
        ),
        Verb.ACCEPT_DISPUTE: _DISPUTE,
        Verb.SUBMIT_EVIDENCE: _DISPUTE,
    },
    # A shop's pages are below its own address, so the marts build the links from `shops`.
    dashboard={},
)
