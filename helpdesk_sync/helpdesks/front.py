"""Front: contact fields that only an administrator can make, contacts by token, conversations and their comments.

A PATCH erases the custom fields that it leaves out, so each contact is read, changed and written whole, under a
lock. What somebody else writes between the two calls is lost all the same: Front takes no condition with a write.
Source: dev.frontapp.com, "Update a contact", "Custom fields", "Pagination", "Rate limits".
"""

import re
import threading
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time
from typing import Any

import httpx

from billing.errors import BadCredential, NotFound, Refused
from billing.ids import email_key
from billing.settings import Settings
from billing.settings_helpdesks import FrontAccount
from helpdesk_sync import contexts
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

_BATCH = 25
_LIMITS = LimitHeaders("x-ratelimit-limit", "x-ratelimit-remaining")
_TYPES = {FieldKind.TEXT: "string", FieldKind.DATE: "datetime", FieldKind.INTEGER: "number"}
_WORDS = {"string": "text", "datetime": "date and time", "number": "number"}
_FIELDS = "/contacts/custom_fields"
_OLDEST_FIRST = {"limit": "100", "sort_by": "created_at", "sort_order": "asc"}
_NEWEST_FIRST = {"limit": "25", "sort_by": "created_at", "sort_order": "desc"}
_CONVERSATION = re.compile(r"cnv_[0-9a-z]+")
_CONTACT = re.compile(r"crd_[0-9a-z]+")
# One lock for each contact would grow without end; two contacts that share one only wait for each other.
_LOCKS = tuple(threading.Lock() for _ in range(64))

# Whatever of an address Markdown could take for a sign of its own ends it here and is escaped like any text.
_URL = re.compile(r"https?://(?:[^\s\\`*<>()\[\]{}|~_&]|(?<=\w)_(?=\w)|&(?!#?\w+;))+")
_SIGN = re.compile(r"[\\`*_\[<~]|&(?=#?\w+;)|(?<!\w)@")
_FIRST_SIGN = re.compile(r"^(?:[-+=:#>|]|\d+(?=[.)]))")
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")


def accounts(settings: Settings) -> list[Helpdesk]:
    """Open the Front companies of billhouse.toml."""
    return [Front(account) for account in settings.helpdesks.front]


def field_name(field: Field) -> str:
    """Return the name that a field must have in Front, where values are keyed by it."""
    return f"Billhouse {field.title}"


def asked_of_admin(fields: Sequence[Field]) -> list[tuple[str, str]]:
    """Return the contact fields that an administrator must make: (name, Front's word for its type)."""
    return [(field_name(field), _TYPES[field.kind]) for field in fields]


def stored(field: Field, value: Value) -> Value:
    """Return a value as Front keeps it: a day is noon UTC in Unix seconds, the same day nearly everywhere."""
    if field.kind is FieldKind.DATE and value is not None:
        return int(datetime.combine(date.fromisoformat(str(value)), time(12), UTC).timestamp())
    return value


