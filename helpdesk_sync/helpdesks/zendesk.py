"""Zendesk Support: user fields, end users by cursor, and bulk updates whose jobs are read row by row.

Single updates are limited to one a second and five a minute per user, so everything goes through update_many:
100 users a job. create_or_update_many is not used: it is closed unless Zendesk opened it for the account.

Notes are sent as HTML: Zendesk takes an agent's plain body for Markdown, and folds its blanks.
"""

import html
import re
import time
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import Any

import httpx

from billing.errors import BadCredential, BillhouseError, ConfigError, NotFound, Refused
from billing.settings import Settings
from billing.settings_helpdesks import ZendeskAccount
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
_JOB_SIZE = 100
_JOBS_AT_ONCE = 5  # an account may have 30 waiting, ours and everybody else's
_LONGEST_TEXT = 255
_JOB_SECONDS = 300
_LONGEST_NOTE = 64 * 1024  # bytes; Zendesk cuts off what is more, without a word
_CUT = "\n… (shortened)\n"
_PLACEHOLDER = re.compile(r"\{(?=[{%])")
_LIMITS = LimitHeaders("x-rate-limit", "x-rate-limit-remaining")
_KINDS = {FieldKind.TEXT: "text", FieldKind.DATE: "date", FieldKind.INTEGER: "integer"}


def accounts(settings: Settings) -> list[Helpdesk]:
    """Open the Zendesk accounts of billhouse.toml."""
    return [Zendesk(account) for account in settings.helpdesks.zendesk]


