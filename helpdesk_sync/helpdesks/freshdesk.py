"""Freshdesk: contact fields hidden from the customer portal, contacts by page, one update each, private notes.

There is no bulk update of contacts. Lists of contacts have a tight limit of their own (20 a minute on the smallest
plan), of which only a 429 tells: they are a lane of their own, and nothing but a sweep asks for one. Pages are by
name: whoever slips over a page's border while others come and go is met by the next sweep.
Source: developers.freshdesk.com/api, "Contacts", "Contact Fields", "Conversations", "Rate Limit".
"""

import html
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import httpx
import stamina

from billing.errors import BadCredential, ConfigError, NotFound, Refused, Transient
from billing.settings import Settings
from billing.settings_helpdesks import FreshdeskAccount
from gateways.http import wait_as_told
from helpdesk_sync.http import JsonApi, LimitHeaders
from helpdesk_sync.ports import (
    Contact,
    ContactUpdate,
    Counterpart,
    Field,
    FieldKind,
    Helpdesk,
    Ticket,
    Value,
)

_API = "/api/v2"
_FIELDS = f"{_API}/contact_fields"
_PAGE = 100
_BATCH = 50
_LONGEST_TEXT = 255
_LIST_LANE = "contacts list"
_LIMITS = LimitHeaders("x-ratelimit-total", "x-ratelimit-remaining")
_KINDS = {
    FieldKind.TEXT: "custom_text",
    FieldKind.DATE: "custom_date",
    FieldKind.INTEGER: "custom_number",
}
_HIDDEN = {"customers_can_edit": False, "displayed_for_customers": False, "editable_in_signup": False}
_READ_ONLY = {"agents_can_edit": False}  # known to accounts made or upgraded after June 2022 only
_URL = re.compile(r"""https?://[^\s<>"']*[^\s<>"'.,;:)]""")

Row = dict[str, Any]


def accounts(settings: Settings) -> list[Helpdesk]:
    """Open the Freshdesk accounts of billhouse.toml."""
    return [Freshdesk(account) for account in settings.helpdesks.freshdesk]


