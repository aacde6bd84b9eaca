"""Lampa Studio's PayPal account: fourteen months of billing in four currencies, decided by one seed."""

import random
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime, time
from typing import Any

from sandbox import people
from sandbox.clock import Clock
from sandbox.paypal import agenda
from sandbox.paypal.accounts import MAIN, VENDOR, knob
from sandbox.paypal.life import DEEDS
from sandbox.paypal.payments import DAY
from sandbox.state import Json, State

_SEEDED = "paypal.seeded"
_HISTORY_DAYS = 425
_EVENT_DAYS = 30
_MOST_PEOPLE = 36
_CURRENCIES = {"eur": "EUR", "gbp": "GBP", "jpy": "JPY", "usd": "USD"}
_GOODS = (("Poster template", 24), ("Icon pack Harbour", 15), ("Font licence", 39), ("Brand kit", 89))
_COUNTED = {
    "capture": "captures", "refund": "refunds", "authorization": "authorizations", "order": "orders",
    "subscription": "subscriptions", "plan": "plans", "product": "products", "invoice": "invoices",
    "dispute": "disputes", "report": "transactions",
}  # fmt: skip


class _Script:
    """What is going to happen, by days before today."""

    def __init__(self, state: State, midnight: int, latest: int) -> None:
        self._state = state
        self._midnight = midnight
        self._latest = latest
        self._entries: list[tuple[int, str, Json]] = []

    def add(self, days: float, deed: str, /, **args: Any) -> None:
        """Something happens so many days ago (a fraction is a time of day), if that is not too late."""
        at = int(self._midnight - days * DAY) + 9 * 3600
        if at <= self._latest:
            self._entries.append((at, deed, args))

    def today(self, deed: str, n: int, /, **args: Any) -> None:
        """Something happens in the small hours of today; yesterday, while reports do not tell of today yet."""
        self._entries.append((min(self._midnight + 60 + 600 * n, self._latest - 600 + n), deed, args))

    def write(self) -> None:
        """Put it all into the agenda, in order of time."""
        for at, deed, args in sorted(self._entries, key=lambda entry: entry[0]):
            agenda.plan(self._state, MAIN.name, at, deed, **args)


def seed(state: State, clock: Clock, seed: int, customers: int) -> None:
    """Make the account's history up; does nothing if it is there already.

    Everything is at least as old as reports are behind, so that a first load finds all of it reported. The same
    seed on the same day gives the same ids and amounts.
    """
    if state.get_setting(_SEEDED):
        return
    now = clock.timestamp()
    midnight = int(datetime.combine(clock.now().date(), time(), UTC).timestamp())
    latest = now - knob(state, "reporting_delay_seconds") - 900
    with state.transaction():
        script = _Script(state, midnight, latest)
        script.add(_HISTORY_DAYS, "open_shop")
        cast = _cast(script)
        _crowd(script, random.Random(seed + 1), max(0, min(customers, _MOST_PEOPLE) - len(cast)))
        _house(script)
        _today(script, cast)
        script.write()
        agenda.run(state, MAIN.name, latest, DEEDS, quiet_before=now - _EVENT_DAYS * DAY)
        state.set_setting(_SEEDED, True)


def counts(state: State) -> Mapping[str, Mapping[str, int]]:
    """Return how many objects of each kind PayPal holds."""
    found: Counter[str] = Counter()
    for row in state.count(VENDOR):
        if row["kind"] in _COUNTED:
            found[_COUNTED[row["kind"]]] += row["n"]
    return {MAIN.name: dict(found)}


