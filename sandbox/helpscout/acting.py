"""What people do in the Help Scout account without its API: customers write, the team closes and merges."""

import html
import re
from collections.abc import Callable, Mapping
from typing import Any

from sandbox.clock import Clock
from sandbox.helpscout import conversations, customers, definitions, limits, seed, tokens
from sandbox.helpscout.answers import CONVERSATIONS, CUSTOMERS, THREADS, URL, Desk, Refused
from sandbox.state import Json, State

Asked = Mapping[str, Any]

_BREAK = re.compile(r"<br\s*/?>")
_TAG = re.compile(r"<[^>]+>")


def act(state: State, clock: Clock, asked: Asked) -> dict[str, Any]:
    """Do one of the deeds below.

    Raises:
        ValueError: no such deed, or Help Scout would not let it be done.
        LookupError: its object does not exist.
    """
    deed = _DEEDS.get(str(asked.get("deed")))
    if deed is None:
        raise ValueError(f"deed {asked.get('deed')!r} does not exist; there are {', '.join(_DEEDS)}")
    try:
        return deed(Desk(state, clock, state.get_setting(URL, "")), asked)
    except KeyError as missing:
        raise ValueError(f"the deed needs {missing}") from missing
    except Refused as no:
        if no.status == 404:
            raise LookupError(str(no)) from no
        raise ValueError(str(no)) from no


def _ask(desk: Desk, asked: Asked) -> Json:
    email = str(asked["email"])
    customer = customers.by_email(desk, email) or customers.add(desk, "", "", [email])
    opened = conversations.ask(desk, customer, email, str(asked["subject"]), str(asked["text"]))
    return {"ticket": str(opened["id"])}


def _reply(desk: Desk, asked: Asked) -> Json:
    conversations.reply(desk, _conversation(desk, asked), str(asked["text"]))
    return {}


def _notes(desk: Desk, asked: Asked) -> Json:
    id = _conversation(desk, asked)["id"]
    found = desk.all(THREADS, parent=str(id), oldest_first=True)
    written = [thread for thread in found if thread["createdBy"]["type"] == "user"]
    return {"notes": [{"text": _plain(one["body"]), "is_internal": one["type"] == "note"} for one in written]}


def _contact(desk: Desk, asked: Asked) -> Json:
    found = customers.by_email(desk, str(asked["email"]))
    return {"ids": [str(found["id"])] if found else []}


def _fields(desk: Desk, asked: Asked) -> Json:
    values = desk.get(CUSTOMERS, asked["contact"])["values"]
    return {"fields": {one["slug"]: values.get(one["slug"]) for one in definitions.every(desk)}}


def _add_contact(desk: Desk, asked: Asked) -> Json:
    first, last = seed.split(str(asked.get("name") or ""))
    return {"contact": str(customers.add(desk, first, last, [str(asked["email"])])["id"])}


def _remove_contact(desk: Desk, asked: Asked) -> Json:
    customers.remove(desk, asked["contact"])
    return {}


def _merge_contacts(desk: Desk, asked: Asked) -> Json:
    customers.merge(desk, asked["contact"], asked["into"])
    return {}


def _merge_tickets(desk: Desk, asked: Asked) -> Json:
    conversations.merge(desk, asked["ticket"], asked["into"])
    return {}


def _close_ticket(desk: Desk, asked: Asked) -> Json:
    conversations.close(desk, _conversation(desk, asked))
    return {}


def _remove_field(desk: Desk, asked: Asked) -> Json:
    definitions.remove(desk, str(asked["field"]))
    return {}


def _busy(desk: Desk, asked: Asked) -> Json:
    limits.be_busy(desk.state, float(asked["seconds"]))
    return {}


def _limit(desk: Desk, asked: Asked) -> Json:
    limits.configure(desk.state, int(asked["per_minute"]))
    return {}


def _expire_tokens(desk: Desk, _asked: Asked) -> Json:
    tokens.expire_all(desk)
    return {}


_DEEDS: Mapping[str, Callable[[Desk, Asked], Json]] = {
    "ask": _ask,
    "reply": _reply,
    "notes": _notes,
    "contact": _contact,
    "fields": _fields,
    "add_contact": _add_contact,
    "remove_contact": _remove_contact,
    "merge_contacts": _merge_contacts,
    "merge_tickets": _merge_tickets,
    "close_ticket": _close_ticket,
    "remove_field": _remove_field,
    "busy": _busy,
    "limit": _limit,
    "expire_tokens": _expire_tokens,
}


def _conversation(desk: Desk, asked: Asked) -> Json:
    return desk.get(CONVERSATIONS, asked["ticket"])


def _plain(body: str) -> str:
    return html.unescape(_TAG.sub("", _BREAK.sub("\n", body)))
