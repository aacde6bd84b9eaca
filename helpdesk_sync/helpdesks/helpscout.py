"""Help Scout: customer properties, customers by cursor, and one patch per customer, since there is no bulk.

A request of ours counts once towards the minute's allowance, a write twice. Sources: developer.helpscout.com,
"Inbox API": authentication, customers (list v3), properties, conversations, threads.
"""

import html
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

import stamina

from billing.errors import BadCredential, ConfigError, NotFound, Refused, Transient
from billing.settings import Settings
from billing.settings_helpdesks import HelpscoutAccount
from gateways.http import wait_as_told
from helpdesk_sync.helpscout_token import RETRY_AFTER, Token
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

_BATCH = 50
_LONGEST_TEXT = 255
_MOST_PROPERTIES = 50
_LOCKED_AT = 99  # threads, after which a conversation takes no more
_DEFINITIONS = "/v2/customer-properties"
# The pace is reckoned as if every call were a write, which uses the minute's allowance up twice as fast.
_LIMITS = LimitHeaders(
    "x-ratelimit-limit-minute", "x-ratelimit-remaining-minute", retry_after=RETRY_AFTER, window_seconds=120.0
)
_KINDS = {FieldKind.TEXT: "text", FieldKind.DATE: "date", FieldKind.INTEGER: "number"}
_BREAK = re.compile(r"<br\s*/?>|</(?:p|div|li|tr)>", re.IGNORECASE)
_TAG = re.compile(r"<[^>]+>")


def accounts(settings: Settings) -> list[Helpdesk]:
    """Open the Help Scout accounts of billhouse.toml."""
    return [Helpscout(account) for account in settings.helpdesks.helpscout]


class Helpscout:
    """One Help Scout account; see `helpdesk_sync.ports.Helpdesk` for what is promised."""

    title = "Help Scout"

    def __init__(self, account: HelpscoutAccount) -> None:
        self.name = f"helpscout:{account.account}"
        self.batch = _BATCH
        self._api = JsonApi(
            title=self.title,
            base_url=account.base_url,
            auth=Token(account),
            explain=_reason,
            limits=_LIMITS,
        )

    def check(self) -> str:
        """Say who we are to Help Scout: the user that the application belongs to."""
        user = self._api.call("GET", "/v2/users/me")
        return f"{user['firstName']} {user['lastName']} ({user['role']})"

    def counterpart(self, field: Field) -> Counterpart:
        """Return the customer property's slug and its type."""
        return Counterpart(_slug(field.key), _KINDS[field.kind])

    def ensure_fields(self, fields: Sequence[Field]) -> list[str]:
        """Create the customer properties that are absent, as far as there is room for them.

        Returns:
            A sentence for each property that finds no room: an account holds fifty.

        Raises:
            ConfigError: a property of that slug is there but of another type.
        """
        there = self._definitions()
        for field in fields:
            known = there.get(_slug(field.key))
            if known and known["type"] != _KINDS[field.kind]:
                raise ConfigError(
                    f"Help Scout's customer property {_slug(field.key)} is of type {known['type']}, not "
                    f"{_KINDS[field.kind]}. Delete it in Help Scout; it is created anew by the next run."
                )
        absent = [field for field in fields if _slug(field.key) not in there]
        room = max(_MOST_PROPERTIES - len(there), 0)
        for field in absent[:room]:
            self._create(field)
        return [
            f"Help Scout holds {_MOST_PROPERTIES} customer properties and has no room for {field.title} "
            f"({_slug(field.key)}). Delete one that is not used; ours is then created by itself."
            for field in absent[room:]
        ]

    def contacts(self) -> Iterator[Contact]:
        """Walk all customers that have an address, newest first; the support team are users, not customers."""
        for customer in self._pages("/v3/customers", "customers"):
            if addresses := _addresses(customer):
                yield Contact(str(customer["id"]), addresses[0])

    def write(self, updates: Sequence[ContactUpdate]) -> dict[str, str | None]:
        """Patch one customer after the other; who is gone, or is refused, is told apart from the others.

        Raises:
            Transient, BadCredential: Help Scout took none of them, and would take no other either.
        """
        answers: dict[str, str | None] = {}
        for update in updates:
            try:
                answers[update.contact_id] = self._patch(update)
            except (Transient, BadCredential):
                if not answers:
                    raise
                break  # those that are left out are tried again by the next run
        return answers

    def ticket(self, ticket_id: str) -> Ticket:
        """Read a conversation, its customer and the customer's newest words.

        Raises:
            NotFound: there is none, it was merged into another one, or this is no number.
        """
        try:
            conversation = self._api.call("GET", _path(ticket_id), params={"embed": "threads"})
        except Refused as cause:
            if cause.code != "301":
                raise
            raise NotFound(f"Help Scout's conversation {ticket_id} was merged into another one.") from None
        customer = conversation.get("primaryCustomer") or {}
        words = [one for one in _embedded(conversation, "threads") if _is_said_by_customer(one)]
        newest = max(words, key=lambda one: (one["createdAt"], one["id"]), default={"body": ""})
        return Ticket(
            id=str(conversation["id"]),
            contact_id=str(customer["id"]) if customer.get("id") else None,
            emails=self._emails(customer),
            text=f"{conversation.get('subject') or ''}\n{_plain(newest['body'] or '')}".strip(),
            is_closed=conversation["state"] == "deleted" or conversation["threads"] >= _LOCKED_AT,
        )

    def note(self, ticket_id: str, marker: str, text: str) -> None:
        """Add an internal note unless one of the conversation's notes has the marker; closed ones take it too."""
        path = _path(ticket_id)
        for thread in self._pages(f"{path}/threads", "threads"):
            if thread["type"] == "note" and marker in _plain(thread["body"] or ""):
                return
        self._api.send("POST", f"{path}/notes", {"text": _as_html(text)})

    def agent_email(self, agent_id: str) -> str | None:
        """Return the address of a user by their id; None for who is gone, or no person (a team)."""
        if not agent_id.isascii() or not agent_id.isdigit():
            return None
        try:
            user = self._api.call("GET", f"/v2/users/{agent_id}")
        except NotFound:
            return None
        return user["email"] if user.get("type", "user") == "user" else None

    def close(self) -> None:
        """Close the connections."""
        self._api.close()

    def _definitions(self) -> dict[str, dict[str, Any]]:
        return {
            one["slug"]: one for one in _embedded(self._api.call("GET", _DEFINITIONS), "customer-properties")
        }

    def _create(self, field: Field) -> None:
        slug = _slug(field.key)
        definition = {"type": _KINDS[field.kind], "slug": slug, "name": field.title}
        for attempt in stamina.retry_context(on=wait_as_told, attempts=10, timeout=300.0):
            with attempt:
                # After a lost answer it may be there already, and asking again would only be a conflict.
                if attempt.num == 1 or slug not in self._definitions():
                    self._api.send("POST", _DEFINITIONS, definition)

    def _patch(self, update: ContactUpdate) -> str | None:
        """Write one customer's values; return None once it is confirmed, else why it was not."""
        steps = [_step(key, value) for key, value in update.values.items()]
        try:
            self._api.call("PATCH", f"/v2/customers/{int(update.contact_id)}/properties", json=steps)
        except NotFound:
            return "Help Scout has no such customer any more: deleted, or merged into another."
        except BadCredential as cause:
            self.check()  # raises where it is the key, and not this one customer, that is refused
            return str(cause)
        except Refused as cause:
            return str(cause)
        return None

    def _emails(self, customer: Mapping[str, Any]) -> tuple[str, ...]:
        """Return a customer's addresses, the one that was written from first."""
        found = [customer["email"]] if customer.get("email") else []
        if customer.get("id"):
            with suppress(NotFound):  # deleted since; the conversation still names the address
                found += _addresses(self._api.call("GET", f"/v2/customers/{customer['id']}"))
        unique: dict[str, str] = {}
        for address in found:
            unique.setdefault(address.casefold(), address)
        return tuple(unique.values())

    def _pages(self, path: str, name: str) -> Iterator[dict[str, Any]]:
        """Walk a list by the links to its next pages."""
        next_path: str | None = path
        while next_path:
            page = self._api.call("GET", next_path)
            yield from _embedded(page, name)
            next_path = page["_links"].get("next", {}).get("href")


