"""What happens in a shop by itself: renewals, parcels that arrive, bank transfers that come in, terms that end."""

import heapq
from collections.abc import Callable
from itertools import count

from sandbox.state import Json, State
from sandbox.woocommerce import orders, subscriptions
from sandbox.woocommerce.books import Books, seconds
from sandbox.woocommerce.shops import SHOPS, Shop

DAY = 86_400
_ARRIVES_AFTER = 3 * DAY
Deed = Callable[[Books], None]


class Agenda:
    """What is still to come in one shop, in order of time."""

    def __init__(self, state: State, shop: Shop, *, quiet_before: int = 0) -> None:
        self._state = state
        self._shop = shop
        self._quiet_before = quiet_before
        self._numbers = count()
        self._heap: list[tuple[int, int, Deed]] = []

    def add(self, at: int, deed: Deed) -> None:
        """Note a deed for a moment (Unix seconds)."""
        heapq.heappush(self._heap, (at, next(self._numbers), deed))

    def run(self, since: int, until: int) -> None:
        """Do everything due in (since, until], and what follows from it."""
        while self._heap and self._heap[0][0] <= until:
            at, _, deed = heapq.heappop(self._heap)
            if at <= since:
                continue
            books = Books(self._state, self._shop, at, is_quiet=at < self._quiet_before)
            with self._state.transaction():
                deed(books)
                self._note_new(books)

    def watch(self) -> None:
        """Note what will become of everything that is in the shop now."""
        books = Books(self._state, self._shop, 0)
        for found in books.every("subscription"):
            self.follow_subscription(found)
        for order in books.every("order"):
            self.follow_order(order)

    def follow_order(self, order: Json) -> None:
        """A paid parcel arrives three days later; a bank transfer comes in when its order says so."""
        if order["status"] == "processing" and order["date_paid_gmt"]:
            at = seconds(order["date_paid_gmt"]) + _ARRIVES_AFTER
            self.add(at, lambda books: _arrives(books, order["id"]))
        if order["status"] == "on-hold" and order.get("~pays_at"):
            self.add(order["~pays_at"], lambda books: _is_paid(books, order["id"]))

    def follow_subscription(self, found: Json) -> None:
        """The next payment falls due, or the term ends."""
        at = subscriptions.due_at(found)
        if found["status"] == "active" and at is not None:
            self.add(at, lambda books: _renews(books, found["id"], at))
        last = found["end_date_gmt"] or found["next_payment_date_gmt"]
        if found["status"] == "pending-cancel" and last:
            self.add(seconds(last), lambda books: _ends(books, found["id"]))

    def _note_new(self, books: Books) -> None:
        for kind, follow in (("order", self.follow_order), ("subscription", self.follow_subscription)):
            for obj in books.every(kind):
                if obj.get("date_modified_gmt") and seconds(obj["date_modified_gmt"]) == books.now:
                    follow(obj)


def pass_time(state: State, since: int, until: int) -> None:
    """Let what fell due in (since, until], in Unix seconds, happen in both shops."""
    for shop in SHOPS.values():
        agenda = Agenda(state, shop)
        agenda.watch()
        agenda.run(since, until)


def _renews(books: Books, id: int, at: int | None) -> None:
    found = books.get("subscription", id)
    if found is not None and found["status"] == "active" and subscriptions.due_at(found) == at:
        subscriptions.renew(books, found, is_paid=not found.get("~declines"))


def _ends(books: Books, id: int) -> None:
    found = books.get("subscription", id)
    if found is not None and found["status"] == "pending-cancel":
        subscriptions.move(books, found, "cancelled")
        books.touch("subscription", found)


def _arrives(books: Books, id: int) -> None:
    order = books.get("order", id)
    if order is not None and order["status"] == "processing":
        orders.move(books, order, "completed")


def _is_paid(books: Books, id: int) -> None:
    order = books.get("order", id)
    if order is not None and order["status"] == "on-hold":
        orders.move(books, order, "processing")
