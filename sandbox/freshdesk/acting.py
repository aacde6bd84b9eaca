"""What people do at the Freshdesk account, for POST /control/act: customers who write, agents and admins."""

import html
from collections.abc import Callable, Mapping
from typing import Any

from sandbox.clock import Clock
from sandbox.freshdesk import contacts, conversations, fields, indexing, leaving, limits, tickets
from sandbox.freshdesk.answers import ACCOUNT, VENDOR, Desk, Refused
from sandbox.state import Json, State

Asked = Mapping[str, Any]
Done = dict[str, Any]


def act(state: State, clock: Clock, asked: Asked) -> Done:
    """Do one of `DEEDS`; each says what it takes and answers.

    Raises:
        ValueError: no such deed, or Freshdesk would not let them.
        LookupError: its object does not exist.
    """
    deed = DEEDS.get(str(asked.get("deed")))
    if deed is None:
        raise ValueError(f"deed {asked.get('deed')!r} does not exist at freshdesk: {', '.join(DEEDS)}")
    try:
        with state.transaction():
            return deed(Desk(state, clock, ""), asked)
    except KeyError as error:
        raise ValueError(f"the deed {asked['deed']} needs {error}") from error
    except Refused as refused:
        raise ValueError(str(refused)) from refused


def _find(desk: Desk, kind: str, id: object) -> Json:
    found = desk.state.get(VENDOR, ACCOUNT, kind, str(id))
    if found is None:
        raise LookupError(f"freshdesk has no {kind} {id}")
    return found


def _contact(desk: Desk, asked: Asked, name: str = "contact") -> Json:
    return _find(desk, contacts.KIND, asked.get(name))


def _ticket(desk: Desk, asked: Asked) -> Json:
    return _find(desk, tickets.KIND, asked.get("ticket"))


def _field(desk: Desk, asked: Asked) -> Json:
    found = fields.by_name(desk, str(asked.get("field")))
    if found is None:
        raise LookupError(f"freshdesk has no contact field {asked.get('field')}")
    return found


def _ask(desk: Desk, asked: Asked) -> Done:
    """A customer opens a ticket by e-mail: {"email", "subject", "text"}."""
    wanted = {
        "email": asked["email"],
        "subject": asked["subject"],
        "description": html.escape(str(asked["text"])).replace("\n", "<br>"),
        "source": 1,
    }
    return {"ticket": str(tickets.add(desk, wanted)["id"])}


def _reply(desk: Desk, asked: Asked) -> Done:
    """The requester writes to a ticket: {"ticket", "text"}."""
    conversations.reply(desk, _ticket(desk, asked), str(asked["text"]))
    return {"ticket": str(asked["ticket"])}


def _notes(desk: Desk, asked: Asked) -> Done:
    """What else is said on a ticket: {"ticket"}."""
    said = desk.all(conversations.KIND, parent=str(_ticket(desk, asked)["id"]))
    return {
        "notes": [
            {"text": one["body_text"], "is_internal": one["private"]} for one in said if not one["incoming"]
        ]
    }


def _who(desk: Desk, asked: Asked) -> Done:
    """The ids of the contacts with an address: {"email"}."""
    found = contacts.by_email(desk, str(asked["email"]))
    return {"ids": [str(found["id"])] if found and found["state"] == contacts.PRESENT else []}


def _values(desk: Desk, asked: Asked) -> Done:
    """The custom fields of a contact: {"contact"}."""
    return {"fields": fields.shown_values(desk.all(fields.KIND), _contact(desk, asked)["values"])}


def _add_contact(desk: Desk, asked: Asked) -> Done:
    """An agent adds somebody: {"email", "name"}, and "other_emails" if there are any."""
    wanted = {name: asked[name] for name in ("email", "name", "other_emails") if name in asked}
    return {"contact": str(contacts.add(desk, {"name": asked["email"], **wanted})["id"])}


def _remove_contact(desk: Desk, asked: Asked) -> Done:
    """An agent deletes a contact (softly): {"contact"}."""
    leaving.become(desk, _contact(desk, asked), contacts.DELETED)
    return {}


def _block_contact(desk: Desk, asked: Asked) -> Done:
    """An agent blocks a contact: {"contact"}."""
    leaving.become(desk, _contact(desk, asked), contacts.BLOCKED)
    return {}


def _merge_contacts(desk: Desk, asked: Asked) -> Done:
    """An agent merges a contact into another: {"contact", "into"}."""
    leaving.unite(desk, _contact(desk, asked, "into"), [_contact(desk, asked)], {})
    return {}


def _make_agent(desk: Desk, asked: Asked) -> Done:
    """An admin makes an agent of a contact: {"contact"}."""
    return {"agent": str(leaving.promote(desk, _contact(desk, asked))["id"])}


def _close_ticket(desk: Desk, asked: Asked) -> Done:
    """An agent closes a ticket, which goes on taking notes: {"ticket"}."""
    tickets.change(desk, _ticket(desk, asked), {"status": tickets.CLOSED})
    return {}


def _trash_ticket(desk: Desk, asked: Asked) -> Done:
    """An agent deletes a ticket, which takes nothing more: {"ticket"}."""
    tickets.change(desk, _ticket(desk, asked), {"deleted": True})
    return {}


def _change_field(desk: Desk, asked: Asked) -> Done:
    """An admin changes a contact field, as its label or who sees it: {"field", "changes": {..}}."""
    fields.change(desk, _field(desk, asked), dict(asked["changes"]))
    return {}


def _remove_field(desk: Desk, asked: Asked) -> Done:
    """An admin deletes a contact field: {"field"}."""
    fields.remove(desk, _field(desk, asked))
    return {}


def _busy(desk: Desk, asked: Asked) -> Done:
    """Every call is answered with 429 for a while: {"seconds"}."""
    limits.be_busy(desk.state, float(asked["seconds"]))
    return {}


def _limits(desk: Desk, asked: Asked) -> Done:
    """The account's plan changes: {"limits": {name: requests a minute}}, as `limits.DEFAULTS` names them."""
    limits.configure(desk.state, dict(asked.get("limits", {})))
    return {"limits": limits.configured(desk.state)}


def _search_lag(desk: Desk, asked: Asked) -> Done:
    """The search index hears of later changes after {"seconds"}."""
    indexing.set_lag(desk, int(asked["seconds"]))
    return {}


def _old_account(desk: Desk, asked: Asked) -> Done:
    """The account is one from before June 2022, which knows fewer field flags: {"is_old"}."""
    desk.state.set_setting(fields.OLD_ACCOUNT, bool(asked["is_old"]))
    return {}


DEEDS: Mapping[str, Callable[[Desk, Asked], Done]] = {
    "ask": _ask,
    "reply": _reply,
    "notes": _notes,
    "contact": _who,
    "fields": _values,
    "add_contact": _add_contact,
    "remove_contact": _remove_contact,
    "block_contact": _block_contact,
    "merge_contacts": _merge_contacts,
    "make_agent": _make_agent,
    "close_ticket": _close_ticket,
    "trash_ticket": _trash_ticket,
    "change_field": _change_field,
    "remove_field": _remove_field,
    "busy": _busy,
    "limits": _limits,
    "search_lag": _search_lag,
    "old_account": _old_account,
}
