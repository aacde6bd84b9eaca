"""An object as it is now, and what can be done with it now: in one set of words for all gateways and screens.

Adapters build these from the gateway's answer a moment before money moves; screens build them from the marts' rows
to show which buttons work. The rules and their words are therefore the same. Pure.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from billing.money import Money
from billing.verbs import ObjectKind, Verb
from billing.vocabulary import DisputeStatus, InvoiceStatus, SubscriptionStatus

V = Verb


@dataclass(frozen=True, slots=True)
class Live:
    """What is true of an object at this moment."""

    kind: ObjectKind
    id: str
    status: str
    """The gateway's own word (or ours, where it comes from a mart)."""
    ceilings: Mapping[Verb, Money] = field(default_factory=dict)
    """The most that a verb can move: what is refundable, can be captured, is due."""
    obstacles: Mapping[Verb, str] = field(default_factory=dict)
    """Verbs that cannot be done now, each with the reason as a sentence."""
    raw: Mapping[str, Any] = field(default_factory=dict)
    """The gateway's fields that the audit log keeps as "before" and "after"; nothing personal, no card."""

    def why_not(self, verb: Verb) -> str | None:
        """Return why a verb cannot be done now, or None if it can."""
        return self.obstacles.get(verb)


def charge(
    charge_id: str,
    status: str,
    *,
    is_paid: bool,
    is_authorized: bool,
    is_disputed: bool,
    refunded: Money,
    refundable: Money,
    capturable: Money,
    is_voidable: bool | None = None,
    failure: str | None = None,
    raw: Mapping[str, Any] | None = None,
) -> Live:
    """Describe a charge.

    Args:
        charge_id: the gateway's id.
        status: the gateway's word.
        is_paid: the money was taken: neither failed, nor pending, nor only authorized.
        is_authorized: it is reserved and can be captured or released.
        is_disputed: a bank holds or has taken the money back, so that a refund would pay it a second time.
        refunded: what went back, or is on its way back.
        refundable: what can still go back.
        capturable: what can still be taken of an authorization.
        is_voidable: it can be stopped; None: if and only if it is authorized. Braintree stops unsettled sales too.
        failure: why it was never paid, as a clause.
        raw: see `Live`.
    """
    obstacles: dict[Verb, str] = {}
    if not is_paid:
        obstacles[V.REFUND] = (
            f"This charge was never paid ({failure or status}), so there is nothing to refund."
        )
    elif is_disputed:
        obstacles[V.REFUND] = (
            "The customer's bank disputes this charge. A refund could pay the customer twice; "
            "answer the dispute instead."
        )
    elif refundable.minor <= 0:
        obstacles[V.REFUND] = (
            f"All {refunded} of this charge are refunded already."
            if refunded.minor
            else f"Nothing of this charge can be refunded now ({failure or status})."
        )
    if not is_authorized:
        obstacles[V.CAPTURE] = (
            f"This charge is not an open authorization ({status}), so there is nothing to take."
        )
    if not (is_authorized if is_voidable is None else is_voidable):
        obstacles[V.VOID] = f"This charge cannot be stopped any more ({status})." + (
            " Refund it instead." if is_paid and refundable.minor > 0 else ""
        )
    if not is_paid:
        obstacles[V.SEND_RECEIPT] = (
            f"There is no receipt of a charge that was never paid ({failure or status})."
        )
    return Live(
        ObjectKind.CHARGE,
        charge_id,
        status,
        {V.REFUND: refundable, V.CAPTURE: capturable},
        obstacles,
        raw or {},
    )


