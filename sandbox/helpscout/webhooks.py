"""Help Scout's webhooks: the changed conversation whole, its event in a header, signed over the raw body.

Source: developer.helpscout.com/webhooks. Nothing is dated, and the event's name is not part of what is signed.
"""

import base64
import hashlib
import hmac

import orjson

from sandbox import deliveries
from sandbox.helpscout.answers import ACCOUNT, VENDOR, Desk
from sandbox.state import Json, State

SECRET = "helpscout_sandbox_hook"
KIND = "events"


def announce(desk: Desk, event: str, body: Json) -> None:
    """Tell the account's listener of an event. Call it inside the deed's transaction."""
    id = f"helpscout-{desk.state.next_number('helpscout.events')}"
    desk.put(KIND, {"id": id, "event": event, "body": body})
    deliveries.enqueue(desk.state, ACCOUNT, id)


def letter(state: State, account: str, event_id: str) -> deliveries.Letter | None:
    """Write the signed letter about an event, None if there is no such event."""
    event = state.get(VENDOR, account, KIND, event_id)
    if event is None:
        return None
    raw = orjson.dumps(event["body"])
    return {
        "content-type": "application/json",
        "x-helpscout-event": event["event"],
        "x-helpscout-signature": signature(raw),
    }, raw


def signature(raw: bytes) -> str:
    """Return what Help Scout writes into X-HelpScout-Signature for a body."""
    return base64.b64encode(hmac.new(SECRET.encode(), raw, hashlib.sha1).digest()).decode()