class Freshdesk:
    """One Freshdesk account; see `helpdesk_sync.ports.Helpdesk` for what is promised."""

    title = "Freshdesk"

    def __init__(self, account: FreshdeskAccount) -> None:
        self.name = f"freshdesk:{account.account}"
        self.batch = _BATCH
        self._rows: list[Row] | None = None
        auth = httpx.BasicAuth(account.api_key.get_secret_value(), "X")
        self._api = JsonApi(
            title=self.title, base_url=account.base_url, auth=auth, explain=_reason, limits=_LIMITS
        )

    def check(self) -> str:
        """Say whose API key it is."""
        person = self._api.call("GET", f"{_API}/agents/me")["contact"]
        return f"{person['name']} ({person['email']})"

    def counterpart(self, field: Field) -> Counterpart:
        """Return the contact field's label, as we make it, and its type."""
        return Counterpart(_label(field.key), _KINDS[field.kind])

    def ensure_fields(self, fields: Sequence[Field]) -> list[str]:
        """Create the contact fields that are absent, hidden from customers.

        Returns:
            What an admin must hide first, where customers could see or change one of our fields in the portal.

        Raises:
            ConfigError: a field of that name is there but of another type.
        """
        rows = self._rows = self._api.call("GET", _FIELDS)
        for field in fields:
            known = _find(rows, field.key)
            if known is None:
                known = self._create(field, len(rows) + 1)
                rows.append(known)
            if known["type"] != _KINDS[field.kind]:
                raise ConfigError(
                    f"Freshdesk's contact field {known['name']} is of type {known['type']}, not "
                    f"{_KINDS[field.kind]}. Delete it in Freshdesk's admin pages; the next run creates it anew."
                )
        return _leaks(rows, [field.key for field in fields])

    def contacts(self) -> Iterator[Contact]:
        """Walk all contacts that have an address; agents, deleted and blocked contacts are not in the list."""
        seen: set[int] = set()
        page = 1
        while True:
            params = {"per_page": str(_PAGE), "page": str(page)}
            rows = self._api.call("GET", f"{_API}/contacts", params=params, lane=_LIST_LANE)
            for row in rows:
                if row.get("email") and row["id"] not in seen:
                    seen.add(row["id"])
                    yield Contact(str(row["id"]), row["email"])
            if len(rows) < _PAGE:
                return
            page += 1

    def write(self, updates: Sequence[ContactUpdate]) -> dict[str, str | None]:
        """Write contact by contact; two passing faults in a row are an outage, and what follows is left out.

        Raises:
            Transient, BadCredential: none of them could be written. What is confirmed is never thrown away.
        """
        if self._rows is None:
            self._rows = self._api.call("GET", _FIELDS)
        keys = list(dict.fromkeys(key for update in updates for key in update.values))
        if leaks := _leaks(self._rows, keys):
            return {update.contact_id: leaks[0] for update in updates}
        names = {key: row["name"] for key in keys if (row := _find(self._rows, key))}
        answers: dict[str, str | None] = {}
        faults = 0
        for update in updates:
            try:
                answers[update.contact_id] = self._put(update, names)
                faults = 0
            except (Transient, BadCredential) as cause:
                faults += 1
                if faults == 1 and isinstance(cause, Transient):
                    answers[update.contact_id] = str(cause)
                elif None in answers.values():
                    break
                else:
                    raise
        return answers

    def ticket(self, ticket_id: str) -> Ticket:
        """Read a ticket, its requester's addresses and their newest words; an agent's addresses are not read."""
        found = self._api.call("GET", _path(ticket_id))
        addresses = self._addresses(found["requester_id"])
        said = [row for row in self._conversations(ticket_id) if _is_requesters(row, found)]
        newest = said[-1]["body_text"] if said else found["description_text"]
        return Ticket(
            id=str(found["id"]),
            contact_id=str(found["requester_id"]) if addresses is not None else None,
            emails=addresses or (),
            text=f"{found['subject'] or ''}\n{newest or ''}".strip(),
            # A closed ticket goes on taking notes; one in the trash or marked as spam does not.
            is_closed=bool(found.get("deleted") or found.get("spam")),
        )

    def note(self, ticket_id: str, marker: str, text: str) -> None:
        """Add a private note unless one of the ticket's private notes has the marker."""
        for row in self._conversations(ticket_id):
            if row["private"] and marker in " ".join((row["body_text"] or "").split()):
                return
        try:
            self._api.send("POST", f"{_path(ticket_id)}/notes", {"body": _html(text), "private": True})
        except Refused as cause:
            if cause.code != "405":
                raise
            raise Refused(
                f"Freshdesk's ticket {ticket_id} is deleted or spam, and takes no more notes.", "405"
            ) from None

    def close(self) -> None:
        """Close the connections."""
        self._api.close()

    def _create(self, field: Field, position: int) -> Row:
        """Create a field. An answer that was lost is looked for: a second creation would be refused for good."""
        for attempt in stamina.retry_context(on=wait_as_told, attempts=6, timeout=300.0, wait_initial=0.5):
            with attempt:
                if attempt.num > 1 and (made := _find(self._api.call("GET", _FIELDS), field.key)):
                    return made
                return self._post_field(field, position)
        raise AssertionError("stamina returns or raises")

    def _post_field(self, field: Field, position: int) -> Row:
        label = _label(field.key)
        definition = {
            "label": label,
            "label_for_customers": label,
            "type": _KINDS[field.kind],
            **_HIDDEN,
        }
        try:
            made: Row = self._api.send("POST", _FIELDS, definition | _READ_ONLY | {"position": position})
        except Refused as cause:
            if cause.code != "400":
                raise
            made = self._api.send("POST", _FIELDS, definition)
        return made

    def _put(self, update: ContactUpdate, names: Mapping[str, str]) -> str | None:
        """Write one contact and return why it was not taken; Freshdesk leaves fields alone that are not sent."""
        values = {names.get(key, key): _cut(value) for key, value in update.values.items()}
        try:
            self._api.call("PUT", f"{_API}/contacts/{int(update.contact_id)}", json={"custom_fields": values})
        except BadCredential:
            raise
        except NotFound:
            return "Freshdesk has no such contact any more."
        except Refused as cause:
            if cause.code == "405":
                return "The contact is deleted or blocked in Freshdesk, where nobody can change it."
            return str(cause)
        return None

    def _addresses(self, requester_id: int) -> tuple[str, ...] | None:
        """Return a contact's addresses, the primary one first; None for an agent, or a contact that is gone."""
        try:
            contact = self._api.call("GET", f"{_API}/contacts/{requester_id}")
        except NotFound:
            return None
        if contact.get("deleted"):
            return None
        others = contact.get("other_emails") or []
        return tuple(dict.fromkeys(filter(None, (contact.get("email"), *others))))

    def _conversations(self, ticket_id: str) -> Iterator[Row]:
        """Walk what was said on a ticket, oldest first."""
        page = 1
        while True:
            params = {"per_page": str(_PAGE), "page": str(page)}
            rows = self._api.call("GET", f"{_path(ticket_id)}/conversations", params=params)
            yield from rows
            if len(rows) < _PAGE:
                return
            page += 1


