"""The PayPal account at one moment: where its objects are read and changed, reported and told about as events."""

import base64
import hashlib
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from sandbox import deliveries, finance, ledger
from sandbox.paypal.accounts import ACCOUNTS, VENDOR
from sandbox.paypal.money import local_moment, moment, money
from sandbox.state import Json, State

_LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"


def ident(words: str, length: int) -> str:
    """Return capital letters and digits in PayPal's manner, always the same for the same words."""
    digest = hashlib.blake2b(words.encode(), digest_size=40).digest()
    text = base64.b32encode(digest).decode()
    table = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", _LETTERS)
    return text.translate(table)[:length]


class Thing:
    """A stored object: its body as the API shows it (links aside) and what only PayPal knows."""

    def __init__(self, kind: str, id: str, body: Json, inner: Json, created: int) -> None:
        self.kind = kind
        self.id = id
        self.body = body
        self.inner = inner
        self.created = created


class Books:
    """The account's objects at a moment `at` (Unix seconds). Use it inside a transaction of the state."""

    def __init__(self, state: State, account: str, at: int, *, quiet: bool = False) -> None:
        self.state = state
        self.account = ACCOUNTS[account]
        self.at = at
        self._quiet = quiet

    @property
    def now(self) -> str:
        """The moment as the API writes it."""
        return moment(self.at)

    def new_id(self, kind: str, length: int = 17) -> str:
        """Return a fresh id, decided by the seed, the account and how many there were before."""
        number = self.state.next_number(f"{VENDOR}.{self.account.name}.{kind}")
        return ident(f"{self.state.get_setting('seed', 0)}:{self.account.name}:{kind}:{number}", length)

    def put(self, thing: Thing, **links: str | None) -> Thing:
        """Store a new or changed object."""
        row = {"id": thing.id, "body": thing.body, "inner": thing.inner, "created": thing.created}
        self.state.put(VENDOR, self.account.name, thing.kind, row, created=thing.created, links=links)
        return thing

    def make(self, kind: str, id: str, body: Json, inner: Json | None = None, **links: str | None) -> Thing:
        """Store a new object, made now."""
        return self.put(Thing(kind, id, body, inner or {}, self.at), **links)

    def find(self, kind: str, id: str) -> Thing | None:
        """Return an object, or None."""
        row = self.state.get(VENDOR, self.account.name, kind, id)
        return None if row is None else Thing(kind, id, row["body"], row["inner"], row["created"])

    def must(self, kind: str, id: str) -> Thing:
        """Return an object that has to be there.

        Raises:
            LookupError: it is not.
        """
        found = self.find(kind, id)
        if found is None:
            raise LookupError(f"{self.account.name} has no {kind} {id}")
        return found

    def every(self, kind: str, **choice: Any) -> list[Thing]:
        """Return objects newest first, chosen as in `State.rows`."""
        rows = self.state.list(VENDOR, self.account.name, kind, **choice)
        return [Thing(kind, row["id"], row["body"], row["inner"], row["created"]) for row in rows]

    def emit(self, type: str, resource_type: str, resource: Json, summary: str = "") -> None:
        """Tell what happened: an event with the object as it is now, and a delivery if someone listens."""
        if self._quiet:
            return
        id = f"WH-{self.new_id('event')}-{self.new_id('event')}"
        body = {
            "id": id,
            "event_version": "1.0",
            "create_time": self.now,
            "resource_type": resource_type,
            "resource_version": "2.0",
            "event_type": type,
            "summary": summary or type.replace(".", " ").capitalize(),
            "resource": resource,
        }
        self.make("event", id, body)
        deliveries.enqueue(self.state, self.account.name, id)

    def record(self, currency: str, measure: str, major: Decimal) -> None:
        """Write an amount (major units) into the company's own ledger."""
        ledger.record(self.state, VENDOR, self.account.name, currency, measure, major, self.at)

    @property
    def desk(self) -> finance.Desk:
        """The company's bookkeeper for this account, now."""
        return finance.Desk(self.state, VENDOR, self.account.name, self.at)

    def report(
        self,
        code: str,
        id: str,
        amount: Decimal,
        currency: str,
        *,
        status: str = "S",
        fee: Decimal = Decimal(0),
        reference: tuple[str, str] | None = None,
        info: Json | None = None,
        more: Json | None = None,
    ) -> None:
        """Write a line of the transaction report; the ledger's fees and net move if it succeeded.

        Args:
            code: the event code, such as T0006.
            id: the transaction's id, which another line may have too.
            amount: gross, signed.
            currency: of both amounts.
            status: S succeeded, P pending, D denied, V reversed, F partially refunded.
            fee: what PayPal keeps, not negative; reports show it as negative.
            reference: (type, id) of what the line belongs to: TXN, SUB, ODR.
            info: further fields of transaction_info.
            more: payer_info, shipping_info and cart_info.
        """
        when = local_moment(self.at, self.account.time_zone)
        told: Json = {
            "transaction_id": id,
            "transaction_event_code": code,
            "transaction_initiation_date": when,
            "transaction_updated_date": when,
            "transaction_amount": money(amount, currency),
            "transaction_status": status,
            "protection_eligibility": "01",
            **(info or {}),
        }
        if fee:
            told["fee_amount"] = money(-fee, currency)
        if reference is not None:
            told |= {"paypal_reference_id_type": reference[0], "paypal_reference_id": reference[1]}
        sign = "debit" if amount < 0 else "credit"
        key = f"{id}:{code}:{sign}:{currency}"
        row = {"transaction_info": told, **(more or {})}
        self.make("report", key, {"versions": [[self.at, row]]}, {"initiated": self.at}, transaction=id)
        if status in ("S", "F", "V") and not code.startswith("T13"):
            self._settle(code, amount, fee, currency)

    def rereport(self, code: str, id: str, change: Callable[[Json], None], *, settles: bool = False) -> None:
        """Change the line of a transaction: its status, and with it its date of update; older readers keep theirs.

        Args:
            code: its event code.
            id: its transaction's id.
            change: changes a copy of its transaction_info.
            settles: whether the money moves with this change, as when a pending payment clears.
        """
        for thing in self.every("report", where=("transaction", (id,))):
            row = thing.body["versions"][-1][1]
            told = dict(row["transaction_info"])
            if told["transaction_event_code"] != code:
                continue
            change(told)
            told["transaction_updated_date"] = local_moment(self.at, self.account.time_zone)
            thing.body["versions"].append([self.at, {**row, "transaction_info": told}])
            self.put(thing)
            if settles:
                kept = Decimal(told["fee_amount"]["value"]) if "fee_amount" in told else Decimal(0)
                amount = told["transaction_amount"]
                self._settle(code, Decimal(amount["value"]), -kept, amount["currency_code"])

    def _settle(self, code: str, amount: Decimal, fee: Decimal, currency: str) -> None:
        """Move the balance; the ledger's fees and net move with it. A line of group T01 is itself a fee."""
        self.record(currency, "fees", -amount if code.startswith("T01") else fee)
        self.record(currency, "net", amount - fee)
        name = f"{VENDOR}.balance.{currency}"
        self.state.set_setting(name, str(Decimal(self.state.get_setting(name, "0")) + amount - fee))
