"""Lampa Studio's customers at Recurly: a fixed cast, a small crowd, and payments of today; decided by one seed."""

import random
from datetime import UTC, datetime, time
from typing import Any

from sandbox import people
from sandbox.clock import Clock
from sandbox.recurly import life
from sandbox.recurly.accounts import BAD_CARD
from sandbox.recurly.books import Books
from sandbox.recurly.invoicing import DAY
from sandbox.state import Json, State
from sandbox.stripe.subscribing import months_after

_SEEDED = "recurly.seeded"
_MOST = 36
_NOTIFIED_DAYS = 30

# code, name, e-mail, country, region, company, VAT number
_CAST: dict[str, tuple[str, str, str, str | None, str | None, str | None]] = {
    "maria": ("Maria Kowalska", "maria@example.com", "PL", None, None, None),
    "kenji": ("Kenji Sato", "kenji@example.com", "US", "NY", None, None),
    "sofia": ("Sofia Lindgren", "sofia@example.com", "SE", None, None, None),
    "moreau": ("Luc Moreau", "compta@atelier-moreau.example", "FR", None, "Atelier Moreau", "FR40303265045"),
    "bruno": ("Bruno Haas", "bruno@recur.example", "DE", None, None, None),
    "dana": ("Dana Reyes", "dana@recur.example", "US", "NY", None, None),
    "oscar": ("Oscar Byrne", "oscar@recur.example", "GB", None, None, None),
    "tessa": ("Tessa de Wit", "tessa@recur.example", "NL", None, None, None),
    "ivo": ("Ivo Lang", "ivo@recur.example", "DE", None, None, None),
    "priya": ("Priya Nair", "priya@recur.example", "GB", None, None, None),
    "hugo": ("Hugo Petit", "hugo@recur.example", "FR", None, None, None),
    "nils": ("Nils Holm", "nils@recur.example", "SE", None, None, None),
    "jane": ("Jane Fuller", "jane@recur.example", "US", "TX", None, None),
    "paula": ("Paula Wolf", "paula@recur.example", "AT", None, None, None),
    "verlag": ("Rita Kern", "buchhaltung@verlag-kern.example", "DE", None, "Verlag Kern", "DE136695976"),
    "gone": ("Gustav Ende", "gustav@recur.example", "DE", None, None, None),
    "early": ("Elsa Frey", "elsa@recur.example", "AT", None, None, None),
}
_BASKET = [["Brand kit", "89.00", 1], *([f"Template {n + 1}", f"{2 + n}.50", 1 + n % 3] for n in range(25))]


class _Script:
    def __init__(self, state: State, midnight: int) -> None:
        self._books = Books(state, midnight, is_quiet=True)
        self._midnight = midnight

    def ago(self, days: float, hour: float = 9) -> int:
        return int(self._midnight - days * DAY + hour * 3600)

    def months(self, months: int, days: float) -> int:
        return months_after(self.ago(days), -months)

    def add(self, at: int, deed: str, **args: Any) -> None:
        self._books.plan(at, deed, **args)


def seed(state: State, clock: Clock, seed: int = 7, customers: int = 200) -> None:
    """Make the site's customers up; does nothing if they are there already.

    Args:
        state: the sandbox's memory.
        clock: tells today.
        seed: decides every made-up fact.
        customers: how many at most; the cast is always complete, and there are never more than 36.
    """
    if state.get_setting(_SEEDED):
        return
    now = clock.timestamp()
    midnight = int(datetime.combine(clock.now().date(), time(), UTC).timestamp())
    with state.transaction():
        script = _Script(state, midnight)
        script.add(script.ago(430), "stock")
        _cast(script)
        _quarrels(script)
        _crowd(script, random.Random(seed), min(customers, _MOST) - len(_CAST))
        _today(script, now)
        life.run(state, now, quiet_before=midnight - _NOTIFIED_DAYS * DAY)
        state.set_setting(_SEEDED, True)


def _joins(
    script: _Script, at: int, code: str, plan: str | None = None, currency: str = "EUR", **how: Any
) -> None:
    name, email, country, region, company, vat = _CAST[code]
    first, _, last = name.partition(" ")
    about: Json = {
        "email": email, "first_name": first, "last_name": last, "company": company, "vat_number": vat,
        "address": {"street1": f"High Street {len(name)}", "city": "Springfield", "region": region,
                    "postal_code": "10001", "country": country},
    }  # fmt: skip
    script.add(
        at - 60, "join", code=code, about=about, **({"card": how.pop("card")} if "card" in how else {})
    )
    if plan is not None:
        script.add(at, "subscribe", code=code, plan=plan, currency=currency, **how)