def _path(ticket_id: str) -> str:
    """Return a ticket's path.

    Raises:
        NotFound: Freshdesk's tickets are numbered, and this is no number.
    """
    if not (ticket_id.isascii() and ticket_id.isdigit()):
        raise NotFound(f"{ticket_id!r} is not the number of a Freshdesk ticket.")
    return f"{_API}/tickets/{int(ticket_id)}"


def _label(key: str) -> str:
    """Return the label from which Freshdesk makes the name of a new field: billhouse_plan -> Billhouse plan."""
    return key.replace("_", " ").capitalize()


def _find(rows: Sequence[Row], key: str) -> Row | None:
    """Return our field: by its name, which stays when an admin changes the label and may have a prefix."""
    names = (key, f"cf_{key}", f"custom_{key}")
    ours = (row for row in rows if row["name"] in names or row["label"] == _label(key))
    return next(ours, None)


def _leaks(rows: Sequence[Row], keys: Sequence[str]) -> list[str]:
    """Say of each of our fields that customers can see or change in the portal what an admin must do."""
    ours = [row for key in keys if (row := _find(rows, key))]
    return [
        f"Freshdesk shows the contact field {row['label']!r} to customers in the portal. Hide it there, under "
        "Admin, Customer Fields: nothing is written while customers could see it."
        for row in ours
        if any(row.get(flag) for flag in _HIDDEN)
    ]


def _is_requesters(row: Row, ticket: Row) -> bool:
    return bool(not row["private"] and row["user_id"] == ticket["requester_id"])


def _html(text: str) -> str:
    """Write plain text as HTML that shows it as it is; addresses of pages become links."""
    escaped = html.escape(text, quote=False)
    return _URL.sub(r'<a href="\g<0>">\g<0></a>', escaped).replace("\n", "<br>")


def _cut(value: Value) -> Value:
    """Shorten text to what a one-line field takes, visibly."""
    if isinstance(value, str) and len(value) > _LONGEST_TEXT:
        return value[: _LONGEST_TEXT - 1] + "…"
    return value


def _reason(body: Any) -> str:
    """Read Freshdesk's error bodies: {"description", "errors": [{"field", "message", "code"}]} or {"message"}."""
    if not isinstance(body, dict):
        return "no reason given"
    told = [f"{one.get('field')}: {one.get('message')}" for one in body.get("errors") or ()]
    return "; ".join(told) or str(body.get("message") or body.get("description"))
