"""Freshdesk's search index, which hears of a change minutes later: until then it knows the contact as it was."""

from sandbox.freshdesk.answers import ACCOUNT, VENDOR, Desk
from sandbox.state import Json

KIND = "contact_index"
_LAG = "freshdesk.search_lag"
LAG_SECONDS = 120


def lag(desk: Desk) -> int:
    """Return after how many seconds of the sandbox's clock the index knows of a change."""
    return int(desk.state.get_setting(_LAG, LAG_SECONDS))


def set_lag(desk: Desk, seconds: int) -> None:
    """Let the index hear of later changes after so many seconds."""
    desk.state.set_setting(_LAG, seconds)


def changed(desk: Desk, contact_id: int, before: Json | None) -> None:
    """Keep what the index goes on showing of a contact that is about to change (None: nothing, it is new)."""
    now, entry = desk.clock.timestamp(), desk.state.get(VENDOR, ACCOUNT, KIND, str(contact_id))
    was = entry["was"] if entry and now < entry["until"] else before
    desk.put(KIND, {"id": contact_id, "was": was, "until": now + lag(desk)})


def known(desk: Desk, contact: Json) -> Json | None:
    """Return a contact as the index knows it now; None when it has not heard of it."""
    entry = desk.state.get(VENDOR, ACCOUNT, KIND, str(contact["id"]))
    if entry is None or desk.clock.timestamp() >= entry["until"]:
        return contact
    was: Json | None = entry["was"]
    return was
