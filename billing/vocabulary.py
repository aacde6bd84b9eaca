"""Billhouse's own words for states and verbs. A gateway's words are mapped by gateway_status_map.csv."""

from enum import StrEnum


class ChargeStatus(StrEnum):
    """What became of a charge; the later word wins over the earlier: disputed > refunded > paid."""

    PENDING = "pending"
    AUTHORIZED = "authorized"
    PAID = "paid"
    PARTIALLY_REFUNDED = "partially_refunded"
    REFUNDED = "refunded"
    FAILED = "failed"
    VOIDED = "voided"
    DISPUTED = "disputed"


class RefundStatus(StrEnum):
    """Money on its way back, arrived, or not going back after all."""

    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


class SubscriptionStatus(StrEnum):
    """Where a subscription stands; a cancellation at period end is a flag beside it, not a status."""

    PENDING = "pending"
    TRIALING = "trialing"
    ACTIVE = "active"
    PAST_DUE = "past_due"
    PAUSED = "paused"
    CANCELED = "canceled"
    EXPIRED = "expired"


class OrderStatus(StrEnum):
    """Where an order stands; what went back of a paid one shows in the two words after it."""

    DRAFT = "draft"
    PENDING = "pending"
    PAID = "paid"
    PARTIALLY_REFUNDED = "partially_refunded"
    REFUNDED = "refunded"
    FAILED = "failed"
    VOIDED = "voided"


class InvoiceStatus(StrEnum):
    """Where an invoice at the gateway stands."""

    DRAFT = "draft"
    OPEN = "open"
    PAID = "paid"
    VOID = "void"
    UNCOLLECTIBLE = "uncollectible"


class DisputeStatus(StrEnum):
    """Where a dispute stands, seen from the seller."""

    NEEDS_RESPONSE = "needs_response"
    UNDER_REVIEW = "under_review"
    WON = "won"
    LOST = "lost"


class EffectStatus(StrEnum):
    """How what an act did stands at the gateway: done, accepted and under way, or failed after all."""

    SUCCEEDED = "succeeded"
    PENDING = "pending"
    FAILED = "failed"


class ActionStatus(StrEnum):
    """Where an action stands. `requested` and `unknown` are open: the reconciler settles them."""

    AWAITING_APPROVAL = "awaiting_approval"
    REQUESTED = "requested"
    SUCCEEDED = "succeeded"
    PENDING = "pending"
    FAILED = "failed"
    DENIED = "denied"
    UNKNOWN = "unknown"
    DECLINED = "declined"
    EXPIRED = "expired"


OPEN_ACTIONS = (ActionStatus.REQUESTED, ActionStatus.UNKNOWN)


class Channel(StrEnum):
    """The door an act came through."""

    DASHBOARD = "dashboard"
    PANEL = "panel"
    PORTAL = "portal"
    API = "api"
    CLI = "cli"
    SYSTEM = "system"
