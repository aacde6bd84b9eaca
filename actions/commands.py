"""What an agent asks for. A command says everything: nothing is taken from the screen it came from."""

from dataclasses import dataclass

from billing.ids import GatewayRef
from billing.money import Money


@dataclass(frozen=True, slots=True)
class RefundCharge:
    """Give a charge's money back, in full or in part."""

    action_id: str
    """Made when the form opens (`billing.ids.new_action_id`), so that a second click is the same action."""
    charge: GatewayRef
    amount: Money | None
    """None: all that is refundable when the charge is read again; policy judges that full amount."""
    reason: str
    """A key of `billing.vocabulary.REFUND_REASONS`."""
    note: str | None = None
    ticket: str | None = None
    seen_refundable: Money | None = None
    """What the agent's screen said is refundable; if the gateway says otherwise now, nothing is sent."""
    snapshot: str | None = None
    """The published copy of the warehouse that the screen showed."""