def subscription(
    subscription_id: str,
    status: SubscriptionStatus,
    *,
    is_ending: bool,
    has_coupon: bool | None = None,
    due: Money | None = None,
    raw_status: str | None = None,
    raw: Mapping[str, Any] | None = None,
) -> Live:
    """Describe a subscription.

    Args:
        subscription_id: the gateway's id.
        status: in our words.
        is_ending: it is cancelled for the period's end.
        has_coupon: whether there is one to remove; None where that is not known.
        due: what a retry would collect, where the gateway retries by subscription.
        raw_status: the gateway's word.
        raw: see `Live`.
    """
    word = f"This subscription is {status.value.replace('_', ' ')}"
    is_over = status in (SubscriptionStatus.CANCELED, SubscriptionStatus.EXPIRED) and not is_ending
    is_running = status in (
        SubscriptionStatus.ACTIVE,
        SubscriptionStatus.TRIALING,
        SubscriptionStatus.PAST_DUE,
    )
    obstacles: dict[Verb, str] = {}
    if is_over:
        obstacles[V.CANCEL_SUBSCRIPTION] = f"{word} already."
    if not is_running:
        for verb in (V.CHANGE_PLAN, V.APPLY_COUPON, V.PAUSE_SUBSCRIPTION):
            obstacles[verb] = f"{word}; only a running one can be changed."
    if status is not SubscriptionStatus.PAUSED and not is_ending:
        obstacles[V.RESUME_SUBSCRIPTION] = f"{word}, and neither paused nor about to end."
    if is_over or has_coupon is False:
        obstacles[V.REMOVE_COUPON] = f"{word}." if is_over else "There is no coupon on this subscription."
    if status is not SubscriptionStatus.PAST_DUE or (due is not None and due.minor <= 0):
        obstacles[V.RETRY_PAYMENT] = f"{word}; nothing is due."
    ceilings = {V.RETRY_PAYMENT: due} if due is not None else {}
    return Live(
        ObjectKind.SUBSCRIPTION, subscription_id, raw_status or status.value, ceilings, obstacles, raw or {}
    )


def invoice(
    invoice_id: str,
    status: InvoiceStatus,
    *,
    due: Money,
    raw_status: str | None = None,
    raw: Mapping[str, Any] | None = None,
) -> Live:
    """Describe an invoice at the gateway; `due` is what is still to be paid."""
    word = f"This invoice is {status.value}"
    obstacles: dict[Verb, str] = {}
    if status is not InvoiceStatus.OPEN:
        for verb in (V.MARK_UNCOLLECTIBLE, V.RETRY_PAYMENT):
            obstacles[verb] = f"{word}, not open."
    elif due.minor <= 0:
        obstacles[V.RETRY_PAYMENT] = "Nothing is due on this invoice."
    if status is InvoiceStatus.VOID:
        obstacles[V.SEND_INVOICE] = f"{word}; a void invoice is not sent."
    return Live(
        ObjectKind.INVOICE,
        invoice_id,
        raw_status or status.value,
        {V.RETRY_PAYMENT: due},
        obstacles,
        raw or {},
    )


def dispute(
    dispute_id: str,
    status: DisputeStatus,
    *,
    amount: Money,
    raw_status: str | None = None,
    raw: Mapping[str, Any] | None = None,
) -> Live:
    """Describe a dispute of `amount`."""
    obstacles: dict[Verb, str] = {}
    if status is not DisputeStatus.NEEDS_RESPONSE:
        word = f"This dispute is {status.value.replace('_', ' ')}: it waits for no answer of ours."
        obstacles = {V.ACCEPT_DISPUTE: word, V.SUBMIT_EVIDENCE: word}
    return Live(
        ObjectKind.DISPUTE,
        dispute_id,
        raw_status or status.value,
        {V.ACCEPT_DISPUTE: amount},
        obstacles,
        raw or {},
    )


def customer(
    customer_id: str,
    *,
    has_method: bool | None = None,
    is_deleted: bool = False,
    raw: Mapping[str, Any] | None = None,
) -> Live:
    """Describe a customer; `has_method`: a payment method is on file (None where that is not known)."""
    obstacles: dict[Verb, str] = {}
    if has_method is False:
        for verb in (V.AUTHORIZE, V.CHARGE):
            obstacles[verb] = "No payment method of this customer is on file. Request a payment instead."
    if is_deleted:
        obstacles = dict.fromkeys(
            (
                V.AUTHORIZE, V.CHARGE, V.REQUEST_PAYMENT, V.CARD_UPDATE_LINK, V.SET_TAX_DETAILS, V.CHANGE_EMAIL,
                V.CREATE_SUBSCRIPTION,
            ),
            "This customer is deleted at the gateway.",
        )  # fmt: skip
    return Live(
        ObjectKind.CUSTOMER, customer_id, "deleted" if is_deleted else "known", {}, obstacles, raw or {}
    )
