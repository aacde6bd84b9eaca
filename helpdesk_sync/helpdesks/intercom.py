"""Intercom: data attributes, users and leads by cursor, one update for each contact, notes in conversations.

Contacts are walked and never searched: the search knows new ones only after minutes. There is no bulk update. A
closed conversation takes notes like an open one, so no ticket here is closed. Source: Intercom's API, version 2.16.
"""

import html
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time
from typing import Any

import httpx

from billing.errors import BadCredential, ConfigError, NotFound, Refused, Transient
from billing.settings import Settings
from billing.settings_helpdesks import IntercomAccount
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

_VERSION = "2.16"
_BATCH = 50
_PAGE = "150"
_LONGEST_TEXT = 255
# An app's allowance is for windows of ten seconds; X-RateLimit-Reset says when the next one begins.
_LIMITS = LimitHeaders(
    "x-ratelimit-limit", "x-ratelimit-remaining", window_seconds=10.0, reset="x-ratelimit-reset"
)
_KINDS = {FieldKind.TEXT: "string", FieldKind.DATE: "date", FieldKind.INTEGER: "integer"}
_FIELDS = {field.key: field for field in contexts.FIELDS}
_PEOPLE = frozenset({"user", "lead", "contact"})
_GONE = "Intercom has no such contact any more: it was deleted, archived or merged into another one."


def accounts(settings: Settings) -> list[Helpdesk]:
    """Open the Intercom workspaces of billhouse.toml."""
    return [Intercom(account) for account in settings.helpdesks.intercom]


class Intercom:
    """One Intercom workspace; see `helpdesk_sync.ports.Helpdesk` for what is promised."""

    title = "Intercom"

    def __init__(self, account: IntercomAccount) -> None:
        self.name = f"intercom:{account.account}"
        self.batch = _BATCH
        self._admin_id = account.admin_id
        self._api = JsonApi(
            title=self.title,
            base_url=account.base_url,
            auth=httpx.Auth(),
            explain=_reason,
            limits=_LIMITS,
            headers={
                "Authorization": f"Bearer {account.access_token.get_secret_value()}",
                "Intercom-Version": _VERSION,
            },
        )

    def check(self) -> str:
        """Say who we are to Intercom, and as whom we write notes.

        Raises:
            ConfigError: nobody in the workspace has our admin_id.
        """
        me = self._api.call("GET", "/me")
        names = {str(one["id"]): one["name"] for one in self._api.call("GET", "/admins")["admins"]}
        if self._admin_id not in names:
            raise ConfigError(
                f"Intercom knows no teammate {self._admin_id}. Set admin_id in helpdesks.intercom to the id of "
                "the teammate who shall write the notes."
            )
        workspace = (me.get("app") or {}).get("name")
        return f"{me['name']} ({workspace}), notes by {names[self._admin_id]}"

    def counterpart(self, field: Field) -> Counterpart:
        """Return the data attribute's name and its type."""
        return Counterpart(field_name(field), _KINDS[field.kind])

    def ensure_fields(self, fields: Sequence[Field]) -> list[str]:
        """Create the data attributes that are absent; archived ones are left to an admin.

        Raises:
            ConfigError: an attribute of that name is there but of another type.
        """
        there, left = self._attributes(), []
        for field in fields:
            name, kind = field_name(field), _KINDS[field.kind]
            known = there.get(name)
            if known is None:
                self._create(field)
            elif known["archived"]:
                left.append(
                    f"Intercom's attribute {name} is archived: unarchive it in Settings, Data, People. "
                    "Nothing is written until then."
                )
            elif known["data_type"] != kind:
                raise ConfigError(
                    f"Intercom's attribute {name} is of type {known['data_type']}, not {kind}. "
                    "Change its type in Settings, Data, People."
                )
        return left

    def contacts(self) -> Iterator[Contact]:
        """Walk all users and leads that have an address; several may have the same one."""
        params = {"per_page": _PAGE}
        while True:
            page = self._api.call("GET", "/contacts", params=params)
            for contact in page["data"]:
                if contact.get("email"):
                    yield Contact(contact["id"], contact["email"])
            following = (page.get("pages") or {}).get("next") or {}
            if not following.get("starting_after"):
                return
            params["starting_after"] = following["starting_after"]

    def write(self, updates: Sequence[ContactUpdate]) -> dict[str, str | None]:
        """Update one contact after another; Intercom merges attributes by name.

        A contact that Intercom fails on does not keep the others back; two of them in a row are an outage.
        """
        answers: dict[str, str | None] = {}
        failed_before = False
        for update in updates:
            try:
                answers[update.contact_id] = self._update(update)
                failed_before = False
            except Transient as cause:
                if failed_before:
                    raise
                answers[update.contact_id], failed_before = str(cause), True
        return answers

    def ticket(self, ticket_id: str) -> Ticket:
        """Read a conversation. The requester is the contact who began it, else the first who takes part in it.

        Of several contacts in one conversation only the requester's addresses and words are told.
        """
        conversation = self._conversation(ticket_id)
        source = conversation["source"]
        requester = _requester(conversation)
        contact = self._contact(requester) if requester else None
        known = [contact["email"]] if contact and contact.get("email") else []
        theirs = [one for one in (source, *_parts(conversation)) if _is(one.get("author") or {}, requester)]
        known += [one["author"]["email"] for one in theirs if one["author"].get("email")]
        newest = next((one["body"] for one in reversed(theirs) if one["body"]), "")
        return Ticket(
            id=str(conversation["id"]),
            contact_id=contact["id"] if contact else None,
            emails=tuple(dict.fromkeys(known)),
            text=f"{source.get('subject') or ''}\n{newest}".strip(),
        )

    def note(self, ticket_id: str, marker: str, text: str) -> None:
        """Add a note unless one has the marker, among the newest 500 parts: Intercom tells no older ones."""
        for part in _parts(self._conversation(ticket_id)):
            if part["part_type"] == "note" and marker in (part["body"] or ""):
                return
        note = {
            "message_type": "note",
            "type": "admin",
            "admin_id": self._admin_id,
            "body": "<p>" + html.escape(text, quote=False).replace("\n", "<br>") + "</p>",
            # A note is there to be found beside the conversation: it rings at nobody's desk.
            "skip_notifications": True,
        }
        self._api.send("POST", f"/conversations/{ticket_id}/reply", note)

    def agent_email(self, agent_id: str) -> str | None:
        """Return the address of a teammate by their id; None for who is not in the workspace (any more)."""
        teammates = self._api.call("GET", "/admins")["admins"]
        return next((one["email"] for one in teammates if str(one["id"]) == agent_id), None)

    def close(self) -> None:
        """Close the connections."""
        self._api.close()

    def _attributes(self) -> dict[str, dict[str, Any]]:
        """Return all custom attributes of contacts by name, archived ones too."""
        params = {"model": "contact", "include_archived": "true"}
        listed = self._api.call("GET", "/data_attributes", params=params)["data"]
        return {one["name"]: one for one in listed if one.get("custom")}

    def _create(self, field: Field) -> None:
        name = field_name(field)
        definition = {
            "name": name,
            "model": "contact",
            "data_type": _KINDS[field.kind],
            "description": f"{field.title}. {field.description} Written by Billhouse.",
            # Else a visitor's browser could write it.
            "messenger_writable": False,
        }
        try:
            self._api.call("POST", "/data_attributes", json=definition)
        except Refused:
            # An answer that was lost and asked for again finds the name taken, by ourselves.
            if name not in self._attributes():
                raise

    def _update(self, update: ContactUpdate) -> str | None:
        """Write one contact's values; return why it was not possible, or None."""
        values = {
            field_name(_FIELDS[key]): _sent(_FIELDS[key], value) for key, value in update.values.items()
        }
        try:
            self._api.call("PUT", f"/contacts/{update.contact_id}", json={"custom_attributes": values})
        except BadCredential:
            raise
        except NotFound:
            return _GONE
        except Refused as cause:
            return _GONE if cause.code == "410" else str(cause)
        return None

    def _conversation(self, ticket_id: str) -> dict[str, Any]:
        """Read a conversation with its texts plain."""
        if not (ticket_id.isascii() and ticket_id.isdigit()):
            raise NotFound(f"{ticket_id!r} is no id of an Intercom conversation.")
        found: dict[str, Any] = self._api.call(
            "GET", f"/conversations/{ticket_id}", params={"display_as": "plaintext"}
        )
        return found

    def _contact(self, contact_id: str) -> dict[str, Any] | None:
        try:
            found: dict[str, Any] = self._api.call("GET", f"/contacts/{contact_id}")
        except NotFound:
            return None
        except Refused as cause:
            if cause.code != "410":
                raise
            return None
        return found


