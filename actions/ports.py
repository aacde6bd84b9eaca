"""What a gateway's adapter must do for actions. Each method says whether money may move."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from billing.money import Money
from billing.vocabulary import RefundStatus


@dataclass(frozen=True, slots=True)
class LiveCharge:
    """A charge as the gateway describes it at this moment. All amounts are in the charge's currency."""

    id: str
    status: str
    """The gateway's own word."""
    is_paid: bool
    """The money was taken: neither failed, nor pending, nor only authorized."""
    is_disputed: bool
    """A bank holds or has taken the money back, so that a refund would pay it a second time."""
    amount: Money
    """What was taken: of a part that was authorized and never captured, nothing can come back."""
    refunded: Money
    refundable: Money
    failure: str | None = None
    raw: Mapping[str, Any] = field(default_factory=dict)
    """The gateway's fields that the audit log keeps as "before" and "after"; nothing personal, no card."""


@dataclass(frozen=True, slots=True)
class RefundOutcome:
    """A refund that exists at the gateway, and how it stands."""

    refund_id: str
    status: RefundStatus
    raw_status: str
    amount: Money
    explanation: str | None = None
    """Why it failed or what it waits for, as a clause: "the card was closed"."""
    charge_after: LiveCharge | None = None
    request_id: str | None = None
    """The gateway's own id of our request, which its support asks for."""


class GatewayActions(Protocol):
    """One account of one gateway. Implementations are safe to share between threads."""

    def read_charge(self, charge_id: str) -> LiveCharge:
        """Read a charge as it is now. MONEY NEVER MOVES.

        Raises:
            NotFound: the account has no such charge.
            Transient: the gateway could not be asked, after a few seconds of trying.
            Terminal: the gateway refused to tell, or what it told cannot be understood.
        """
        ...

    def refund(self, charge_id: str, amount: Money, reason: str, action_id: str) -> RefundOutcome:
        """Send one refund, at most once for an `action_id` however often it is called. MONEY MAY MOVE.

        The adapter hands `action_id` to the gateway twice: as its idempotency key, and in a field of the refund
        by which `find_refund` recognises it.

        Raises:
            Refused: the gateway understood and said no; nothing moved.
            Transient: the gateway did not begin; nothing moved, and the same call may be made again.
            OutcomeUnknown: the request left the house without a clear answer; money may have moved.
        """
        ...

    def find_refund(self, charge_id: str, action_id: str) -> RefundOutcome | None:
        """Find the refund that an action made, among all refunds of the charge. MONEY NEVER MOVES.

        None means that the gateway knows none *now*: a request still under way may yet arrive.

        Raises:
            Transient: the gateway could not be asked.
            Terminal: the gateway refused to tell.
        """
        ...