class Zendesk:
    """One Zendesk account; see `helpdesk_sync.ports.Helpdesk` for what is promised."""

    title = "Zendesk"

    def __init__(self, account: ZendeskAccount) -> None:
        self.name = f"zendesk:{account.account}"
        self.batch = _JOB_SIZE * _JOBS_AT_ONCE
        self._email = account.email
        auth = httpx.BasicAuth(f"{account.email}/token", account.api_token.get_secret_value())
        self._api = JsonApi(
            title=self.title, base_url=account.base_url, auth=auth, explain=_reason, limits=_LIMITS
        )

    def check(self) -> str:
        """Say who we are to Zendesk.

        Raises:
            BadCredential: Zendesk serves strangers here too, and takes us for one.
        """
        user = self._api.call("GET", f"{_API}/users/me")["user"]
        if not user.get("id"):
            raise BadCredential(
                f"Zendesk does not know {self._email} by that token. Check helpdesks.zendesk."
            )
        return f"{user['name']} ({user['role']})"

    def counterpart(self, field: Field) -> Counterpart:
        """Return the user field's key and its type."""
        return Counterpart(field.key, _KINDS[field.kind])

    def ensure_fields(self, fields: Sequence[Field]) -> list[str]:
        """Create the user fields that are absent; nothing is left to an admin.

        Raises:
            ConfigError: a field of that key is there but of another type.
        """
        there = {row["key"]: row for row in self._pages("user_fields", f"{_API}/user_fields")}
        for field in fields:
            known = there.get(field.key)
            if known is None:
                self._create(field)
            elif known["type"] != _KINDS[field.kind]:
                raise ConfigError(
                    f"Zendesk's user field {field.key} is of type {known['type']}, not {_KINDS[field.kind]}. "
                    "Delete it in Zendesk's Admin Center; it is created anew by the next run."
                )
        return []

    def contacts(self) -> Iterator[Contact]:
        """Walk all end users that have an address; agents and admins are never given billing facts."""
        for user in self._pages("users", f"{_API}/users", {"role": "end-user"}):
            if user["role"] == "end-user" and user.get("email") and user.get("active", True):
                yield Contact(str(user["id"]), user["email"])

    def write(self, updates: Sequence[ContactUpdate]) -> dict[str, str | None]:
        """Write in jobs of 100, a few at a time, and read each job's rows."""
        answers: dict[str, str | None] = {}
        chunks = [updates[n : n + _JOB_SIZE] for n in range(0, len(updates), _JOB_SIZE)]
        for n in range(0, len(chunks), _JOBS_AT_ONCE):
            jobs = [(self._submit(chunk), chunk) for chunk in chunks[n : n + _JOBS_AT_ONCE]]
            for job, chunk in jobs:
                answers |= self._results(job, chunk)
        return answers

    def ticket(self, ticket_id: str) -> Ticket:
        """Read a ticket, its requester's addresses and their newest public words; an agent's are not read."""
        found = self._api.call("GET", _path(ticket_id))["ticket"]
        requester = self._api.call("GET", f"{_API}/users/{found['requester_id']}")["user"]
        # A deleted user is still shown, and an agent's or colleague's own bills are nobody's business here.
        is_customer = requester["role"] == "end-user" and requester.get("active", True)
        said = self._newest_words(ticket_id, requester["id"]) or found["description"] or ""
        return Ticket(
            id=str(found["id"]),
            contact_id=str(requester["id"]) if is_customer else None,
            emails=self._addresses(requester) if is_customer else (),
            text=f"{found['subject'] or ''}\n{said}".strip(),
            is_closed=found["status"] == "closed",
        )

    def note(self, ticket_id: str, marker: str, text: str) -> None:
        """Add an internal note unless one of the ticket's internal comments has the marker."""
        path = _path(ticket_id)
        for comment in self._pages("comments", f"{path}/comments"):
            if not comment["public"] and marker in comment["body"]:
                return
        said = {"html_body": _html(text, marker), "public": False}
        try:
            self._api.send("PUT", path, {"ticket": {"comment": said}})
        except Refused as cause:
            if cause.code == "422" and self._api.call("GET", path)["ticket"]["status"] == "closed":
                raise Refused(
                    f"Zendesk's ticket {ticket_id} is closed and takes no more notes.", "closed"
                ) from None
            raise

    def agent_email(self, agent_id: str) -> str | None:
        """Return the address of an agent or admin by their id; None for an end user, or who is gone."""
        if not agent_id.isascii() or not agent_id.isdigit():
            return None
        try:
            user = self._api.call("GET", f"{_API}/users/{agent_id}")["user"]
        except NotFound:
            return None
        is_agent = user["role"] != "end-user" and user.get("active", True) and not user.get("suspended")
        return user["email"] if is_agent else None

    def close(self) -> None:
        """Close the connections."""
        self._api.close()

    def _addresses(self, requester: dict[str, Any]) -> tuple[str, ...]:
        known = self._pages("identities", f"{_API}/users/{requester['id']}/identities")
        others = [one["value"] for one in known if one["type"] == "email"]
        return tuple(dict.fromkeys(filter(None, (requester.get("email"), *others))))

    def _newest_words(self, ticket_id: str, requester_id: int) -> str | None:
        for comment in self._pages("comments", f"{_path(ticket_id)}/comments", {"sort": "-created_at"}):
            if comment["public"] and comment["author_id"] == requester_id:
                return str(comment["body"])
        return None

    def _create(self, field: Field) -> None:
        definition = {
            "key": field.key,
            "type": _KINDS[field.kind],
            "title": field.title,
            "description": f"{field.description} Written by Billhouse.",
        }
        try:
            self._api.call("POST", f"{_API}/user_fields", json={"user_field": definition})
        except Refused as cause:
            # An answer that was lost and asked for again finds the key taken, by ourselves.
            if cause.code != "422" or field.key not in {
                row["key"] for row in self._pages("user_fields", f"{_API}/user_fields")
            }:
                raise

    def _pages(self, name: str, path: str, params: dict[str, str] | None = None) -> Iterator[dict[str, Any]]:
        """Walk a list by cursor: unlike numbered pages, nobody is skipped when others come or go meanwhile."""
        page = self._api.call("GET", path, params={**(params or {}), "page[size]": "100"})
        while True:
            yield from page[name]
            if not page["meta"]["has_more"]:
                return
            page = self._api.call("GET", page["links"]["next"])

    def _submit(self, chunk: Sequence[ContactUpdate]) -> dict[str, Any]:
        users = [
            {"id": int(update.contact_id), "user_fields": {k: _cut(v) for k, v in update.values.items()}}
            for update in chunk
        ]
        answer = self._api.call("PUT", f"{_API}/users/update_many", json={"users": users})
        job: dict[str, Any] = answer["job_status"]
        return job

    def _results(self, job: dict[str, Any], chunk: Sequence[ContactUpdate]) -> dict[str, str | None]:
        """Wait for a job and say of each contact whether it was written; an unsettled one counts as not."""
        deadline, wait = time.monotonic() + _JOB_SECONDS, 0.2
        while job["status"] in ("queued", "working"):
            if time.monotonic() > deadline:
                return _all(chunk, "Zendesk's job did not end in five minutes.")
            time.sleep(wait)
            wait = min(wait * 1.5, 5.0)
            try:
                job = self._api.call("GET", f"{_API}/job_statuses/{job['id']}")["job_status"]
            except NotFound:
                return _all(chunk, "Zendesk does not know its own job any more.")
            except BillhouseError as cause:
                return _all(chunk, str(cause))
        rows = job["results"] if isinstance(job["results"], list) else []
        answers: dict[str, str | None] = _all(
            chunk, job.get("message") or f"The job ended as {job['status']}."
        )
        for row in rows:
            if str(row.get("id")) in answers:
                ok = row.get("success", row.get("status") == "Updated")
                answers[str(row["id"])] = None if ok else f"{row.get('error')}: {row.get('details')}"
        return answers


