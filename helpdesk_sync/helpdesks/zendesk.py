"""Zendesk Support: user fields, end users by cursor, and bulk updates whose jobs are read row by row.

Single updates are limited to one a second and five a minute per user, so everything goes through update_many:
100 users a job. create_or_update_many is not used: it is closed unless Zendesk opened it for the account.
"""

import time
from collections.abc import Iterator, Sequence
from typing import Any

import httpx

from billing.errors import BadCredential, BillhouseError, ConfigError, NotFound, Refused
from billing.settings import Settings
from billing.settings_model import ZendeskAccount
from helpdesk_sync.http import JsonApi
from helpdesk_sync.ports import Contact, ContactUpdate, Field, FieldKind, Helpdesk, Value

_API = "/api/v2"
_JOB_SIZE = 100
_JOBS_AT_ONCE = 5  # an account may have 30 waiting, ours and everybody else's
_LONGEST_TEXT = 255
_JOB_SECONDS = 300
_KINDS = {FieldKind.TEXT: "text", FieldKind.DATE: "date", FieldKind.INTEGER: "integer"}


def accounts(settings: Settings) -> list[Helpdesk]:
    """Open the Zendesk accounts of billhouse.toml."""
    return [Zendesk(account) for account in settings.helpdesks.zendesk]


class Zendesk:
    """One Zendesk account; see `helpdesk_sync.ports.Helpdesk` for what is promised."""

    def __init__(self, account: ZendeskAccount) -> None:
        self.name = f"zendesk:{account.account}"
        self.batch = _JOB_SIZE * _JOBS_AT_ONCE
        self._email = account.email
        auth = httpx.BasicAuth(f"{account.email}/token", account.api_token.get_secret_value())
        self._api = JsonApi(title="Zendesk", base_url=account.base_url, auth=auth, explain=_reason)

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

    def ensure_fields(self, fields: Sequence[Field]) -> None:
        """Create the user fields that are absent.

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

    def note(self, ticket_id: str, marker: str, text: str) -> None:
        """Add an internal note unless one of the ticket's comments has the marker."""
        path = f"{_API}/tickets/{int(ticket_id)}"
        for comment in self._pages("comments", f"{path}/comments"):
            if marker in comment["body"]:
                return
        self._api.send("PUT", path, {"ticket": {"comment": {"body": text, "public": False}}})

    def close(self) -> None:
        """Close the connections."""
        self._api.close()

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