def _cast(script: _Script) -> dict[str, Json]:
    """People whose stories tests tell by name; some of them pay at Stripe too."""
    p = {
        "maria": people.cast("maria", "Maria Kowalska", "maria@example.com", "PL", "Gdańsk"),
        "kenji": people.cast("kenji", "Kenji Sato", "kenji@example.com", "JP"),
        "grace": people.cast("grace", "Grace Lee", "grace@example.com", "US"),
        "james": people.cast("james", "James Carter", "james@example.com", "GB"),
        "lena": people.cast("lena", "Lena Fischer", "lena@example.com", "DE"),
        "nord": people.cast("nord", "Studio Nord AG", "rechnung@studio-nord.example", "DE"),
        "paula": people.cast("paula", "Paula Meyer", "paula@example.com", "DE"),
        "ruben": people.cast("ruben", "Ruben Visser", "ruben@example.com", "NL"),
        "tess": people.cast("tess", "Tess Miller", "tess@example.com", "US"),
        "ines": people.cast("ines", "Inès Lefèvre", "ines@example.com", "FR"),
        "otis": people.cast("otis", "Otis Brown", "otis@example.com", "GB"),
        "noor": people.cast("noor", "Noor de Vries", "noor@example.com", "NL"),
    }
    p["nord"]["tax_id"] = "DE136695976"
    add = script.add
    add(
        200,
        "buy",
        person=p["maria"],
        amount="89.00",
        currency="EUR",
        what="Brand kit",
        tax="14.21",
        label="maria_old",
    )
    add(30, "buy", person=p["maria"], amount="24.00", currency="EUR", what="Poster template", label="maria")
    add(18, "refund", label="maria", amount="9.00")
    add(12, "refund", label="maria", amount="5.00")
    add(240, "subscribe", person=p["kenji"], plan="studio_jpy", label="kenji")
    add(150, "buy", person=p["grace"], amount="39.00", currency="USD", what="Font licence", label="grace_old")
    add(
        9,
        "buy",
        person=p["grace"],
        amount="120.00",
        currency="USD",
        what="Brand kit",
        discount="12.00",
        label="grace",
    )
    add(4, "refund", label="grace")
    add(310, "subscribe", person=p["james"], plan="studio_gbp", label="james", quantity=2)
    add(40, "buy", person=p["lena"], amount="44.00", currency="EUR", what="Icon pack Harbour", label="lena")
    add(20, "refund", label="lena", amount="20.00", fate="fails_later")
    add(2, "refund", label="lena", amount="4.00", fate="pending")
    workshop = [["Workshop", 1, "450.00", "19"], ["Travel", 3, "25.17", "7"]]
    add(90, "bill", person=p["nord"], items=workshop, currency="EUR", fate="paid", label="nord_paid")
    add(70, "bill", person=p["nord"], items=workshop, currency="EUR", fate="canceled")
    add(50, "bill", person=p["nord"], items=workshop, currency="EUR", fate="elsewhere", discount="50.00")
    add(20, "bill", person=p["nord"], items=workshop, currency="EUR", fate="part", part="200.00")
    add(3, "bill", person=p["nord"], items=workshop, currency="EUR", fate="open", label="nord_open")
    add(2, "bill", person=p["nord"], items=workshop, currency="EUR", fate="draft", label="nord_draft")
    course = [["Course", 2, "60.00", "8.875"]]
    add(35, "bill", person=p["tess"], items=course, currency="USD", fate="refunded")
    add(
        60,
        "bill",
        person=p["kenji"],
        items=[["Poster", 3, "1100", "10"]],
        currency="JPY",
        fate="paid",
        is_inclusive=True,
    )
    add(100, "subscribe", person=p["paula"], plan="studio_eur", label="paula")
    add(15, "empty_card", label="paula")
    add(170, "subscribe", person=p["ruben"], plan="studio_eur", label="ruben")
    add(150, "empty_card", label="ruben")
    add(13, "subscribe", person=p["ines"], plan="studio_trial", label="ines")
    add(220, "subscribe", person=p["otis"], plan="studio_gbp", label="otis")
    add(33, "end", label="otis", status="CANCELLED", note="Moved on")
    add(200, "subscribe", person=p["tess"], plan="school_usd", label="tess")
    add(6, "subscribe", person=None, plan="studio_usd", label="nobody")
    add(5, "leave_unpaid", amount="39.00", currency="EUR", what="Font licence")
    _quarrels(script, p)
    return p


