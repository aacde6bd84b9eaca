"""The merchant's memory at one moment: its objects, what is planned, its ledger and its webhooks' events."""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from sandbox import deliveries, finance, ledger
from sandbox.braintree.errors import not_found
from sandbox.braintree.merchant import ACCOUNT, DECIMALS, VENDOR
from sandbox.state import Json, Jsons, State

DAY = 86_400
_LETTERS = "0123456789abcdefghjkmnpqrstvwxyz"


def moment(at: int) -> str:
    """Write Unix seconds as the gateway does: 2026-11-23T18:00:00Z."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def day(at: int) -> str:
    """Return the UTC day of Unix seconds: 2026-11-23."""
    return datetime.fromtimestamp(at, UTC).date().isoformat()


def seconds(text: str) -> int:
    """Read a moment or a day (its first second) as Unix seconds."""
    return int(datetime.fromisoformat(text.replace("Z", "")).replace(tzinfo=UTC).timestamp())


def money(amount: Decimal, currency: str) -> str:
    """Write an amount as the gateway does: "49.00", and "5400" for JPY."""
    return str(amount.quantize(Decimal(1).scaleb(-DECIMALS.get(currency, 2)), ROUND_HALF_UP))


def called(name: str) -> str:
    """Return a field's name as the gateway writes it; what begins with _ is the sandbox's own and stays."""
    return name if name.startswith("_") else name.replace("_", "-")


@dataclass(frozen=True)
class Books:
    """The merchant's objects at a moment `at` (Unix seconds). `is_quiet` leaves no webhooks: that was long ago."""

    state: State
    at: int
    is_quiet: bool = False

    def get(self, kind: str, id: str) -> Json | None:
        """Return an object as it is kept, or None."""
        return self.state.get(VENDOR, ACCOUNT, kind, id)

    def must(self, kind: str, id: str) -> Json:
        """Return an object as it is kept.

        Raises:
            BraintreeError: 404.
        """
        found = self.get(kind, id)
        if found is None:
            raise not_found()
        return found

    def put(self, kind: str, obj: Json, **links: str) -> Json:
        """Keep a new or changed object; by its links, which never change, it can be listed."""
        born = seconds(obj["created-at"]) if obj.get("created-at") else self.at
        self.state.put(VENDOR, ACCOUNT, kind, obj, created=born, links=links)
        return obj

    def touch(self, kind: str, obj: Json, **fields: Any) -> Json:
        """Change fields (underscores stand for hyphens) and the time of change."""
        obj |= {called(name): value for name, value in fields.items()}
        obj["updated-at"] = moment(self.at)
        return self.put(kind, obj)

    def remove(self, kind: str, id: str) -> None:
        """Forget an object."""
        self.state.delete(VENDOR, ACCOUNT, kind, id)

    def every(self, kind: str, **choice: Any) -> Jsons:
        """Return objects of a kind, newest first, chosen as in `State.rows`."""
        return self.state.list(VENDOR, ACCOUNT, kind, **choice)

    def new_id(self, kind: str, length: int = 8) -> str:
        """Return a fresh id, decided by the seed and by how many there were."""
        number = self.state.next_number(f"{VENDOR}.{kind}")
        salt = f"{self.state.get_setting('seed', 0)}:{kind}:{number}".encode()
        spread = int.from_bytes(hashlib.blake2b(salt, digest_size=16).digest())
        return "".join(_LETTERS[(spread >> (5 * place)) % 32] for place in range(length))

    def plan(self, at: int, what: str, **args: Any) -> None:
        """Note that something shall happen at a moment (Unix seconds)."""
        number = self.state.next_number(f"{VENDOR}.due")
        self.state.put(
            VENDOR, ACCOUNT, "due", {"id": str(number), "at": at, "what": what, "args": args}, created=at
        )

    def record(self, currency: str, measure: str, amount: Decimal) -> None:
        """Write an amount (major units) into the company's own ledger."""
        ledger.record(self.state, VENDOR, ACCOUNT, currency, measure, amount, self.at)

    @property
    def desk(self) -> finance.Desk:
        """The company's bookkeeper for this merchant, now."""
        return finance.Desk(self.state, VENDOR, ACCOUNT, self.at)

    def announce(self, kind: str, name: str, subject: Json) -> None:
        """Leave a webhook's event (`kind` as in WebhookNotification.Kind) with the object as it is now."""
        if self.is_quiet:
            return
        event_id = f"bt_{self.new_id('event', 16)}"
        event = {"id": event_id, "kind": kind, "timestamp": moment(self.at), "name": name, "subject": subject}
        self.state.put(VENDOR, ACCOUNT, "event", event, created=self.at)
        deliveries.enqueue(self.state, ACCOUNT, event_id)