def _cast(script: _Script) -> None:
    """Subscriptions of every state, coupons, taxes of every kind, many lines, invoices paid by hand."""
    _joins(script, script.months(9, 4), "maria", "studio-monthly")
    script.add(script.ago(20, 11), "refund", code="maria", amount="20.00", notes="Goodwill")
    _joins(script, script.months(7, 3), "kenji", "solo-monthly", "USD", coupon="WELCOME20")
    _joins(script, script.months(2, 9), "sofia", "studio-yearly")
    _joins(script, script.months(10, 13), "moreau", "studio-monthly", quantity=3)
    _joins(script, script.months(5, 8), "bruno", "studio-monthly", coupon="FIVEOFF")
    script.add(script.ago(12), "card", code="bruno", card=BAD_CARD)
    _joins(script, script.ago(9), "dana", "studio-monthly", "USD", trial_days=14)
    _joins(script, script.months(6, 10), "oscar", "solo-monthly", "GBP")
    script.add(script.ago(3, 16), "cancel", code="oscar")
    _joins(script, script.months(4, 15), "tessa", "studio-monthly")
    script.add(script.ago(20), "pause", code="tessa", cycles=3)
    _joins(script, script.months(8, 6), "nils", "legacy-monthly")
    script.add(script.ago(160), "subscribe", code="nils", plan="solo-monthly", currency="EUR")
    script.add(script.ago(120), "terminate", code="nils", refund="none")
    script.add(script.ago(50), "terminate", code="nils", refund="partial")
    script.add(script.ago(12), "subscribe", code="nils", plan="solo-monthly", currency="EUR")
    _joins(script, script.ago(2), "early", "studio-monthly", starts_in_days=10)
    _joins(script, script.ago(90), "verlag", None, card=None)
    for days, is_paid in ((80, True), (40, False), (5, False)):
        bill = [["Workshop", "450.00", 1], ["Travel", "75.50", 1]]
        script.add(script.ago(days), "buy", code="verlag", items=bill, currency="EUR", manual_days=14)
        if is_paid:
            script.add(script.ago(days - 20), "pay_by_hand", code="verlag")
    _joins(script, script.ago(33), "paula")
    script.add(script.ago(30), "buy", code="paula", items=_BASKET, currency="EUR")
    script.add(script.ago(2, 15), "authorize", code="paula", amount="120.00", currency="EUR")
    _joins(script, script.months(6, 21), "gone", "solo-monthly")
    script.add(script.ago(8), "leave", code="gone")
    script.add(script.ago(7), "withdraw_plan", code="legacy-monthly")


def _quarrels(script: _Script) -> None:
    """Refunds to the card, to the account, slow ones, failing ones; chargebacks, one still to come."""
    _joins(script, script.months(5, 11), "ivo", "studio-monthly")
    script.add(script.ago(9, 12), "refund", code="ivo", amount="30.00", method="all_credit")
    _joins(script, script.months(4, 12), "priya", "studio-monthly", "GBP")
    script.add(script.ago(11), "refund", code="priya", amount="10.00", fate="fails")
    script.add(script.ago(1), "refund", code="priya", amount="5.00", fate="fails")
    _joins(script, script.months(3, 14), "hugo", "solo-monthly")
    script.add(script.ago(1, 10), "refund", code="hugo", fate="settles")
    _joins(script, script.months(3, 18), "jane", "studio-monthly", "USD")
    script.add(script.ago(15), "charge_back", code="jane")
    script.add(script.ago(10), "credit", code="jane", amount="15.00", currency="USD")
    script.add(script.ago(-2), "charge_back", code="kenji")
    script.add(script.ago(-3), "set_vat", code="sofia", vat="SE556677889901")


def _crowd(script: _Script, draw: random.Random, count: int) -> None:
    currencies = {"US": "USD", "GB": "GBP"}
    for n in range(max(0, count)):
        person = people.make(draw, 500 + n)
        first, _, last = person["name"].partition(" ")
        at = script.months(draw.randrange(1, 13), draw.randrange(1, 28))
        address = {
            "street1": person["address"]["line1"],
            **{key: person["address"][key] for key in ("city", "postal_code", "country")},
        }
        about = {"email": person["email"], "first_name": first, "last_name": last, "address": address}
        code = f"r{n:03d}"
        currency = currencies.get(person["country"], "EUR")
        script.add(at - 60, "join", code=code, about=about)
        plan = draw.choice(("studio-monthly", "solo-monthly", "solo-monthly", "studio-yearly"))
        coupon = draw.choice((None, None, None, "WELCOME20", "FIVEOFF"))
        script.add(at, "subscribe", code=code, plan=plan, currency=currency, coupon=coupon)
        whim = draw.random()
        if whim < 0.15:
            script.add(max(at + DAY, script.ago(draw.randrange(2, 25), 13)), "refund", code=code)
        elif whim < 0.3:
            script.add(max(at + DAY, script.ago(draw.randrange(1, 40), 14)), "cancel", code=code)


def _today(script: _Script, now: int) -> None:
    """Payments of today, whatever the hour: in the small hours, or in the last minutes where those are to come."""
    bought = (
        ("maria", "Poster template", "24.00", "EUR"), ("oscar", "Icon pack Harbour", "12.00", "GBP"),
        ("jane", "Font licence", "39.99", "USD"), ("sofia", "Brand kit", "89.00", "EUR"),
    )  # fmt: skip
    midnight = script.ago(0, 0)
    for n, (code, what, price, currency) in enumerate(bought):
        at = max(midnight + n + 1, min(midnight + 2000 * (n + 1), now - 300 + 20 * n))
        script.add(at, "buy", code=code, items=[[what, price, 1]], currency=currency)