class Front:
    """One Front company; see `helpdesk_sync.ports.Helpdesk` for what is promised."""

    title = "Front"

    def __init__(self, account: FrontAccount) -> None:
        self.name = f"front:{account.account}"
        self.batch = _BATCH
        self._fields = {field.key: field for field in contexts.FIELDS}
        self._api = JsonApi(
            title=self.title,
            base_url=account.base_url,
            auth=httpx.Auth(),
            explain=_reason,
            limits=_LIMITS,
            headers={"Authorization": f"Bearer {account.api_token.get_secret_value()}"},
        )

    def check(self) -> str:
        """Say which company our token belongs to."""
        company = self._api.call("GET", "/me")
        return f"{company['name']} ({company['id']})"

    def counterpart(self, field: Field) -> Counterpart:
        """Return the contact field's name and its type."""
        return Counterpart(field_name(field), _WORDS[_TYPES[field.kind]])

    def ensure_fields(self, fields: Sequence[Field]) -> list[str]:
        """Say which contact fields an administrator must make or mend: Front's API only reads them."""
        self._fields |= {field.key: field for field in fields}
        return self._lacking(fields)

    def contacts(self) -> Iterator[Contact]:
        """Walk all contacts that have an e-mail handle, by the first of them, oldest contact first."""
        for contact in self._pages("/contacts", _OLDEST_FIRST):
            if emails := _emails(contact):
                yield Contact(contact["id"], emails[0])

    def write(self, updates: Sequence[ContactUpdate]) -> dict[str, str | None]:
        """Write contact by contact; nothing at all while a field is missing, has another name or another type."""
        keys = dict.fromkeys(key for update in updates for key in update.values)
        if lacking := self._lacking([self._fields[key] for key in keys]):
            return {update.contact_id: lacking[0] for update in updates}
        return {update.contact_id: self._write(update) for update in updates}

    def ticket(self, ticket_id: str) -> Ticket:
        """Read a conversation, its recipient and their newest message; one in the trash takes no more notes."""
        conversation = self._conversation(ticket_id)
        recipient = conversation.get("recipient") or {}
        contact = self._contact_of(recipient)
        text = f"{conversation['subject'] or ''}\n{self._newest_words(conversation['id'])}".strip()
        return Ticket(
            id=conversation["id"],
            contact_id=contact["id"] if contact else None,
            emails=_addresses(recipient, contact or {}),
            text=text,
            is_closed=conversation["status"] == "deleted",
        )

    def note(self, ticket_id: str, marker: str, text: str) -> None:
        """Add a comment, which only teammates see, unless one of the conversation's comments has the marker."""
        conversation = self._conversation(ticket_id)
        if conversation["status"] == "deleted":
            raise Refused(
                f"Front's conversation {ticket_id} is in the trash, where nobody would read a note."
            )
        path = f"/conversations/{conversation['id']}/comments"
        for comment in self._api.call("GET", path)["_results"]:
            if marker in _ESCAPED.sub(r"\1", comment["body"]):
                return
        self._api.send("POST", path, {"body": _markdown(text)})

    def close(self) -> None:
        """Close the connections."""
        self._api.close()

    def _lacking(self, fields: Sequence[Field]) -> list[str]:
        """Return what is to be said of the fields that are not there, or not of our type."""
        there = {row["name"]: row["type"] for row in self._api.call("GET", _FIELDS)["_results"]}
        return [
            _ask_for(name, type, there.get(name))
            for name, type in asked_of_admin(fields)
            if there.get(name) != type
        ]

    def _write(self, update: ContactUpdate) -> str | None:
        """Write one contact's fields, keeping all others, and return why it could not be done."""
        path = f"/contacts/{update.contact_id}"
        with _LOCKS[hash((self.name, update.contact_id)) % len(_LOCKS)]:
            try:
                contact = self._api.call("GET", path)
                held = {name: value for name, value in contact["custom_fields"].items() if value is not None}
                wanted = self._merged(held, update.values)
                if wanted != held:
                    self._api.call("PATCH", path, json={"custom_fields": wanted})
            except NotFound:
                return "Front has no such contact any more: it was deleted, or merged into another."
            except BadCredential:
                raise
            except Refused as cause:
                return str(cause)
        return None

    def _merged(self, held: Mapping[str, Any], values: Mapping[str, Value]) -> dict[str, Any]:
        """Return all custom fields of a contact with our new values; what is left out is emptied."""
        ours = {
            field_name(self._fields[key]): stored(self._fields[key], value) for key, value in values.items()
        }
        wanted = {name: value for name, value in {**held, **ours}.items() if value is not None}
        if held and not wanted:
            # An empty object may mean "keep all". A text of no length is a value, and erases the others.
            text = next(field for field in self._fields.values() if field.kind is FieldKind.TEXT)
            return {field_name(text): ""}
        return wanted

    def _conversation(self, ticket_id: str) -> dict[str, Any]:
        if not _CONVERSATION.fullmatch(ticket_id):
            raise NotFound(f"{ticket_id!r} cannot be the id of a Front conversation.")
        try:
            found: dict[str, Any] = self._api.call("GET", f"/conversations/{ticket_id}")
        except Refused as cause:
            if cause.code == "301":
                raise NotFound(f"Front's conversation {ticket_id} was merged into another.") from None
            raise
        return found

    def _contact_of(self, recipient: Mapping[str, Any]) -> dict[str, Any] | None:
        """Read the contact that a recipient's link leads to; None where there is none (any more)."""
        link = recipient.get("_links", {}).get("related", {}).get("contact") or ""
        contact_id = link.rpartition("/")[2]
        if not _CONTACT.fullmatch(contact_id):
            return None
        try:
            found: dict[str, Any] = self._api.call("GET", f"/contacts/{contact_id}")
        except NotFound:
            return None
        return found

    def _newest_words(self, conversation_id: str) -> str:
        for message in self._pages(f"/conversations/{conversation_id}/messages", _NEWEST_FIRST):
            if message["is_inbound"]:
                return str(message.get("text") or message.get("blurb") or "")
        return ""

    def _pages(self, path: str, params: Mapping[str, str]) -> Iterator[dict[str, Any]]:
        """Walk a list to its end; a page that is short, or empty, need not be the last."""
        token: dict[str, str] = {}
        while True:
            page = self._api.call("GET", path, params={**params, **token})
            yield from page["_results"]
            following = (page.get("_pagination") or {}).get("next")
            if not following:
                return
            # The link names the company's own host, to which our key is not sent; its token serves here too.
            token = {"page_token": httpx.URL(following).params["page_token"]}