def field_name(field: Field) -> str:
    """Return our name for an attribute: Intercom's rule for names knows hyphens and no underscores."""
    return field.key.replace("_", "-")


def stored(field: Field, value: Value) -> Value:
    """Return a value as Intercom keeps it: days in Unix seconds, texts of at most 255 characters, cut visibly."""
    if isinstance(value, str) and field.kind is FieldKind.DATE:
        # Intercom shows moments in the reader's time zone: noon is the same day almost everywhere.
        return int(datetime.combine(date.fromisoformat(value), time(12), UTC).timestamp())
    if isinstance(value, str) and len(value) > _LONGEST_TEXT:
        return value[: _LONGEST_TEXT - 1] + "…"
    return value


def _sent(field: Field, value: Value) -> Value:
    # Null has been refused for leads' texts (intercom-node issue 215); an empty text empties them for everybody.
    return "" if value is None and field.kind is FieldKind.TEXT else stored(field, value)


def _requester(conversation: Mapping[str, Any]) -> str | None:
    author = conversation["source"].get("author") or {}
    present = [str(one["id"]) for one in conversation["contacts"]["contacts"]]
    began = str(author["id"]) if author.get("type") in _PEOPLE else None
    return began if began in present or not present else present[0]


def _parts(conversation: Mapping[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = conversation["conversation_parts"]["conversation_parts"]
    return found


def _is(author: Mapping[str, Any], requester: str | None) -> bool:
    return author.get("type") in _PEOPLE and str(author["id"]) == requester


def _reason(body: Any) -> str:
    """Read Intercom's error list: {"errors": [{"code": .., "message": ..}]}."""
    errors = body.get("errors") if isinstance(body, dict) else None
    if not isinstance(errors, list):
        return "no reason given"
    told = [str(one.get("message") or one.get("code")) for one in errors if isinstance(one, dict)]
    return "; ".join(told).rstrip(".") or "no reason given"
