"""What happens in Front's conversations, kept so that the application's webhook can be told of it."""

from sandbox.deliveries import enqueue
from sandbox.front.answers import ACCOUNT, Desk
from sandbox.state import Json

KIND = "event"


def happened(desk: Desk, type: str, conversation: Json, about: tuple[str, str], author: str | None) -> None:
    """Keep an event and have it delivered. Call it inside the deed's transaction.

    `type` is the webhook's word (inbound_received ..), `about` the (kind, id) of the message or comment, `author`
    the teammate who did it, None for a message that came in.
    """
    event = {
        "id": desk.new_id(KIND, "evt"),
        "type": type,
        "emitted_at": desk.now(),
        "conversation": conversation["id"],
        "about": about,
        "author": author,
    }
    desk.put(KIND, event)
    enqueue(desk.state, ACCOUNT, event["id"])
