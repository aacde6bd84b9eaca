"""Stripe's change feed: which events are new since the last load, and what they ask us to read again.

Stripe keeps events for 30 days, promises no order and may send two with one `created` second. So each look
overlaps the last by an hour; events that the raw table holds were heeded, and a quiet hour asks for nothing.
"""

from collections.abc import Iterable, Iterator, Set
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from billing import clock
from gateways.stripe.api import StripeApi
from gateways.stripe.manifest import STRIPE
from pipelines.crawl import Emit, Job
from pipelines.raw import Row
from pipelines.stripe.objects import BY_KIND, EVENT, related
from pipelines.stripe.reading import list_since, one_object, whole_list

_DAY = 86_400
OVERLAP = 3600
GAP = 25 * _DAY

# Balance transactions become available, or are paid out, without events of their own: these tell of it.
_SETTLE = ("balance", "payout")
_SETTLING = 21 * _DAY
_BALANCE = BY_KIND["balance_transaction"]


@dataclass(slots=True)
class Cursor:
    """How far one account has been followed. All times are Unix seconds of Stripe's clock, unless said."""

    seen_to: int = 0
    """When the newest event seen was created; 0 before the first."""
    looked_at: int = 0
    """When we last looked: our clock, or Stripe's newest event where that is later. Kept to the day."""
    newest: dict[str, int] = field(default_factory=dict)
    """Raw table -> time of creation of its newest object."""

    @classmethod
    def of(cls, state: dict[str, Any]) -> "Cursor":
        """Read what `to_state` wrote."""
        return cls(state["seen_to"], state["looked_at"], dict(state["newest"]))

    def to_state(self) -> dict[str, Any]:
        """Return plain data for dlt's state."""
        return {"seen_to": self.seen_to, "looked_at": self.looked_at, "newest": self.newest}

    def notice(self, table: str, rows: Iterable[Row]) -> None:
        """Remember the newest object of a table."""
        latest = max((row.created or 0 for row in rows), default=0)
        if latest > self.newest.get(table, 0):
            self.newest[table] = latest


def newest_event(api: StripeApi) -> int:
    """Return when the newest event was created, or 0 where there is none."""
    data = api.get("/v1/events", {"limit": 1})["data"]
    return int(data[0]["created"]) if data else 0


@dataclass(frozen=True, slots=True)
class Beginning:
    """The feed as it stood before everything was read: what happens from then on must be news to the next look."""

    cursor: Cursor
    start: int
    """Events from here on, in Unix seconds, were read at the beginning; older ones can be read at leisure."""
    latest: list[dict[str, Any]]


def begin(api: StripeApi) -> Beginning:
    """Take the cursor, with the events of its last hour, before everything is read."""
    cursor = Cursor(seen_to=newest_event(api))
    look(cursor, cursor.seen_to)
    start = max(0, cursor.seen_to - OVERLAP)
    latest = list(_since(api, start)) if cursor.seen_to else []
    cursor.seen_to = max([cursor.seen_to, *(event["created"] for event in latest)])
    return Beginning(cursor, start, latest)


def past_events(api: StripeApi, opened: int | None, beginning: Beginning) -> Job:
    """Keep the events up to the beginning, and read the objects whose deletion they tell of."""
    follow = partial(_deleted_lately, api)
    earlier = replace(EVENT, list_params={"created[lt]": beginning.start})

    def run(emit: Emit) -> Iterable[Job]:
        if not beginning.latest:
            return []
        emit(EVENT.table, [Row.of(event) for event in beginning.latest])
        return [*follow(beginning.latest), whole_list(api, earlier, opened, follow)]

    return Job(("past events",), run)


def is_gap(cursor: Cursor, newest: int) -> bool:
    """Say whether events may have been lost since we last looked; `newest` is the newest event's time.

    Where we seem to have looked tomorrow or later, our clock was wrong then, and nobody knows how long ago it was.
    """
    return not -_DAY <= _moment(newest) - cursor.looked_at <= GAP


def look(cursor: Cursor, newest: int) -> None:
    """Remember that we looked, to the day: writing every look down would make a load of each quiet one."""
    if (moment := _moment(newest)) - cursor.looked_at >= _DAY:
        cursor.looked_at = moment


def new_events(api: StripeApi, cursor: Cursor, heeded: Set[str]) -> Job:
    """Read the events that were not heeded yet, then each object they are about, once; moves the cursor.

    `heeded` holds the ids of the events stored since the cursor's overlap began.
    """
    start = cursor.seen_to - OVERLAP
    settling = list_since(api, _BALANCE, cursor.newest.get(_BALANCE.table, 0) - _SETTLING)

    def run(emit: Emit) -> Iterable[Job]:
        jobs: dict[tuple[str, ...], Job] = {}
        for event in _since(api, start):
            if event["id"] in heeded:
                continue
            cursor.seen_to = max(cursor.seen_to, event["created"])
            emit(EVENT.table, [Row.of(event)])
            for job in _asked_by(api, event):
                jobs.setdefault(job.key, job)
            if event["data"]["object"].get("object") in _SETTLE:
                jobs.setdefault(settling.key, settling)
        return jobs.values()

    return Job(("events",), run)


def _deleted_lately(api: StripeApi, page: list[dict[str, Any]]) -> Iterator[Job]:
    """Name the objects that a page of events tells the deletion of: no list holds them any more."""
    for event in page:
        thing = event["data"]["object"]
        if _is_deletion(event) and thing.get("object") in BY_KIND:
            yield one_object(api, thing["object"], thing["id"], last_known=thing)


def _since(api: StripeApi, created: int) -> Iterator[dict[str, Any]]:
    for page in api.pages("/v1/events", {"created[gte]": max(0, created)}):
        yield from page


def _asked_by(api: StripeApi, event: dict[str, Any]) -> Iterable[Job]:
    """Name the objects to be read again because of an event, whose body is only a hint."""
    thing = event["data"]["object"]
    kind = thing.get("object")
    if kind not in BY_KIND:
        return [one_object(api, *pair) for pair in related(thing)]
    last_known = thing if _is_deletion(event) else None
    return [one_object(api, kind, thing["id"], last_known=last_known, with_related=True)]


def _is_deletion(event: dict[str, Any]) -> bool:
    """Say whether an event holds, in our API version, what was last known of a deleted object."""
    return (
        event["type"].endswith(".deleted")
        and event["type"] != "customer.subscription.deleted"  # Stripe's word for a cancellation
        and event.get("api_version") == STRIPE.api_version
    )


def _moment(newest: int) -> int:
    return max(int(clock.now().timestamp()), newest)
