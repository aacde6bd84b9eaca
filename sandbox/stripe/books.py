"""One Stripe account at one moment: where its objects are read and changed, and told about as events."""

import base64
import hashlib
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sandbox import deliveries, finance, ledger
from sandbox.state import Json, Jsons, State
from sandbox.stripe.accounts import API_VERSION, VENDOR
from sandbox.stripe.currency import rounded, units
from sandbox.stripe.payment_shapes import balance_transaction

# The fields by which lists can be asked for one kind; they never change once set.
LINKS: dict[str, tuple[str, ...]] = {
    "charge": ("customer", "payment_intent"),
    "payment_intent": ("customer",),
    "refund": ("charge", "payment_intent"),
    "invoice": ("customer",),
    "invoice_payment": ("invoice",),
    "subscription": ("customer",),
    "subscription_item": ("subscription",),
    "dispute": ("charge", "payment_intent"),
    "balance_transaction": ("source", "type", "currency"),
    "credit_note": ("invoice", "customer"),
    "tax_id": ("customer",),
    "payment_method": ("customer",),
    "price": ("product",),
    "checkout.session": ("customer",),
    "event": ("type",),
}


def ident(salt: str, prefix: str, n: int | str) -> str:
    """Return an id in Stripe's manner, always the same for the same words: ch_ and 24 letters and digits."""
    digest = hashlib.blake2b(f"{salt}:{prefix}:{n}".encode(), digest_size=24).digest()
    text = base64.b64encode(digest).decode().translate(str.maketrans("+/", "Qz"))
    return f"{prefix}_{text[:24]}"


@dataclass(frozen=True)
class Cause:
    """The API request that makes something happen; events carry its ids. Empty when time itself did it."""

    request_id: str | None = None
    idempotency_key: str | None = None


class Books:
    """The account's objects at a moment `at` (Unix seconds). Use it inside a transaction of the state."""

    def __init__(
        self, state: State, account: str, at: int, *, cause: Cause | None = None, quiet_before: int = 0
    ) -> None:
        self.state = state
        self.account = account
        self.at = at
        self._cause = cause or Cause()
        self._quiet = at < quiet_before

    def new_id(self, prefix: str) -> str:
        """Return a fresh id such as ch_..., decided by the account and how many there were before."""
        salt = f"{self.state.get_setting('seed', 0)}:{self.account}"
        return ident(salt, prefix, self.state.next_number(f"{self.account}.{prefix}"))

    def get(self, kind: str, id: str) -> Json | None:
        """Return an object as the API shows it by default, or None."""
        return self.state.get(VENDOR, self.account, kind, id)

    def must(self, kind: str, id: str) -> Json:
        """Return an object that has to be there.

        Raises:
            LookupError: it is not.
        """
        found = self.get(kind, id)
        if found is None:
            raise LookupError(f"{self.account} has no {kind} {id}")
        return found

    def put(
        self, obj: Json, *, parent: str | None = None, born: int | None = None, **links: str | None
    ) -> Json:
        """Store a new or changed object under its own kind (its "object") and return it.

        Args:
            obj: the object.
            parent: what it is nested in.
            born: its place in lists (greater is first), where that is not its "created".
            links: references by which it can be listed, besides those in LINKS.
        """
        kind = obj["object"]
        named = {name: obj.get(name) for name in LINKS.get(kind, ())}
        created = born if born is not None else obj.get("created", self.at)
        self.state.put(VENDOR, self.account, kind, obj, parent, created=created, links=named | links)
        return obj

    def list(self, kind: str, **choice: Any) -> Jsons:
        """Return objects newest first, chosen as in `State.rows`."""
        return self.state.list(VENDOR, self.account, kind, **choice)

    def linked(self, kind: str, field: str, value: str) -> Jsons:
        """Return the objects of a kind that point at an id, newest first."""
        return self.list(kind, where=(field, (value,)))

    def emit(self, type: str, obj: Json, previous: Json | None = None) -> None:
        """Tell what happened: an event with the object as it is now, and a delivery if someone listens."""
        if self._quiet:
            return
        data: Json = {"object": obj}
        if previous is not None:
            data["previous_attributes"] = previous
        event = {
            "id": self.new_id("evt"),
            "object": "event",
            "api_version": API_VERSION,
            "created": self.at,
            "data": data,
            "livemode": False,
            "pending_webhooks": 0,
            "request": {"id": self._cause.request_id, "idempotency_key": self._cause.idempotency_key},
            "type": type,
        }
        listened = self.state.execute("select 1 from webhook_targets where account = ?", (self.account,))
        event["pending_webhooks"] = len(listened)
        self.put(event)
        deliveries.enqueue(self.state, self.account, str(event["id"]))

    def change(self, obj: Json, type: str | None = None, /, **fields: Any) -> Json:
        """Set fields of an object, store it, and tell it as an event of this type if any."""
        previous = {name: obj.get(name) for name, value in fields.items() if obj.get(name) != value}
        obj.update(fields)
        self.put(obj)
        if type is not None:
            self.emit(type, obj, previous)
        return obj

    def record(self, currency: str, measure: str, major: Decimal) -> None:
        """Write an amount (major units) into the company's own ledger."""
        ledger.record(self.state, VENDOR, self.account, currency, measure, major, self.at)

    @property
    def desk(self) -> finance.Desk:
        """The company's bookkeeper for this account, now."""
        return finance.Desk(self.state, VENDOR, self.account, self.at)

    def balance(
        self,
        type: str,
        source: str,
        currency: str,
        amount: Decimal,
        *,
        fee: Decimal = Decimal(0),
        days: int = 0,
        category: str | None = None,
        description: str | None = None,
        country: str | None = None,
    ) -> Json:
        """Move the account's balance (major units): one balance transaction, available after some days.

        Fees are in the same currency. The ledger's `fees` and `net` move with it.
        """
        fee = rounded(fee, currency)
        self.record(currency, "fees", fee)
        self.record(currency, "net", amount - fee)
        if fee:
            self.desk.revenue(currency, country, "fees", fee)
        available = (self.at // 86_400 + days) * 86_400 if days else self.at
        return self.put(
            balance_transaction(
                self.new_id("txn"), self.at, type, source, currency, units(amount, currency), units(fee, currency),
                available, status="pending" if days else "available", category=category, description=description,
            )
        )  # fmt: skip
