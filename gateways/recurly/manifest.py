"""Recurly's manifest."""

from billing.verbs import ObjectKind, Verb
from gateways.manifest import Cannot, Gateway, on

_NO_MAIL = "Recurly's API sends no e-mails."
_NO_DISPUTES = "Recurly has no disputes: it only marks a payment that the bank took back."
_AT_PROCESSOR = "Answer the dispute at the payment processor behind Recurly."

RECURLY = Gateway(
    name="recurly",
    title="Recurly",
    # Sent in the Accept header of every request: Recurly answers 406 without one.
    api_version="v2021-02-25",
    has_webhooks=True,
    verbs={
        **on(ObjectKind.CHARGE, (Verb.REFUND, Verb.VOID, Verb.CAPTURE)),
        **on(
            ObjectKind.CUSTOMER,
            (
                Verb.AUTHORIZE, Verb.CHARGE, Verb.REQUEST_PAYMENT, Verb.CARD_UPDATE_LINK, Verb.SET_TAX_DETAILS,
                Verb.CHANGE_EMAIL, Verb.CREATE_SUBSCRIPTION,
            ),
        ),
        **on(
            ObjectKind.SUBSCRIPTION,
            (
                Verb.CHANGE_PLAN, Verb.PAUSE_SUBSCRIPTION, Verb.RESUME_SUBSCRIPTION, Verb.CANCEL_SUBSCRIPTION,
                Verb.APPLY_COUPON, Verb.REMOVE_COUPON,
            ),
        ),
        **on(ObjectKind.INVOICE, (Verb.MARK_UNCOLLECTIBLE, Verb.RETRY_PAYMENT)),
        Verb.SEND_RECEIPT: Cannot(_NO_MAIL, "Resend the receipt from the invoice's page at Recurly."),
        Verb.SEND_INVOICE: Cannot(_NO_MAIL, "Send it from the invoice's page at Recurly."),
        Verb.ACCEPT_DISPUTE: Cannot(_NO_DISPUTES, _AT_PROCESSOR),
        Verb.SUBMIT_EVIDENCE: Cannot(_NO_DISPUTES, _AT_PROCESSOR),
    },
    # Pages stand below the site's own subdomain, which only the site object knows: the models write the links.
    dashboard={},
)  # fmt: skip
