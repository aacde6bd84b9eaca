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
        **on(ObjectKind.CHARGE, (Verb.REFUND, Verb.VOID, Verb.CAPTURE)),
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
