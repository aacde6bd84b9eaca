"""The many: customers made up by chance, each with a subscription's life or a few purchases."""

import random
from typing import Any

from sandbox import people
from sandbox.cast import Script
from sandbox.catalogue import rate_for
from sandbox.state import Json

HISTORY_DAYS = 426
_CARDS = (
    {"brand": "visa", "last4": "4242"}, {"brand": "mastercard", "last4": "4444"},
    {"brand": "amex", "last4": "0005"},
    {"brand": "visa", "last4": "5556", "funding": "debit"},
)  # fmt: skip
_THINGS = (("Icon pack Harbour", 12), ("Poster template", 24), ("Brand kit", 89), ("Font licence", 39))

# how lives go, and how often out of 100
_LIVES = {
    "stays": 50, "ends": 14, "ending": 5, "trial": 6, "past_due": 5, "lapses": 4, "recovers": 4, "upgrades": 5,
    "buys": 7,
}  # fmt: skip
_ROUND = {"jpy": 100, "isk": 140, "pln": 4, "kwd": 1}  # a thing's price in euros times this


def write(script: Script, draw: random.Random, count: int) -> list[Json]:
    """Write the lives of `count` people into the script and return them."""
    found = []
    for n in range(count):
        person = people.make(draw, n)
        life = draw.choices(list(_LIVES), list(_LIVES.values()))[0]
        _live(script, draw, person, life)
        found.append(person)
    return found


def _live(script: Script, draw: random.Random, person: Json, life: str) -> None:
    account, key = person["account"], person["key"]
    business = draw.random() < 0.2
    is_reverse = business and account == "stripe_eu" and person["country"] in ("AT", "FR", "NL", "SE")
    person["is_reverse"] = is_reverse
    joining: dict[str, Any] = {"card": draw.choice(_CARDS)}
    if is_reverse:
        number = f"{person['country']}{draw.randrange(10**8, 10**9)}"
        joining |= {"reverse": True, "tax_id": ["eu_vat", number, "verified"]}
    plan = "team" if business else draw.choice(("basic", "basic", "pro"))
    interval = "year" if life == "stays" and draw.random() < 0.18 else "month"
    rate = rate_for(person, inclusive=plan != "team" and account == "stripe_eu")
    start = _start(script, draw, life)
    if life == "buys":
        script.joins(start, person, **joining)
        _purchases(script, draw, person, start)
        return
    coupon = draw.choice(("WELCOME20", "FRIENDS10")) if draw.random() < 0.1 else None
    trial = 14 if life == "trial" else 0
    script.joins(
        start, person, f"{plan}_{interval}_{person['currency']}", draw.randrange(2, 15) if business else 1,
        rate=rate, coupon=coupon, trial_days=trial, **joining,
    )  # fmt: skip
    _turns(script, draw, person, life, start)
    if life in ("stays", "upgrades") and draw.random() < 0.2:
        at = draw.randrange(start + 86_400, script.ago(1))
        script.add(at, account, "refund", key=key, part=draw.choice(("1", "0.5", "0.25")))
    if life == "stays" and draw.random() < 0.05:
        at = draw.randrange(start + 86_400, script.ago(1))
        outcome = draw.choice(("won", "lost", None))
        script.add(
            at, account, "dispute", key=key, reason=draw.choice(("fraudulent", "general")), outcome=outcome
        )


def _start(script: Script, draw: random.Random, life: str) -> int:
    hour = draw.randrange(0, 86_400) / 3600
    if life == "trial":
        return script.ago(draw.randrange(2, 40), hour)
    if life == "past_due":
        return script.months_ago(draw.randrange(2, 12), draw.randrange(2, 11), hour)
    return script.ago(draw.randrange(35, HISTORY_DAYS - 2), hour)


def _turns(script: Script, draw: random.Random, person: Json, life: str, start: int) -> None:
    account, key = person["account"], person["key"]
    some_time = (
        draw.randrange(start + 20 * 86_400, script.ago(2)) if start < script.ago(30) else script.ago(1)
    )
    why = draw.choice(("generic_decline", "insufficient_funds", "expired_card"))
    if life == "ends":
        script.add(some_time, account, "end", key=key, at_once=draw.random() < 0.3)
    elif life == "ending":
        script.add(script.ago(draw.randrange(1, 12)), account, "end", key=key)
    elif life == "past_due":
        script.add(script.ago(14), account, "decline", key=key, why=why)
    elif life == "lapses":
        script.add(min(some_time, script.ago(50)), account, "decline", key=key, why=why)
    elif life == "recovers":
        script.add(some_time, account, "decline", key=key, why=why)
        script.add(some_time + 36 * 86_400, account, "decline", key=key, why=None)
    elif life == "upgrades":
        script.add(some_time, account, "upgrade", key=key, price=f"pro_month_{person['currency']}")


def _purchases(script: Script, draw: random.Random, person: Json, start: int) -> None:
    for _ in range(draw.randrange(1, 5)):
        thing, euros = draw.choice(_THINGS)
        amount = str(euros * _ROUND.get(person["currency"], 1))
        at = draw.randrange(start, script.ago(1))
        declined = "generic_decline" if draw.random() < 0.1 else None
        script.add(
            at, person["account"], "buy", key=person["key"], amount=amount, currency=person["currency"],
            description=thing, declined=declined,
        )  # fmt: skip