def _path(ticket_id: str) -> str:
    """Return a ticket's path.

    Raises:
        NotFound: Zendesk's tickets are numbered, and this is no number.
    """
    if not (ticket_id.isascii() and ticket_id.isdigit()):
        raise NotFound(f"{ticket_id!r} is not the number of a Zendesk ticket.")
    return f"{_API}/tickets/{int(ticket_id)}"


def _html(text: str, marker: str) -> str:
    """Write plain text as HTML that Zendesk shows as it is, shortened visibly but with its marker.

    An invisible joiner parts double braces, which Zendesk would take for a placeholder and remove.
    """
    shown = _escaped(text)
    if len(shown.encode()) <= _LONGEST_NOTE:
        return shown
    tail = _escaped(f"{_CUT}{marker}")
    room = _LONGEST_NOTE - len(tail.encode())
    # Cut before it is escaped, so that no entity is torn.
    longest = bisect_right(range(len(text)), room, key=lambda length: len(_escaped(text[:length]).encode()))
    return _escaped(text[: longest - 1]) + tail


def _escaped(text: str) -> str:
    return _PLACEHOLDER.sub("{\u2060", html.escape(text, quote=False)).replace("\n", "<br>")


def _all(chunk: Sequence[ContactUpdate], why: str) -> dict[str, str | None]:
    return {update.contact_id: why for update in chunk}


def _cut(value: Value) -> Value:
    """Shorten text to what a one-line field takes, visibly."""
    if isinstance(value, str) and len(value) > _LONGEST_TEXT:
        return value[: _LONGEST_TEXT - 1] + "…"
    return value


def _reason(body: Any) -> str:
    """Read Zendesk's error bodies: {"error": .., "description": .., "details": {field: [{description}]}}."""
    if not isinstance(body, dict):
        return "no reason given"
    details = body.get("details")
    if isinstance(details, dict):
        told = [
            str(one.get("description")) for many in details.values() for one in many if isinstance(one, dict)
        ]
        if told:
            return "; ".join(told)
    error = body.get("error")
    return str(body.get("description") or (error.get("message") if isinstance(error, dict) else error))
