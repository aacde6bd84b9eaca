"""What can be done to a customer's billing: the verbs, what each acts upon, and the reasons that people give.

A gateway's manifest says for each verb whether it can, on which kind of object, or why not and what to do instead.
"""

from dataclasses import dataclass
from enum import StrEnum


class ObjectKind(StrEnum):
    """What a verb acts upon."""

    CHARGE = "charge"
    SUBSCRIPTION = "subscription"
    INVOICE = "invoice"
    CUSTOMER = "customer"
    DISPUTE = "dispute"


class Verb(StrEnum):
    """One thing that an agent can do at a gateway; the value is the permission's name in [roles]."""

    REFUND = "refund"
    VOID = "void"
    CAPTURE = "capture"
    SEND_RECEIPT = "send_receipt"
    AUTHORIZE = "authorize"
    CHARGE = "charge"
    REQUEST_PAYMENT = "request_payment"
    CARD_UPDATE_LINK = "card_update_link"
    SET_TAX_DETAILS = "set_tax_details"
    CHANGE_EMAIL = "change_email"
    CREATE_SUBSCRIPTION = "create_subscription"
    CHANGE_PLAN = "change_plan"
    PAUSE_SUBSCRIPTION = "pause_subscription"
    RESUME_SUBSCRIPTION = "resume_subscription"
    CANCEL_SUBSCRIPTION = "cancel_subscription"
    APPLY_COUPON = "apply_coupon"
    REMOVE_COUPON = "remove_coupon"
    SEND_INVOICE = "send_invoice"
    MARK_UNCOLLECTIBLE = "mark_uncollectible"
    RETRY_PAYMENT = "retry_payment"
    ACCEPT_DISPUTE = "accept_dispute"
    SUBMIT_EVIDENCE = "submit_evidence"


@dataclass(frozen=True, slots=True)
class VerbFacts:
    """`home` is what it acts upon as a rule; a gateway's manifest may say otherwise.

    `stem` is what the audit log calls it after the kind of object: charge.refund.requested.
    `moves_money`: it gives or takes money of an amount that is known before it is sent, so limits apply.
    """

    home: ObjectKind
    stem: str
    title: str
    moves_money: bool = False


FACTS: dict[Verb, VerbFacts] = {
    Verb.REFUND: VerbFacts(ObjectKind.CHARGE, "refund", "Refund", moves_money=True),
    Verb.VOID: VerbFacts(ObjectKind.CHARGE, "void", "Void"),
    Verb.CAPTURE: VerbFacts(ObjectKind.CHARGE, "capture", "Capture", moves_money=True),
    Verb.SEND_RECEIPT: VerbFacts(ObjectKind.CHARGE, "receipt", "Send the receipt"),
    Verb.AUTHORIZE: VerbFacts(ObjectKind.CUSTOMER, "authorization", "Authorize", moves_money=True),
    Verb.CHARGE: VerbFacts(ObjectKind.CUSTOMER, "charge", "Charge", moves_money=True),
    Verb.REQUEST_PAYMENT: VerbFacts(ObjectKind.CUSTOMER, "payment_request", "Request a payment"),
    Verb.CARD_UPDATE_LINK: VerbFacts(ObjectKind.CUSTOMER, "card_update_link", "Link to update the card"),
    Verb.SET_TAX_DETAILS: VerbFacts(ObjectKind.CUSTOMER, "tax_details", "Tax details"),
    Verb.CHANGE_EMAIL: VerbFacts(ObjectKind.CUSTOMER, "email", "Change the e-mail address"),
    Verb.CREATE_SUBSCRIPTION: VerbFacts(ObjectKind.CUSTOMER, "subscription", "Start a subscription"),
    Verb.CHANGE_PLAN: VerbFacts(ObjectKind.SUBSCRIPTION, "plan", "Change the plan"),
    Verb.PAUSE_SUBSCRIPTION: VerbFacts(ObjectKind.SUBSCRIPTION, "pause", "Pause"),
    Verb.RESUME_SUBSCRIPTION: VerbFacts(ObjectKind.SUBSCRIPTION, "resume", "Resume"),
    Verb.CANCEL_SUBSCRIPTION: VerbFacts(ObjectKind.SUBSCRIPTION, "cancel", "Cancel"),
    Verb.APPLY_COUPON: VerbFacts(ObjectKind.SUBSCRIPTION, "coupon", "Apply a coupon"),
    Verb.REMOVE_COUPON: VerbFacts(ObjectKind.SUBSCRIPTION, "coupon_removal", "Remove the coupon"),
    Verb.SEND_INVOICE: VerbFacts(ObjectKind.INVOICE, "sending", "Send the invoice"),
    Verb.MARK_UNCOLLECTIBLE: VerbFacts(ObjectKind.INVOICE, "write_off", "Mark as uncollectible"),
    Verb.RETRY_PAYMENT: VerbFacts(ObjectKind.INVOICE, "retry", "Retry the payment", moves_money=True),
    Verb.ACCEPT_DISPUTE: VerbFacts(ObjectKind.DISPUTE, "acceptance", "Accept the dispute", moves_money=True),
    Verb.SUBMIT_EVIDENCE: VerbFacts(ObjectKind.DISPUTE, "evidence", "Submit evidence"),
}

REASONS: dict[str, str] = {
    "requested_by_customer": "Requested by the customer",
    "duplicate": "Duplicate charge",
    "fraudulent": "Fraudulent charge",
    "not_used": "Service not used",
    "billing_error": "Our billing error",
    "too_expensive": "Too expensive",
    "switched": "Switched to another service",
    "agreed": "Agreed with the customer",
    "correction": "Correction of our records",
    "goodwill": "Goodwill",
    "other": "Something else",
}
NEEDS_NOTE = frozenset({"goodwill", "other"})
"""Reasons that explain nothing to whoever reads the log next year."""

_MONEY_BACK = (
    "requested_by_customer",
    "duplicate",
    "fraudulent",
    "not_used",
    "billing_error",
    "goodwill",
    "other",
)
_END = ("requested_by_customer", "too_expensive", "not_used", "switched", "fraudulent", "other")
_ANY = ("requested_by_customer", "agreed", "correction", "billing_error", "goodwill", "other")
REASONS_FOR: dict[Verb, tuple[str, ...]] = {
    **dict.fromkeys(Verb, _ANY),
    **dict.fromkeys((Verb.REFUND, Verb.VOID, Verb.ACCEPT_DISPUTE), _MONEY_BACK),
    **dict.fromkeys((Verb.CANCEL_SUBSCRIPTION, Verb.PAUSE_SUBSCRIPTION), _END),
}
"""The reasons that a form offers for a verb, in order."""
