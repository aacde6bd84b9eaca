"""Lampa Studio at Braintree: ten months of billing in four currencies, decided by one seed."""

import random
from collections.abc import Callable
from datetime import UTC, datetime, time
from decimal import Decimal
from typing import Any

from sandbox import people
from sandbox.braintree import disputes, life, shapes, subscriptions, transactions
from sandbox.braintree.books import DAY, Books, day, moment, money
from sandbox.braintree.merchant import BY_CURRENCY
from sandbox.clock import Clock
from sandbox.state import Json, State

_MONTHS = 8
_CARDS: tuple[Json, ...] = (
    {"card-type": "Visa", "bin": "411111", "last-4": "1111"},
    {"card-type": "MasterCard", "bin": "555555", "last-4": "4444"},
    {"card-type": "American Express", "bin": "378282", "last-4": "0005"},
)
_PLANS = (
    ("pro_month_eur", "Pro monthly", "49.00", "EUR", 1, 0),
    ("pro_month_usd", "Pro monthly", "49.00", "USD", 1, 0),
    ("pro_month_gbp", "Pro monthly", "42.00", "GBP", 1, 0),
    ("pro_month_jpy", "Pro monthly", "5400", "JPY", 1, 0),
    ("basic_month_eur", "Basic monthly", "19.00", "EUR", 1, 14),
    ("team_year_usd", "Team yearly", "990.00", "USD", 12, 0),
)
_ONE_OFF = {"EUR": "24.00", "USD": "29.99", "GBP": "19.50", "JPY": "3200"}


