"""Braintree's searches in two steps: criteria -> ids (capped without a word, in no order), ids -> objects.

Times have minute precision: from the lower bound's minute on, up to and with the upper bound's minute.
"""

import hashlib
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from sandbox.braintree.books import DAY, Books, seconds
from sandbox.braintree.merchant import OTHER_CAP, SEARCH_CAP, TRANSACTION_CAP
from sandbox.state import Json, Jsons

Moments = Callable[[Json], Iterator[int]]


def ids(books: Books, kind: str, criteria: Json) -> list[str]:
    """Return the ids that match, in no order that means anything, no more than the cap."""
    found = [one["id"] for one in books.every(kind) if matches(kind, one, criteria)]
    found.sort(key=lambda id: hashlib.blake2b(id.encode(), digest_size=8).digest())
    cap = TRANSACTION_CAP if kind == "transaction" else OTHER_CAP
    return found[: int(books.state.get_setting(SEARCH_CAP, cap))]


def page(books: Books, kind: str, criteria: Json) -> Jsons:
    """Return the objects with the ids asked for that still match the other criteria."""
    wanted = criteria.get("ids", [])
    rest = {name: value for name, value in criteria.items() if name != "ids"}
    found = (books.get(kind, id) for id in wanted)
    return [one for one in found if one is not None and matches(kind, one, rest)]


def matches(kind: str, one: Json, criteria: Json) -> bool:
    """Say whether an object meets every criterion; one that is unknown here matches nothing."""
    return all(_meets(kind, one, name, wanted) for name, wanted in criteria.items())


def _meets(kind: str, one: Json, name: str, wanted: Any) -> bool:
    times = _TIMES[kind].get(name)
    if times is not None:
        return any(_within(at, wanted, by_day=name.endswith("_date")) for at in times(one))
    value = one["id"] if name == "ids" else _value(one, name)
    if isinstance(wanted, list):
        return value in wanted
    if isinstance(wanted, dict):
        return all(_TESTS[test](value or "", text) for test, text in wanted.items() if test in _TESTS)
    return bool(wanted == value)


def _value(one: Json, name: str) -> Any:
    inner, _, rest = name.partition("_")
    if name in ("customer_id", "customer_email"):
        return (one.get("customer") or {}).get(rest) if "customer" in one else one.get("_customer")
    if name == "transaction_id" and inner == "transaction" and "transaction" in one:
        return one["transaction"]["id"]
    return one.get(name.replace("_", "-"))


_TESTS: dict[str, Callable[[str, str], bool]] = {
    "is": lambda value, text: value == text,
    "is_not": lambda value, text: value != text,
    "contains": lambda value, text: text in value,
    "starts_with": lambda value, text: value.startswith(text),
    "ends_with": lambda value, text: value.endswith(text),
}


def _within(at: int, wanted: Json, *, by_day: bool) -> bool:
    step = DAY if by_day else 60
    if "is" in wanted:
        wanted = {"min": wanted["is"], "max": wanted["is"]}
    lower = _bound(wanted.get("min"))
    upper = _bound(wanted.get("max"))
    return (lower is None or at >= lower // step * step) and (
        upper is None or at < upper // step * step + step
    )


def _bound(text: str | None) -> int | None:
    if not text:
        return None
    try:
        return seconds(text)
    except ValueError:
        return int(datetime.strptime(f"{text} +0000", "%m/%d/%Y %H:%M %z").timestamp())


def _reached(status: str) -> Moments:
    def times(one: Json) -> Iterator[int]:
        for event in one["status-history"]:
            if event["status"] == status:
                yield seconds(event["timestamp"])

    return times


def _field(*path: str) -> Moments:
    def times(one: Json) -> Iterator[int]:
        value: Any = one
        for name in path:
            value = (value or {}).get(name)
        if value:
            yield seconds(value)

    return times


def _history(name: str) -> Moments:
    def times(one: Json) -> Iterator[int]:
        for event in one["status-history"]:
            if event[name]:
                yield seconds(event[name])

    return times


def _disputed(one: Json) -> Iterator[int]:
    for dispute in one["disputes"]:
        yield seconds(dispute["received-date"])


_TIMES: dict[str, dict[str, Moments]] = {
    "transaction": {
        "created_at": _field("created-at"),
        "authorized_at": _reached("authorized"),
        "authorization_expired_at": _reached("authorization_expired"),
        "submitted_for_settlement_at": _reached("submitted_for_settlement"),
        "settled_at": _reached("settled"),
        "voided_at": _reached("voided"),
        "failed_at": _reached("failed"),
        "gateway_rejected_at": _reached("gateway_rejected"),
        "processor_declined_at": _reached("processor_declined"),
        "disbursement_date": _field("disbursement-details", "disbursement-date"),
        "dispute_date": _disputed,
        "ach_return_responses_created_at": lambda _one: iter(()),
    },
    "customer": {"created_at": _field("created-at")},
    "subscription": {
        "created_at": _field("created-at"),
        "next_billing_date": _field("next-billing-date"),
    },
    "dispute": {
        "received_date": _field("received-date"),
        "reply_by_date": _field("reply-by-date"),
        "effective_date": _history("effective-date"),
        "disbursement_date": _history("disbursement-date"),
    },
}
