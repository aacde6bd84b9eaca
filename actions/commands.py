"""What an agent asks for. A command says everything: nothing is taken from the screen it came from."""

from dataclasses import dataclass

from actions.acts import Act
from billing.ids import GatewayRef
from billing.money import Money


@dataclass(frozen=True, slots=True)
class Command:
    """One act on one object, by its reference."""

    action_id: str
    """Made when the form opens (`billing.ids.new_action_id`), so that a second click is the same action."""
    target: GatewayRef
    act: Act
    reason: str
    """A key of `billing.verbs.REASONS`."""
    note: str | None = None
    ticket: str | None = None
    """helpdesk:account:id, or the number alone where there is one helpdesk."""
    seen: Money | None = None
    """What the agent's screen said can be moved; if the gateway says otherwise now, nothing is sent."""
    snapshot: str | None = None
    """The published copy of the warehouse that the screen showed."""