def seed(state: State, clock: Clock, seed: int, customers: int) -> None:
    """Make up the merchant's customers and live their months up to now; nothing if they are there."""
    if state.get_setting("braintree.seeded"):
        return
    now = clock.timestamp()
    midnight = int(datetime.combine(clock.now().date(), time(), UTC).timestamp())
    with state.transaction():
        state.set_setting("braintree.seeded", True)
        books = Books(state, midnight - (_MONTHS * 31 + 10) * DAY, is_quiet=True)
        _open_shop(books)
        _Story(books, midnight, now).write(random.Random(seed * 7 + 3), 12 + min(14, customers // 4))
        life.run(state, now, life.DEEDS | DEEDS, quiet_before=midnight)


def _open_shop(books: Books) -> None:
    for id, name, price, currency, months, trial in _PLANS:
        made = shapes.plan(id, name, price, currency, months=months, trial_days=trial)
        books.put("plan", {**made, "created-at": moment(books.at), "updated-at": moment(books.at)})
    for kind, id, name, amount in (
        ("discount", "welcome5", "Welcome discount", "5.00"),
        ("discount", "loyal10", "Loyalty discount", "10.00"),
        ("add_on", "support", "Priority support", "15.00"),
    ):
        made = shapes.modification(kind, id, name, amount)
        books.put(kind, {**made, "created-at": moment(books.at), "updated-at": moment(books.at)})


class _Story:
    """Writes who does what and when as plans of the books."""

    def __init__(self, books: Books, midnight: int, now: int) -> None:
        self._books = books
        self._midnight = midnight
        self._now = now

    def write(self, draw: random.Random, crowd: int) -> None:
        self._cast()
        self._troubles()
        for number in range(crowd):
            self._somebody(people.make(draw, 900 + number), draw)
        self._today()

    def _ago(self, days: float, hour: float = 10) -> int:
        return int(self._midnight - days * DAY + hour * 3600)

    def _plan(self, days: float, what: str, hour: float = 10, **args: Any) -> None:
        at = self._ago(days, hour)
        if at <= self._now:
            self._books.plan(at, what, **args)

    def _joins(self, days: float, person: Json, card: int = 0, **more: Any) -> None:
        self._plan(days, "join", hour=8, person=person, card=_CARDS[card], **more)

    def _subscribes(self, days: float, person: Json, plan: str, **more: Any) -> None:
        self._plan(days, "subscribe", hour=9, key=person["key"], plan=plan, **more)

    def _cast(self) -> None:
        maria = people.cast("bt_maria", "Maria Kowalska", "maria@example.com", "PL", "Gdańsk")
        self._joins(200, maria, vat_number="PL5252344078")
        self._subscribes(200, maria, "pro_month_eur")
        self._plan(30, "give_back", key="bt_maria", amount="9.00")
        kenji = people.cast("bt_kenji", "Kenji Sato", "kenji@example.com", "JP")
        self._joins(150, kenji, 1)
        self._subscribes(150, kenji, "pro_month_jpy")
        sofia = people.cast("bt_sofia", "Sofia Lindgren", "Sofia@Example.com", "SE")
        self._joins(120, sofia)
        self._subscribes(120, sofia, "basic_month_eur", discount="welcome5")

    def _troubles(self) -> None:
        rows = (
            ("bt_ruth", "Ruth Adams", "US", "pro_month_usd", 170),
            ("bt_owen", "Owen Price", "GB", "pro_month_gbp", 160),
            ("bt_elsa", "Elsa Holm", "SE", "pro_month_eur", 140),
            ("bt_iris", "Iris Clark", "US", "team_year_usd", 220),
            ("bt_hugo", "Hugo Martin", "FR", "pro_month_eur", 95),
            ("bt_dana", "Dana Wolf", "DE", "basic_month_eur", 9),
            ("bt_finn", "Finn Koch", "DE", "basic_month_eur", 190),
        )
        for key, name, country, plan, days in rows:
            person = people.cast(key, name, f"{key[3:]}@braintree.example", country)
            self._joins(days, person)
            self._subscribes(days, person, plan, cycles=3 if key == "bt_finn" else None)
        self._plan(45, "quarrel", key="bt_ruth", reason="product_not_received", outcome="lost")
        self._plan(40, "quarrel", key="bt_owen", reason="duplicate", outcome="won")
        self._plan(5, "quarrel", key="bt_elsa", reason="fraud")
        self._plan(50, "quarrel", key="bt_iris", reason="not_recognized")
        self._plan(60, "give_back", key="bt_owen")
        self._plan(21, "give_back", key="bt_hugo", amount="12.50", fate="fails")
        self._plan(20, "declines", key="bt_hugo", code="2001")
        self._plan(15, "leave", key="bt_ruth")
        self._plan(25, "stop", key="bt_elsa")
        nina = people.cast("bt_nina", "Nina Bauer", "nina@braintree.example", "AT")
        self._joins(33, nina)
        self._plan(
            32, "buy", key="bt_nina", amount="120.00", currency="EUR", item="Reserved licence", submit=False
        )
        self._plan(
            3, "buy", key="bt_nina", amount="80.00", currency="EUR", item="Workshop seat", submit=False
        )
        self._plan(14, "buy", key="bt_nina", amount="2001.00", currency="EUR", item="Studio package")
        self._plan(13, "buy", key="bt_nina", amount="4001.00", currency="EUR", item="Studio package, again")
        self._plan(12, "buy", key="bt_nina", amount="60.00", currency="EUR", item="Brush set", tax="9.58")
        self._plan(12, "take_back", hour=11, key="bt_nina")
        for number, (days, currency) in enumerate(((70, "EUR"), (38, "USD"), (18, "GBP"))):
            guest = ["Guest", "Buyer", f"btguest{number + 1}@example.org"]
            self._plan(
                days, "buy", guest=guest, amount=_ONE_OFF[currency], currency=currency, item="Poster template",
                tax="3.83" if currency == "EUR" else None,
            )  # fmt: skip

    def _somebody(self, person: Json, draw: random.Random) -> None:
        currency = person["currency"].upper()
        if currency not in BY_CURRENCY:
            currency = "EUR"
        began = draw.randrange(5, _MONTHS * 31)
        self._joins(began, person, draw.randrange(len(_CARDS)))
        if draw.random() < 0.6:
            self._subscribes(began, person, f"pro_month_{currency.lower()}", discount="loyal10"
                             if draw.random() < 0.2 and currency != "JPY" else None)  # fmt: skip
            if draw.random() < 0.2:
                self._plan(draw.randrange(1, 5), "give_back", key=person["key"], part="0.5")
        for _ in range(draw.randrange(0, 4)):
            days = draw.randrange(1, began)
            self._plan(
                days, "buy", hour=draw.randrange(7, 21), key=person["key"], amount=_ONE_OFF[currency],
                currency=currency, item=draw.choice(("Icon pack", "Font licence", "Poster template")),
            )  # fmt: skip

    def _today(self) -> None:
        wanted = (("bt_maria", "15.00", "EUR"), ("bt_kenji", "1800", "JPY"), (None, "22.00", "USD"))
        for number, (key, amount, currency) in enumerate(wanted):
            at = max(self._midnight + number + 1, min(self._midnight + 1800, self._now - 300) + 20 * number)
            who: Json = {"key": key} if key else {"guest": ["Walk-in", "Guest", "btwalkin@example.org"]}
            self._books.plan(at, "buy", amount=amount, currency=currency, item="Sticker sheet", **who)


def _join(books: Books, person: Json, card: Json, vat_number: str | None = None) -> None:
    first, _, last = person["name"].partition(" ")
    made = shapes.customer(
        books.new_id("customer", 10), moment(books.at), first_name=first, last_name=last,
        email=person["email"], phone=person["phone"], vat_number=vat_number,
    )  # fmt: skip
    home = person["address"]
    known = {
        "id": "ab", "first-name": first, "last-name": last, "street-address": home["line1"],
        "locality": home["city"], "postal-code": home["postal_code"], "country-code-alpha2": home["country"],
    }  # fmt: skip
    made["addresses"].append(shapes.address(known))
    made["credit-cards"].append(shapes.card(books.new_id("card", 7), card, person["name"]))
    books.put("customer", made)
    books.put("person", {"id": person["key"], "customer": made["id"]})


def _customer(books: Books, key: str) -> Json:
    return books.must("customer", books.must("person", key)["customer"])


def _subscribe(
    books: Books, key: str, plan: str, discount: str | None = None, cycles: int | None = None
) -> None:
    discounts = [books.must("discount", discount)] if discount else []
    subscriptions.create(
        books, books.must("plan", plan), _customer(books, key), discounts=discounts, cycles=cycles
    )


def _buy(
    books: Books,
    amount: str,
    currency: str,
    item: str,
    key: str | None = None,
    guest: list[str] | None = None,
    tax: str | None = None,
    submit: bool = True,
) -> None:
    customer = _customer(books, key) if key else None
    first, last, email = guest or ["", "", ""]
    card = customer["credit-cards"][0] if customer else shapes.card(None, _CARDS[0], f"{first} {last}")
    transactions.sale(
        books, Decimal(amount), BY_CURRENCY[currency], customer=customer, card=card, email=email or None,
        guest=(first, last), submit=submit, order_id=f"order-{day(books.at)}-{books.new_id('order', 4)}",
        line_items=[shapes.line_item(item, amount, tax)], tax_amount=tax,
    )  # fmt: skip


def _latest(books: Books, key: str) -> Json | None:
    id = _customer(books, key)["id"]
    for one in books.every("transaction"):
        is_paid = one["type"] == "sale" and one["status"] == "settled" and not one["disputes"]
        if one["customer"]["id"] == id and is_paid and transactions.refundable(books, one) > 0:
            return one
    return None


def _give_back(
    books: Books, key: str, amount: str | None = None, part: str | None = None, fate: str | None = None
) -> None:
    paid = _latest(books, key)
    if paid is None:
        return
    wanted = Decimal(amount) if amount else None
    if part:
        currency = paid["currency-iso-code"]
        wanted = Decimal(money(transactions.refundable(books, paid) * Decimal(part), currency))
    transactions.refund(books, paid, wanted, fate=fate)


def _quarrel(books: Books, key: str, reason: str, outcome: str | None = None) -> None:
    paid = _latest(books, key)
    if paid is not None:
        disputes.begin(books, paid, reason, outcome=outcome)


def _take_back(books: Books, key: str) -> None:
    id = _customer(books, key)["id"]
    made = next(one for one in books.every("transaction") if one["customer"]["id"] == id)
    transactions.void(books, made)


def _declines(books: Books, key: str, code: str) -> None:
    customer = _customer(books, key)
    customer["credit-cards"][0]["_declines"] = code
    books.put("customer", customer)


def _leave(books: Books, key: str) -> None:
    customer = _customer(books, key)
    _stop(books, key)
    books.remove("customer", customer["id"])


def _stop(books: Books, key: str) -> None:
    id = _customer(books, key)["id"]
    for one in books.every("subscription"):
        if one["_customer"] == id and one["status"] in ("Active", "Past Due", "Pending"):
            subscriptions.cancel(books, one)


DEEDS: dict[str, Callable[..., object]] = {
    "buy": _buy,
    "declines": _declines,
    "give_back": _give_back,
    "join": _join,
    "leave": _leave,
    "quarrel": _quarrel,
    "stop": _stop,
    "subscribe": _subscribe,
    "take_back": _take_back,
}
