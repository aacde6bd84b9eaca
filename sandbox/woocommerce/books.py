"""One shop's memory at one moment: its objects, its counters, its ledger and its webhooks' events."""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from sandbox import deliveries, finance, ledger
from sandbox.state import Json, Jsons, State
from sandbox.woocommerce.errors import invalid_id
from sandbox.woocommerce.shops import VENDOR, Shop, zone

CENT = Decimal("0.01")


def cents(amount: Decimal) -> Decimal:
    """Round to the shop's two decimals, as PHP's round does."""
    return amount.quantize(CENT, ROUND_HALF_UP)


def text(amount: Decimal) -> str:
    """Write an amount as the API does: "12.00"."""
    return str(cents(amount))


@dataclass(frozen=True)
class Books:
    """A shop's objects at a moment (Unix seconds). `is_quiet` leaves no events behind: that was long ago."""

    state: State
    shop: Shop
    now: int
    is_quiet: bool = False

    def get(self, kind: str, id: Any) -> Json | None:
        """Return an object as it is kept, or None."""
        return self.state.get(VENDOR, self.shop.name, kind, str(id))

    def must(self, kind: str, id: Any) -> Json:
        """Return an object as it is kept.

        Raises:
            WooError: 404.
        """
        found = self.get(kind, id)
        if found is None:
            raise invalid_id(kind)
        return found

    def put(self, kind: str, obj: Json, parent: Any = None) -> Json:
        """Keep an object; its place in time is `date_created_gmt`, where it has one."""
        born = seconds(obj["date_created_gmt"]) if obj.get("date_created_gmt") else self.now
        self.state.put(
            VENDOR,
            self.shop.name,
            kind,
            obj,
            None if parent is None else str(parent),
            created=born,
        )
        return obj

    def remove(self, kind: str, id: Any) -> None:
        """Forget an object."""
        self.state.delete(VENDOR, self.shop.name, kind, str(id))

    def every(self, kind: str, parent: Any = None) -> Jsons:
        """Return all objects of a kind, newest first."""
        return self.state.list(VENDOR, self.shop.name, kind, parent=None if parent is None else str(parent))

    def number(self, what: str) -> int:
        """Return the next number of a counter, such as "posts" (orders, refunds, coupons, products) or "users"."""
        return self.state.next_number(f"{VENDOR}.{self.shop.name}.{what}")

    def meta(self, key: str, value: Any) -> Json:
        """Return an entry of meta_data."""
        return {"id": self.number("meta"), "key": key, "value": value}

    def dates(self, name: str, at: int | None) -> Json:
        """Return {date_<name>: the shop's local time, date_<name>_gmt: GMT}; a number of Unix seconds or None."""
        if at is None:
            return {f"date_{name}": None, f"date_{name}_gmt": None}
        gmt = datetime.fromtimestamp(at, UTC)
        local = gmt.astimezone(zone(self.state, self.shop))
        return {f"date_{name}": plain(local), f"date_{name}_gmt": plain(gmt)}

    def touch(self, kind: str, obj: Json, event: str = "updated") -> Json:
        """Keep a changed object with its new date, and tell the webhooks."""
        obj |= self.dates("modified", self.now)
        self.put(kind, obj, obj.get("parent_id") if kind == "refund" else None)
        self.announce(kind, event, obj["id"])
        return obj

    def announce(self, resource: str, event: str, id: Any) -> None:
        """Leave an event for the active webhooks of the topic, if there are any."""
        topic = f"{resource}.{event}"
        if self.is_quiet:
            return
        for webhook in self.every("webhook"):
            if webhook["topic"] == topic and webhook["status"] == "active":
                event_id = self.delivery_id(webhook["id"])
                told = {"id": event_id, "topic": topic, "object_id": id, "webhook_id": webhook["id"]}
                self.put("event", told)
                deliveries.enqueue(self.state, self.shop.name, event_id)

    def delivery_id(self, webhook: int) -> str:
        """Return an id as the shop makes it, with a counter where WooCommerce takes the second alone."""
        seed = f"{self.shop.name}:{webhook}:{self.now}:{self.number('deliveries')}"
        return hashlib.md5(seed.encode(), usedforsecurity=False).hexdigest()

    def book(self, measure: str, amount: Decimal, currency: str) -> None:
        """Write an amount into the company's own ledger, today."""
        ledger.record(self.state, VENDOR, self.shop.name, currency, measure, amount, self.now)

    @property
    def desk(self) -> finance.Desk:
        """The company's bookkeeper for this shop, now."""
        return finance.Desk(self.state, VENDOR, self.shop.name, self.now)


def plain(moment: datetime) -> str:
    """Write a moment as the API does: "2026-11-23T06:05:29"."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S")


def seconds(gmt: str) -> int:
    """Read what `plain` wrote in GMT; a blank may stand for the T."""
    return int(datetime.fromisoformat(gmt.replace(" ", "T")).replace(tzinfo=UTC).timestamp())
