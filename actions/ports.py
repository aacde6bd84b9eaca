"""What a gateway's adapter must do for actions: read an object live, carry out an act, find what an act did.

An adapter is a table: for each verb that its manifest claims, a `Handler` of two functions. `send` may move money,
`find` never does. What a gateway cannot do stands in its manifest with the reason, and has no handler.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from actions.live import Live
from billing.ids import GatewayRef
from billing.money import Money
from billing.verbs import ObjectKind, Verb
from billing.vocabulary import EffectStatus


@dataclass(frozen=True, slots=True)
class Order:
    """One act as it is sent: nothing is left open, every amount is said."""

    action_id: str
    """The gateway gets it twice: as its idempotency key where it has such keys, and in a field of what it makes."""
    target: GatewayRef
    act: Any
    """One of `actions.acts`; a handler knows which, for it is found by the act's verb."""
    amount: Money | None
    """What moves at most; None for verbs that move no money."""
    reason: str
    before: Mapping[str, Any] = field(default_factory=dict)
    """`Live.raw` of the target as it was read just before the intent: `find` can tell what has changed since."""


@dataclass(frozen=True, slots=True)
class Effect:
    """What an act did at the gateway, and how that stands."""

    status: EffectStatus
    raw_status: str = ""
    """The gateway's own word."""
    made_id: str | None = None
    """The gateway's id of what was made (a refund, a subscription); None where only the target changed."""
    amount: Money | None = None
    url: str | None = None
    """The page that was made, for verbs that make one."""
    explanation: str | None = None
    """Why it failed, what it waits for or what is particular, as a clause: "the card was closed"."""
    after: Mapping[str, Any] | None = None
    """The target's recorded fields afterwards, where the gateway's answer shows them."""
    touched: tuple[tuple[str, str], ...] = ()
    """(the gateway's kind, id) of the objects to read again; the pipelines' `reread` knows these kinds."""
    request_id: str | None = None
    """The gateway's own id of our request, which its support asks for."""


@dataclass(frozen=True, slots=True)
class Handler:
    """How one gateway does one verb.

    send: carry the order out, at most once for an `action_id` however often it is called. MONEY MAY MOVE for the
        verbs that `billing.verbs.FACTS` says so of, and for subscriptions that begin or change. Raises:
            Refused: the gateway understood and said no; nothing happened.
            Transient: the gateway did not begin; nothing happened, and the same call may be made again.
            OutcomeUnknown: the request left the house without a clear answer.
    find: look for what the order did. MONEY NEVER MOVES. None means that it did nothing that can be seen *now*: a
        request still under way may yet arrive. Raises Transient or Terminal where the gateway does not tell.
    """

    send: Callable[[Order], Effect]
    find: Callable[[Order], Effect | None]


class GatewayActions(Protocol):
    """One account of one gateway. Implementations are safe to share between threads."""

    @property
    def handlers(self) -> Mapping[Verb, Handler]:
        """A handler for each verb that the gateway's manifest claims, and for no other."""
        ...

    def read(self, kind: ObjectKind, object_id: str) -> Live:
        """Read an object as it is now. MONEY NEVER MOVES.

        Raises:
            NotFound: the account has no such object.
            Transient: the gateway could not be asked, after a few seconds of trying.
            Terminal: the gateway refused to tell, or what it told cannot be understood.
        """
        ...