def _emails(contact: Mapping[str, Any]) -> list[str]:
    return [handle["handle"] for handle in contact.get("handles", ()) if handle["source"] == "email"]


def _addresses(recipient: Mapping[str, Any], contact: Mapping[str, Any]) -> tuple[str, ...]:
    """Return a recipient's addresses, the one that was written from first, each once whatever its capitals."""
    found: dict[str, str] = {}
    for address in (str(recipient.get("handle") or ""), *_emails(contact)):
        if "@" in address:  # a chat's or a telephone's handle is no address
            found.setdefault(email_key(address), address)
    return tuple(found.values())


def _ask_for(name: str, type: str, other: str | None) -> str:
    """Write what an administrator has to do for a field that is missing, or of an `other` type."""
    make = f'Custom fields > Contacts > Add custom field, name "{name}" (exactly so), type {_WORDS[type]}'
    if other:
        return (
            f'Front\'s contact field "{name}" is of type {other}, not {type}, and no type can be changed. Rename'
            f" it, then make it anew in Front's company settings: {make}. Until then nothing is written."
        )
    return (
        f'Front has no contact field "{name}". Make it in Front\'s company settings: {make}; or, if it was renamed,'
        " give it this name back. Until then nothing is written."
    )


def _markdown(text: str) -> str:
    """Write plain text as Markdown that shows it as it is; addresses of pages stay links, line ends stay."""
    lines = [_escaped_line(line.strip()) for line in text.split("\n")]
    return "  \n".join(lines)


def _escaped_line(line: str) -> str:
    parts, end = [], 0
    for url in _URL.finditer(line):
        parts += [_SIGN.sub(r"\\\g<0>", line[end : url.start()]), url[0]]
        end = url.end()
    parts.append(_SIGN.sub(r"\\\g<0>", line[end:]))
    return _FIRST_SIGN.sub(_escaped_start, "".join(parts))


def _escaped_start(found: re.Match[str]) -> str:
    """Escape what would begin a list, a heading, a quotation or a rule: the sign, or the stop after a number."""
    return f"{found[0]}\\" if found[0].isdigit() else f"\\{found[0]}"


def _reason(body: Any) -> str:
    """Read Front's error bodies: {"_error": {"status", "title", "message"}}."""
    error = body.get("_error") if isinstance(body, dict) else None
    if not isinstance(error, dict):
        return "no reason given"
    told = [str(error[part]) for part in ("title", "message") if error.get(part)]
    return ": ".join(told) or "no reason given"
