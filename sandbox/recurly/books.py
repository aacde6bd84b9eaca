"""The site's books at one moment: objects with their dates, notifications, the ledger, and what is planned."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import orjson

from sandbox import deliveries, finance, ledger
from sandbox.recurly.site import ACCOUNT, SITE_ID, VENDOR
from sandbox.state import Json, Jsons, State

_LETTERS = "0123456789abcdefghijklmnopqrstuvwxyz"
_DEED = "deed"


def moment(at: int) -> str:
    """Write Unix seconds as Recurly does: "2026-11-23T18:00:00Z"."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def seconds(text: str) -> int:
    """Read what `moment` wrote."""
    return int(datetime.fromisoformat(text).timestamp())


@dataclass
class Books:
    """Everything a deed needs: the memory, and the Unix second at which it happens."""

    state: State
    at: int
    is_quiet: bool = False
    """Leave no notifications: the company's past is made up before anybody listens."""

    @property
    def now(self) -> str:
        """The deed's moment as Recurly writes it."""
        return moment(self.at)

    def new_id(self) -> str:
        """Return 13 lower-case letters and digits, the same in every run."""
        number = int.from_bytes(self._digest()[:10])
        return "".join(_LETTERS[number // 36**n % 36] for n in range(13))

    def new_uuid(self) -> str:
        """Return 32 hexadecimal digits, the same in every run."""
        return self._digest().hex()[:32]

    def add(self, kind: str, record: Json, **links: str | None) -> Json:
        """Store a new object, dated now; it can be found by its links."""
        record |= {"created_at": self.now, "updated_at": self.now}
        self.state.put(VENDOR, ACCOUNT, kind, record, created=self.at, links=links)
        return record

    def save(self, kind: str, record: Json, **links: str | None) -> None:
        """Store a changed object: `updated_at` moves."""
        record["updated_at"] = self.now
        self.state.put(VENDOR, ACCOUNT, kind, record, links=links)

    def get(self, kind: str, id: str) -> Json | None:
        """Return an object or None."""
        return self.state.get(VENDOR, ACCOUNT, kind, id)

    def must(self, kind: str, id: str) -> Json:
        """Return an object that is known to exist.

        Raises:
            LookupError: it does not.
        """
        found = self.get(kind, id)
        if found is None:
            raise LookupError(f"no {kind} {id}")
        return found

    def linked(self, kind: str, field: str, id: str) -> Jsons:
        """Return the objects put with such a link, oldest first."""
        return self.state.list(VENDOR, ACCOUNT, kind, where=(field, [id]), oldest_first=True)

    def note(self, currency: str, measure: str, amount: Decimal) -> None:
        """Write into the company's ledger, which knows nothing of the objects."""
        ledger.record(self.state, VENDOR, ACCOUNT, currency, measure, amount, self.at)

    @property
    def desk(self) -> finance.Desk:
        """The company's bookkeeper for this site, now."""
        return finance.Desk(self.state, VENDOR, ACCOUNT, self.at)

    def notify(self, object_type: str, event_type: str, subject: Json, **more: Any) -> None:
        """Tell whoever listens that something happened: ids only, as Recurly's JSON webhooks do."""
        if self.is_quiet:
            return
        event_id = self.new_id()
        body = {
            "id": subject["id"],
            "object_type": object_type,
            "site_id": SITE_ID,
            "event_type": f"{object_type}.{event_type}",
            "event_time": self.now,
            **({"uuid": subject["uuid"]} if "uuid" in subject else {}),
            **more,
        }
        self.state.put(VENDOR, ACCOUNT, "event", {"id": event_id, "body": body}, created=self.at)
        deliveries.enqueue(self.state, ACCOUNT, event_id)

    def plan(self, at: int, deed: str, **args: Any) -> None:
        """Let something happen at a later moment (Unix seconds)."""
        thing = {"id": f"deed{self.state.next_number('recurly.deeds')}", "deed": deed, "args": args}
        self.state.put(VENDOR, ACCOUNT, _DEED, thing, created=at)

    def _digest(self) -> bytes:
        number = self.state.next_number("recurly.ids")
        return hashlib.sha256(f"recurly {number}".encode()).digest()


def take_due(state: State, until: int) -> tuple[int, str, Mapping[str, Any]] | None:
    """Take the earliest planned deed due at or before a moment: (its Unix second, its name, its arguments)."""
    due = state.rows(VENDOR, ACCOUNT, _DEED, until=until, oldest_first=True, limit=1)
    if not due:
        return None
    thing = orjson.loads(due[0]["json"])
    state.delete(VENDOR, ACCOUNT, _DEED, thing["id"])
    return due[0]["created"], thing["deed"], thing["args"]
