"""What people do in Front, for POST /control/act: customers write, agents answer, administrators set things up."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from sandbox.clock import Clock
from sandbox.front import contacts, conversations, fields, limits, webhooks
from sandbox.front.answers import Desk, Refused
from sandbox.state import State

Asked = Mapping[str, Any]
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")


def act(state: State, clock: Clock, asked: Asked) -> dict[str, Any]:
    """Do what `deed` names and return what came of it.

    Raises:
        ValueError: no such deed, or one that Front would not do.
        LookupError: its object does not exist.
    """
    deed = DEEDS.get(str(asked.get("deed")))
    if deed is None:
        raise ValueError(f"Front knows no deed {asked.get('deed')!r}; there are {', '.join(DEEDS)}")
    try:
        return deed(Desk(state, clock), asked) or {}
    except KeyError as error:
        raise ValueError(f"{asked['deed']} needs {error}") from error
    except Refused as error:
        if error.status == 404:
            raise LookupError(str(error)) from error
        raise ValueError(str(error)) from error


def _ask(desk: Desk, asked: Asked) -> dict[str, Any]:
    opened = conversations.receive(desk, asked["email"], asked["subject"], asked["text"])
    return {"ticket": opened["id"]}


def _reply(desk: Desk, asked: Asked) -> dict[str, Any]:
    conversations.reply(desk, asked["ticket"], asked["text"])
    return {"ticket": asked["ticket"]}


def _answer(desk: Desk, asked: Asked) -> None:
    conversations.reply(desk, asked["ticket"], asked["text"], author=asked.get("by", "ana"))


def _notes(desk: Desk, asked: Asked) -> dict[str, Any]:
    """Return the comments as agents read them: Markdown's escapes and line breaks resolved."""
    found = desk.all(conversations.COMMENTS, parent=conversations.get(desk, asked["ticket"])["id"])
    read = [_ESCAPED.sub(r"\1", one["body"]).replace("  \n", "\n") for one in found]
    return {"notes": [{"text": text, "is_internal": True} for text in read]}


def _contact(desk: Desk, asked: Asked) -> dict[str, Any]:
    found = contacts.by_email(desk, asked["email"])
    return {"ids": [found["id"]] if found else []}


def _fields(desk: Desk, asked: Asked) -> dict[str, Any]:
    values = contacts.get(desk, asked["contact"])["values"]
    return {"fields": fields.named(desk.all(fields.KIND), values)}


def _set_field(desk: Desk, asked: Asked) -> None:
    """An agent fills in one field of a contact, by the field's name."""
    contact = contacts.get(desk, asked["contact"])
    contact["values"] |= fields.taken(desk, {asked["name"]: asked["value"]})
    desk.put(contacts.KIND, contact)


def _add_contact(desk: Desk, asked: Asked) -> dict[str, Any]:
    if contacts.by_email(desk, asked["email"]):
        raise ValueError(f"{asked['email']} is another contact's handle already")
    return {"contact": contacts.add(desk, asked["email"], asked["name"])["id"]}


def _remove_contact(desk: Desk, asked: Asked) -> None:
    contacts.remove(desk, asked["contact"])


def _merge_contacts(desk: Desk, asked: Asked) -> None:
    contacts.absorb(desk, asked["into"], [asked["contact"]])


def _close_ticket(desk: Desk, asked: Asked) -> None:
    """Put a conversation into the trash: an archived one is not closed, anybody may write on."""
    conversations.set_status(desk, asked["ticket"], "deleted")


def _archive_ticket(desk: Desk, asked: Asked) -> None:
    conversations.set_status(desk, asked["ticket"], "archived")


def _merge_tickets(desk: Desk, asked: Asked) -> None:
    conversations.merge(desk, asked["ticket"], asked["into"])


def _make_field(desk: Desk, asked: Asked) -> dict[str, Any]:
    return {"field": fields.make(desk, asked["name"], asked["type"], asked.get("values", ()))["id"]}


def _rename_field(desk: Desk, asked: Asked) -> None:
    fields.rename(desk, asked["name"], asked["new_name"])


def _save_webhook(desk: Desk, asked: Asked) -> None:
    webhooks.save(desk.state, asked["url"])


def _busy(desk: Desk, asked: Asked) -> None:
    limits.be_busy(desk.state, asked["seconds"])


def _rate(desk: Desk, asked: Asked) -> None:
    """The company buys another number of requests a minute."""
    limits.set_rate(desk.state, int(asked["requests"]))


DEEDS: Mapping[str, Callable[[Desk, Asked], dict[str, Any] | None]] = {
    "ask": _ask,
    "reply": _reply,
    "answer": _answer,
    "notes": _notes,
    "contact": _contact,
    "fields": _fields,
    "set_field": _set_field,
    "add_contact": _add_contact,
    "remove_contact": _remove_contact,
    "merge_contacts": _merge_contacts,
    "close_ticket": _close_ticket,
    "archive_ticket": _archive_ticket,
    "merge_tickets": _merge_tickets,
    "make_field": _make_field,
    "rename_field": _rename_field,
    "save_webhook": _save_webhook,
    "busy": _busy,
    "rate": _rate,
}
