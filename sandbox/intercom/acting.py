"""What people do at Intercom that its API has no word for: customers write, administrators tidy up, it is busy."""

from collections.abc import Callable, Mapping
from typing import Any

from sandbox.clock import Clock
from sandbox.intercom import contacts, conversations, limits, markup, searching, team, webhooks
from sandbox.intercom.answers import Desk, Refused
from sandbox.state import Json, State

Asked = Mapping[str, Any]


def act(state: State, clock: Clock, asked: Asked) -> dict[str, Any]:
    """Do one deed, by its name in `asked["deed"]`; DEEDS below lists them.

    Raises:
        ValueError: there is no such deed, or it is not possible.
        LookupError: its object does not exist.
    """
    deed = DEEDS.get(str(asked.get("deed")))
    if deed is None:
        raise ValueError(f"no deed {asked.get('deed')!r}; there are {', '.join(DEEDS)}")
    try:
        return deed(Desk(state, clock), asked)
    except Refused as refused:
        raise (LookupError if refused.status in (404, 410) else ValueError)(str(refused)) from refused


def _ask(desk: Desk, asked: Asked) -> Json:
    """A person writes a mail: `email`, `subject`, `text`. Somebody unknown becomes a lead."""
    email = str(asked["email"])
    known = contacts.by_email(desk, email)
    contact = known[0] if known else contacts.add(desk, {"email": email, "role": "lead"})
    begun = conversations.begin(desk, contact, str(asked["subject"]), str(asked["text"]), "email")
    return {"ticket": begun["id"]}


def _reply(desk: Desk, asked: Asked) -> Json:
    """The contact of a `ticket` writes `text` to it."""
    conversation = conversations.get(desk, str(asked["ticket"]))
    contact = contacts.get(desk, conversation["contact_id"])
    text = markup.from_plain(str(asked["text"]))
    conversations.say(desk, conversation, "comment", text, conversations.author_of(contact))
    return {"ticket": conversation["id"]}


def _notes(desk: Desk, asked: Asked) -> Json:
    """What teammates and apps wrote to a `ticket`, in plain text, oldest first."""
    parts = conversations.said_by_team(desk, conversations.get(desk, str(asked["ticket"])))
    return {
        "notes": [{"text": part["body"], "is_internal": part["part_type"] == "note"} for part in parts],
    }


def _close(desk: Desk, asked: Asked) -> Json:
    conversations.close(desk, conversations.get(desk, str(asked["ticket"])), team.API_ADMIN)
    return {}


def _contact(desk: Desk, asked: Asked) -> Json:
    return {"ids": [one["id"] for one in contacts.by_email(desk, str(asked["email"]))]}


def _fields(desk: Desk, asked: Asked) -> Json:
    return {"fields": contacts.get(desk, str(asked["contact"]))["custom_attributes"]}


def _add(desk: Desk, asked: Asked) -> Json:
    """A contact with `email` and `name`: a lead (any number may share an address), unless `role` says user."""
    wanted = {"role": "lead", **{name: asked[name] for name in ("email", "name", "role") if name in asked}}
    return {"contact": contacts.add(desk, wanted)["id"]}


def _remove(desk: Desk, asked: Asked) -> Json:
    contacts.remove(desk, contacts.get(desk, str(asked["contact"])))
    return {}


def _archive(desk: Desk, asked: Asked) -> Json:
    contacts.remove(desk, contacts.get(desk, str(asked["contact"])), is_archived=True)
    return {}


def _merge(desk: Desk, asked: Asked) -> Json:
    """`contact` is merged into the contact `into`, as a teammate may do with any two."""
    leaving, staying = contacts.get(desk, str(asked["contact"])), contacts.get(desk, str(asked["into"]))
    return {"contact": contacts.join(desk, leaving, staying)["id"]}


def _busy(desk: Desk, asked: Asked) -> Json:
    limits.be_busy(desk.state, float(asked["seconds"]))
    return {}


def _allow(desk: Desk, asked: Asked) -> Json:
    """From now on `requests` are allowed in a window of ten seconds."""
    limits.allow(desk.state, int(asked["requests"]))
    return {}


def _lag(desk: Desk, asked: Asked) -> Json:
    """New contacts stay unknown to the search for `seconds`."""
    searching.lag(desk.state, int(asked["seconds"]))
    return {}


def _ping(desk: Desk, _asked: Asked) -> Json:
    webhooks.ping(desk)
    return {}


DEEDS: Mapping[str, Callable[[Desk, Asked], Json]] = {
    "ask": _ask,
    "reply": _reply,
    "notes": _notes,
    "close_ticket": _close,
    "contact": _contact,
    "fields": _fields,
    "add_contact": _add,
    "remove_contact": _remove,
    "archive_contact": _archive,
    "merge_contacts": _merge,
    "busy": _busy,
    "allow": _allow,
    "search_lag": _lag,
    "ping": _ping,
}