def _quarrels(script: _Script, p: dict[str, Json]) -> None:
    """Disputes of every kind, reservations, e-checks, and money that was just sent."""
    add, buy = script.add, "buy"
    shown = ("EUR", "Font licence")
    stories: tuple[tuple[str, str, str, str, int, int, Json], ...] = (
        (
            "noor", "39.00", *shown, 80, 60,
            {"reason": "UNAUTHORISED", "is_chargeback": True, "outcome": "RESOLVED_BUYER_FAVOUR"},
        ),
        (
            "ines", "89.00", "EUR", "Brand kit", 75, 50,
            {"reason": "DUPLICATE_TRANSACTION", "is_chargeback": True, "outcome": "RESOLVED_SELLER_FAVOUR"},
        ),
        (
            "otis", "32.00", "GBP", "Font licence", 45, 30,
            {"reason": "MERCHANDISE_OR_SERVICE_NOT_RECEIVED", "outcome": "CANCELED_BY_BUYER"},
        ),
        ("tess", "64.00", "USD", "Brand kit", 25, 8, {"reason": "MERCHANDISE_OR_SERVICE_NOT_AS_DESCRIBED"}),
        ("ruben", "39.00", *shown, 22, 7, {"reason": "UNAUTHORISED", "is_chargeback": True, "is_answered": True}),
        ("james", "18.00", "GBP", "Icon pack Harbour", 300, 290, {"reason": "OTHER", "outcome": "ACCEPTED"}),
    )  # fmt: skip
    for key, amount, currency, what, bought, disputed, dispute in stories:
        add(bought, buy, person=p[key], amount=amount, currency=currency, what=what, label=f"{key}_disputed")
        add(disputed, "dispute", label=f"{key}_disputed", **dispute)
    add(10, "reserve", person=p["paula"], amount="210.00", currency="EUR", what="Studio day", label="held")
    add(28, "reserve", person=p["noor"], amount="75.00", currency="EUR", what="Portrait", label="void")
    add(26, "lapse", label="void", captured=False)
    add(14, "reserve", person=p["grace"], amount="99.00", currency="USD", what="Portrait", label="taken")
    add(12, "lapse", label="taken", captured=True)
    add(2, buy, person=p["noor"], amount="55.00", currency="EUR", what="Print", fate="echeck", label="echeck")
    add(
        55,
        buy,
        person=p["noor"],
        amount="15.00",
        currency="EUR",
        what="Icon pack Harbour",
        fate="echeck_bounces",
    )
    add(16, buy, person=p["tess"], amount="24.00", currency="USD", what="Poster template", fate="declined")
    add(65, "receive", person=p["ines"], amount="30.00", currency="EUR", what="Thanks for the logo")


def _crowd(script: _Script, draw: random.Random, number: int) -> None:
    """Everybody else: each buys a few things or subscribes; some pay as guests, some want money back."""
    for n in range(number):
        person = people.make(draw, 5000 + n)
        currency = _CURRENCIES.get(person["currency"], "USD" if person["country"] == "KW" else "EUR")
        is_guest = draw.random() < 0.2
        if draw.random() < 0.35 and not is_guest:
            plan = {"EUR": "studio_eur", "GBP": "studio_gbp", "JPY": "studio_jpy", "USD": "studio_usd"}[
                currency
            ]
            script.add(draw.randrange(20, 400), "subscribe", person=person, plan=plan, label=f"crowd{n}")
        for m in range(draw.randrange(1, 5)):
            what, price = draw.choice(_GOODS)
            amount = str(price * 130) if currency == "JPY" else f"{price}.{draw.choice(('00', '50', '99'))}"
            days = draw.randrange(2, 420) + draw.random() / 3
            label = f"crowd{n}.{m}"
            script.add(
                days,
                "buy",
                person=person,
                amount=amount,
                currency=currency,
                what=what,
                is_guest=is_guest,
                label=label,
            )
            if draw.random() < 0.12:
                script.add(max(1.5, days - draw.randrange(1, 90)), "refund", label=label)


def _house(script: _Script) -> None:
    """What the company itself does with its balance."""
    script.add(180, "withdraw", amount="300.00", currency="EUR")
    script.add(120, "convert", amount="50.00", currency="GBP", into="57.12", other="EUR")
    script.add(60, "withdraw", amount="150.00", currency="USD")
    script.add(29, "withdraw_monthly")


def _today(script: _Script, p: dict[str, Json]) -> None:
    """Payments of today, so that receipts are due on day one."""
    for n, (key, amount, currency, what) in enumerate(
        (
            ("maria", "15.00", "EUR", "Icon pack Harbour"),
            ("kenji", "1950", "JPY", "Poster template"),
            ("grace", "24.00", "USD", "Poster template"),
            ("james", "12.50", "GBP", "Icon pack Harbour"),
        )
    ):
        script.today("buy", n, person=p[key], amount=amount, currency=currency, what=what, label=f"today{n}")