def _path(ticket_id: str) -> str:
    if not (ticket_id.isascii() and ticket_id.isdigit()):
        raise NotFound(f"Help Scout has no conversation {ticket_id!r}: its conversations have numbers.")
    return f"/v2/conversations/{ticket_id}"


def _slug(key: str) -> str:
    """Return the property's slug for a key of ours: billhouse-plan for billhouse_plan."""
    return key.replace("_", "-")


def _step(key: str, value: Value) -> dict[str, Value]:
    """Return the operation that gives a property its value, or empties it."""
    path = f"/{_slug(key)}"
    if value is None:
        return {"op": "remove", "path": path}
    return {"op": "replace", "path": path, "value": _cut(value)}


def _embedded(page: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    """Return what a page holds; a page without anything has no _embedded at all."""
    found: list[dict[str, Any]] = page.get("_embedded", {}).get(name, [])
    return found


def _addresses(customer: Mapping[str, Any]) -> list[str]:
    return [email["value"] for email in _embedded(customer, "emails") if email.get("value")]


def _is_said_by_customer(thread: Mapping[str, Any]) -> bool:
    is_published = thread.get("state", "published") == "published"
    return is_published and bool(thread["createdBy"]["type"] == "customer")


def _cut(value: Value) -> Value:
    """Shorten text to what a property takes, visibly."""
    if isinstance(value, str) and len(value) > _LONGEST_TEXT:
        return value[: _LONGEST_TEXT - 1] + "…"
    return value


def _as_html(text: str) -> str:
    """Write plain text so that Help Scout shows it as it is: no markup, and no variables such as {%user.email%}."""
    return html.escape(text).replace("{%", "&#123;%").replace("\n", "<br>")


def _plain(body: str) -> str:
    return html.unescape(_TAG.sub("", _BREAK.sub("\n", body))).strip()


def _reason(body: Any) -> str:
    """Read Help Scout's error bodies: {"message": .., "_embedded": {"errors": [{"path": .., "message": ..}]}}."""
    if not isinstance(body, dict):
        return "no reason given"
    told = [f"{one.get('path')} {one.get('message')}" for one in _embedded(body, "errors")]
    return "; ".join(told) or str(body.get("message") or body.get("error_description") or "no reason given")
