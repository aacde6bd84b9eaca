"""What people do at Zendesk that no API call of ours does: customers write, administrators tidy up."""

import html
import re
import time
from collections.abc import Callable, Mapping
from typing import Any

from sandbox.clock import Clock
from sandbox.state import Json, State
from sandbox.zendesk import fields, leaving, limits, tickets, users
from sandbox.zendesk.answers import Desk, Refused

Asked = Mapping[str, Any]
_BREAK = re.compile(r"<br ?/?>|</p>|</li>", re.IGNORECASE)
_TAG = re.compile(r"<[^>]+>")


def act(state: State, clock: Clock, asked: Asked) -> dict[str, Any]:
    """Do a deed: see `DEEDS` for what each takes and answers.

    Raises:
        ValueError: no such deed, or Zendesk does not allow it.
        LookupError: its object does not exist.
    """
    deed = DEEDS.get(str(asked.get("deed")))
    if deed is None:
        raise ValueError(f"Zendesk knows no deed {asked.get('deed')!r}: {', '.join(DEEDS)}")
    try:
        with state.transaction():
            return deed(Desk(state, clock, ""), asked)
    except KeyError as error:
        raise ValueError(f"the deed {asked['deed']} needs {error}") from error
    except Refused as refused:
        if refused.status == 404:
            raise LookupError(str(refused.body)) from refused
        raise ValueError(str(refused.body)) from refused


def _ask(desk: Desk, asked: Asked) -> dict[str, Any]:
    """A customer's mail becomes a ticket, and a stranger a new end user."""
    email = str(asked["email"])
    person = users.by_email(desk, email) or users.add(desk, {"name": email.partition("@")[0], "email": email})
    return {"ticket": _ticket_by_mail(desk, person["id"], str(asked["subject"]), str(asked["text"]))}


def _reply(desk: Desk, asked: Asked) -> dict[str, Any]:
    """The requester answers by mail: the ticket opens again; a closed one is followed up by a new one."""
    ticket = desk.get(tickets.KIND, asked["ticket"])
    requester, text = ticket["requester_id"], str(asked["text"])
    if ticket["status"] == "closed":
        return {"ticket": _ticket_by_mail(desk, requester, f"Re: {ticket['subject']}", text)}
    tickets.revise(desk, ticket, requester, {"status": "open", "comment": {"body": text, "public": True}})
    return {"ticket": str(ticket["id"])}


def _ticket_by_mail(desk: Desk, requester_id: int, subject: str, text: str) -> str:
    wanted = {"subject": subject, "comment": {"body": text}, "requester_id": requester_id}
    return str(tickets.add(desk, wanted, requester_id, channel="email")[0]["id"])


def _notes(desk: Desk, asked: Asked) -> dict[str, Any]:
    """What agents and apps wrote to a ticket, as an agent reads it, oldest first."""
    ticket = desk.get(tickets.KIND, asked["ticket"])
    said = desk.all(tickets.COMMENTS, parent=str(ticket["id"]))
    return {
        "notes": [
            {"text": _read(one["html_body"]), "is_internal": not one["public"]}
            for one in said
            if one["author_id"] != ticket["requester_id"]
        ]
    }


def _read(shown: str) -> str:
    return html.unescape(_TAG.sub("", _BREAK.sub("\n", shown))).strip()


def _contact(desk: Desk, asked: Asked) -> dict[str, Any]:
    found = users.by_email(desk, str(asked["email"]))
    return {"ids": [str(found["id"])] if found else []}


def _fields(desk: Desk, asked: Asked) -> dict[str, Any]:
    user = desk.get(users.KIND, asked["contact"])
    return {"fields": fields.shown(desk.all(fields.KIND), user["user_fields"])}


def _add_contact(desk: Desk, asked: Asked) -> dict[str, Any]:
    return {"contact": str(users.add(desk, {"name": asked["name"], "email": asked["email"]})["id"])}


def _remove_contact(desk: Desk, asked: Asked) -> dict[str, Any]:
    leaving.remove(desk, desk.get(users.KIND, asked["contact"]))
    return {}


def _merge_contacts(desk: Desk, asked: Asked) -> dict[str, Any]:
    """Merge the end user `contact` into the end user `into`."""
    leaving.join(desk, desk.get(users.KIND, asked["contact"]), desk.get(users.KIND, asked["into"]))
    return {}


def _close_ticket(desk: Desk, asked: Asked) -> dict[str, Any]:
    ticket: Json = desk.get(tickets.KIND, asked["ticket"])
    tickets.revise(desk, ticket, ticket["requester_id"], {"status": "closed"})
    return {}


def _busy(desk: Desk, asked: Asked) -> dict[str, Any]:
    """Answer every request of the next `seconds` real seconds with 429."""
    limits.be_busy(desk.state, time.time() + float(asked["seconds"]))
    return {}


DEEDS: Mapping[str, Callable[[Desk, Asked], dict[str, Any]]] = {
    "ask": _ask,
    "reply": _reply,
    "notes": _notes,
    "contact": _contact,
    "fields": _fields,
    "add_contact": _add_contact,
    "remove_contact": _remove_contact,
    "merge_contacts": _merge_contacts,
    "close_ticket": _close_ticket,
    "busy": _busy,
}
