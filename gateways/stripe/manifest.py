"""Stripe's manifest."""

from billing.verbs import ObjectKind, Verb
from gateways.manifest import Gateway, on

_PAGE = "https://dashboard.stripe.com/{mode}"

STRIPE = Gateway(
    name="stripe",
    title="Stripe",
    # Pinned: Stripe renames and moves fields between versions, and staging names each field it reads.
    api_version="2026-10-28.endive",
    has_webhooks=True,
    verbs={
        **on(ObjectKind.CHARGE, (Verb.REFUND, Verb.VOID, Verb.CAPTURE, Verb.SEND_RECEIPT)),
        **on(
            ObjectKind.CUSTOMER,
            (
                Verb.AUTHORIZE,
                Verb.CHARGE,
                Verb.REQUEST_PAYMENT,
                Verb.CARD_UPDATE_LINK,
                Verb.SET_TAX_DETAILS,
                Verb.CHANGE_EMAIL,
                Verb.CREATE_SUBSCRIPTION,
            ),
        ),
        **on(
            ObjectKind.SUBSCRIPTION,
            (
                Verb.CHANGE_PLAN,
                Verb.PAUSE_SUBSCRIPTION,
                Verb.RESUME_SUBSCRIPTION,
                Verb.CANCEL_SUBSCRIPTION,
                Verb.APPLY_COUPON,
                Verb.REMOVE_COUPON,
            ),
        ),
        **on(ObjectKind.INVOICE, (Verb.SEND_INVOICE, Verb.MARK_UNCOLLECTIBLE, Verb.RETRY_PAYMENT)),
        **on(ObjectKind.DISPUTE, (Verb.ACCEPT_DISPUTE, Verb.SUBMIT_EVIDENCE)),
    },
    dashboard={
        "customer": _PAGE + "customers/{id}",
        "charge": _PAGE + "payments/{id}",
        "payment_intent": _PAGE + "payments/{id}",
        "refund": _PAGE + "refunds/{id}",
        "subscription": _PAGE + "subscriptions/{id}",
        "invoice": _PAGE + "invoices/{id}",
        "credit_note": _PAGE + "credit_notes/{id}",
        "dispute": _PAGE + "disputes/{id}",
        "payout": _PAGE + "payouts/{id}",
    },
)
