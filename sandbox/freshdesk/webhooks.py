"""The two automation rules of an admin who followed our instructions: a webhook on a new ticket and on a reply.

Freshdesk signs nothing. The rule's action "Trigger Webhook" posts the JSON that the admin wrote, placeholders
filled in ({{ticket.id}}, {{ticket.modified_on}}), with a header of the admin's own that holds the secret.
"""

import uuid

import orjson

from sandbox.deliveries import Letter, enqueue
from sandbox.freshdesk.answers import ACCOUNT, VENDOR, Desk
from sandbox.state import Json, State

SECRET = "freshdesk_sandbox_hook"
KIND = "rule_runs"


def fire(desk: Desk, event: str, ticket: Json) -> None:
    """Let the rule for an event run on a ticket; call it inside the deed's transaction."""
    run = {
        "id": f"rule_{uuid.uuid4().hex}",
        "event": event,
        "ticket_id": ticket["id"],
        "modified_on": desk.clock.now().strftime("%Y-%m-%d %H:%M:%S"),
    }
    desk.put(KIND, run)
    enqueue(desk.state, ACCOUNT, run["id"])


def letter(state: State, account: str, event_id: str) -> Letter | None:
    """Return what a rule posts; the same words each time it is tried."""
    run = state.get(VENDOR, account, KIND, event_id)
    if run is None:
        return None
    body = orjson.dumps(
        {
            "event": run["event"],
            "ticket_id": str(run["ticket_id"]),
            "modified_on": run["modified_on"],
        }
    )
    return {"content-type": "application/json", "x-billhouse-secret": SECRET}, body
