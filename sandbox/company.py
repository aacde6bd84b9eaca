"""Lampa Studio, the made-up company: fourteen months of billing at two Stripe accounts, decided by one seed."""

import random
from datetime import UTC, datetime, time

from sandbox import cast, crowd, lives
from sandbox.cast import Script
from sandbox.catalogue import CURRENCIES
from sandbox.clock import Clock
from sandbox.state import Json, Jsons, State
from sandbox.stripe import accounts, agenda
from sandbox.stripe.accounts import VENDOR
from sandbox.stripe.life import DEEDS
from sandbox.stripe.payments import DAY

_SEEDED = "company.seeded"
_EVENT_DAYS = 30
_HISTORY_CONTACTS = 50

# (key or guest, account, amount in major units, currency, what): paid today in any case, so receipts are due
_TODAY: tuple[tuple[str, str, str, str, str], ...] = (
    ("hanna", "stripe_eu", "89.00", "eur", "Brand kit"),
    ("sofia", "stripe_eu", "24.00", "eur", "Poster template"),
    ("liam", "stripe_eu", "12.00", "gbp", "Icon pack Harbour"),
    ("bjork", "stripe_eu", "3500", "isk", "Font licence"),
    ("", "stripe_eu", "39.00", "eur", "Font licence"),
    ("kenji", "stripe_us", "1200", "jpy", "Icon pack Harbour"),
    ("fatima", "stripe_us", "4.250", "kwd", "Poster template"),
    ("noah", "stripe_us", "24.00", "usd", "Poster template"),
    ("", "stripe_us", "39.99", "usd", "Font licence"),
)

_STRANGERS = (
    ("Petra Unbekannt", "petra@stranger.example"),
    ("Sam Prospect", "sam.prospect@stranger.example"),
    ("Maria Kowalska", "maria+news@example.com"),
    ("Kenji S.", "kenji+work@example.com"),
)


def seed(state: State, clock: Clock, seed: int = 7, customers: int = 200) -> None:
    """Make the company up; does nothing if it is there already.

    The same seed on the same day gives the same ids, amounts and moments, save that today's payments are never
    later than now.

    Args:
        state: the sandbox's memory.
        clock: tells today.
        seed: decides every made-up fact.
        customers: how many there are, counting the fixed cast, which is always complete.
    """
    if state.get_setting(_SEEDED):
        return
    now = clock.timestamp()
    midnight = int(datetime.combine(clock.now().date(), time(), UTC).timestamp())
    with state.transaction():
        state.set_setting("seed", seed)
        script = Script(midnight)
        _open(state, script)
        known = cast.write(script)
        crowd.write(script, random.Random(seed), max(0, customers - len(known)))
        _today(script, now)
        for at, account, deed, args in script.entries:
            if at > now:
                continue
            agenda.plan(state, account, at, deed, **args)
        agenda.run(state, now, DEEDS | lives.DEEDS, quiet_before=midnight - _EVENT_DAYS * DAY)
        state.set_setting(_SEEDED, True)


def contacts(state: State) -> Jsons:
    """Return the people who write to the helpdesk: name, email, external_id (a customer id, or None).

    Customers of both accounts, one contact per address, some in another letter case; plus a few people and
    plus-addresses that billing does not know. Of a loaded history only the first few.
    """
    found: dict[str, Json] = {}
    for account in accounts.ACCOUNTS:
        imported = 0
        for n, customer in enumerate(state.list(VENDOR, account, "customer", oldest_first=True)):
            imported += "customer_id" in customer["metadata"]
            email = customer["email"]
            if email is None or email in found or imported > _HISTORY_CONTACTS:
                continue
            shown = email.title() if n % 9 == 4 else email
            found[email] = {
                "name": customer["name"] or email,
                "email": shown,
                "external_id": customer["id"] if n % 4 == 0 else None,
            }
    strangers = [{"name": name, "email": email, "external_id": None} for name, email in _STRANGERS]
    return [*found.values(), *strangers]


def _open(state: State, script: Script) -> None:
    opening = script.ago(crowd.HISTORY_DAYS, 0)
    for account, currencies in CURRENCIES.items():
        accounts.set_opening(state, account, opening)
        script.add(opening, account, "open_shop")
        for currency in currencies:
            agenda.plan(state, account, opening + 7 * DAY + 3 * 3600, "payout", currency=currency)


def _today(script: Script, now: int) -> None:
    """Plan today's payments for the small hours, or for the last minutes where those are still to come."""
    for n, (key, account, amount, currency, what) in enumerate(_TODAY):
        at = max(script.midnight + n + 1, min(script.midnight + 1800 * (n + 1), now - 300 + 20 * n))
        guest = ["Walk-in Guest", f"walkin{n}@example.org"]
        who: Json = {"key": key} if key else {"guest": guest}
        script.add(at, account, "buy", amount=amount, currency=currency, description=what, **who)
