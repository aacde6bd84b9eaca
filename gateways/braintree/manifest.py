"""Braintree's manifest."""

from billing.verbs import ObjectKind, Verb
from gateways.manifest import Cannot, Gateway, on

_CANNOT = {
    Verb.SEND_RECEIPT: Cannot(
        "Braintree's API has no call that mails a receipt.",
        "Resend it on the transaction's page in Braintree's Control Panel, or send Billhouse's own receipt.",
    ),
    Verb.REQUEST_PAYMENT: Cannot(
        "Braintree makes no payment pages: customers pay in the shop's own checkout.",
        "Send the customer to the checkout, or charge the payment method on file.",
    ),
    Verb.CARD_UPDATE_LINK: Cannot(
        "Braintree makes no page on which customers change their card.",
        "Send the customer to the page of your own site where cards are entered.",
    ),
    Verb.SET_TAX_DETAILS: Cannot(
        "Braintree shows no tax numbers of customers: merchants keep them in custom fields of their own naming.",
        "Correct it in the Control Panel; Billhouse's documents carry the tax details that finance enters here.",
    ),
    Verb.PAUSE_SUBSCRIPTION: Cannot(
        "Braintree's subscriptions cannot be paused.",
        "Cancel it at the period's end, which can be taken back until then, or apply a discount for a while.",
    ),
    Verb.SEND_INVOICE: Cannot(
        "Braintree has no invoices.",
        "Send Billhouse's own document of the charge.",
    ),
    Verb.MARK_UNCOLLECTIBLE: Cannot(
        "Braintree has no invoices, so there is none to give up.",
        "Cancel the subscription, so that nothing more is collected, and write it off in your books.",
    ),
}

BRAINTREE = Gateway(
    name="braintree",
    title="Braintree",
    # X-ApiVersion, which the SDK sends with every request.
    api_version="6",
    has_webhooks=True,
    verbs={
        **on(ObjectKind.CHARGE, (Verb.REFUND, Verb.VOID, Verb.CAPTURE)),
        **on(ObjectKind.CUSTOMER, (Verb.AUTHORIZE, Verb.CHARGE, Verb.CREATE_SUBSCRIPTION, Verb.CHANGE_EMAIL)),
        **on(
            ObjectKind.SUBSCRIPTION,
            (
                Verb.CHANGE_PLAN,
                Verb.RESUME_SUBSCRIPTION,
                Verb.CANCEL_SUBSCRIPTION,
                Verb.APPLY_COUPON,
                Verb.REMOVE_COUPON,
                Verb.RETRY_PAYMENT,
            ),
        ),
        **on(ObjectKind.DISPUTE, (Verb.ACCEPT_DISPUTE, Verb.SUBMIT_EVIDENCE)),
        **_CANNOT,
    },
    # Braintree's pages are below the merchant's id: the marts build them from the raw rows.
    dashboard={},
)
