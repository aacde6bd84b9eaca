"""Windows of time for Braintree's searches, halved until their results are below the cap.

A search gives its ids up to a cap and leaves the rest out without a word; its bounds have minute precision and
include both their minutes. So windows are whole minutes (or days), and neighbours begin a minute (a day) apart.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from braintree import CustomerSearch, SubscriptionSearch, TransactionSearch

from billing import clock

MOST_IDS = 10_000
"""As many ids are taken for a truncated result: the lowest of the caps (10,000, 20,000, 50,000) ever documented."""

_TERMS = {"transaction": TransactionSearch, "customer": CustomerSearch, "subscription": SubscriptionSearch}
_MINUTE, _DAY = timedelta(minutes=1), timedelta(days=1)

# Every time that a transaction can be found by. Union them: there is no time of its last change.
CHANGE_TIMES = (
    "created_at",
    "authorized_at",
    "submitted_for_settlement_at",
    "settled_at",
    "voided_at",
    "failed_at",
    "gateway_rejected_at",
    "processor_declined_at",
    "authorization_expired_at",
    "ach_return_responses_created_at",
    "disbursement_date",
    "dispute_date",
)


@dataclass(frozen=True)
class Window:
    """Objects of a kind by one of their times, from `start` on, up to and with `end` (None: open).

    `inner` narrows it by the time of creation, where a single day or minute holds too many.
    """

    kind: str
    field: str
    start: datetime
    end: datetime | None = None
    inner: "Window | None" = None

    @property
    def step(self) -> timedelta:
        """The smallest width: a day for dates, a minute for times."""
        return _DAY if self.field.endswith("_date") else _MINUTE

    @property
    def key(self) -> tuple[str, ...]:
        """What tells it from other windows."""
        mine = (self.kind, self.field, str(self.start), str(self.end))
        return (*mine, *(self.inner.key if self.inner else ()))

    def terms(self) -> Iterator[Any]:
        """Yield the SDK's search terms."""
        field = getattr(_TERMS[self.kind], self.field)
        yield field >= self.start if self.end is None else field.between(self.start, self.end)
        if self.inner is not None:
            yield from self.inner.terms()

    def halves(self, opened: datetime) -> tuple["Window", "Window"] | None:
        """Return two windows that hold what this one holds; None where it cannot be narrower.

        `opened` is the oldest time of creation there can be.
        """
        end = self.end
        if end is None:
            # Open: its first half ends in the middle of what has passed, or half a day further on.
            end = max(_now(), self.start + _DAY)
            middle = _floor(self.start + (end - self.start) / 2, self.step)
            return replace(self, end=middle), replace(self, start=middle + self.step)
        if end - self.start >= self.step:
            middle = _floor(self.start + (end - self.start) / 2, self.step)
            return replace(self, end=middle), replace(self, start=middle + self.step)
        if self.field == "created_at":
            return None
        inner = self.inner or Window(self.kind, "created_at", opened)
        narrower = inner.halves(opened)
        return narrower and (replace(self, inner=narrower[0]), replace(self, inner=narrower[1]))


def since(kind: str, field: str, at: datetime) -> Window:
    """Return the open window of everything from a moment on."""
    step = _DAY if field.endswith("_date") else _MINUTE
    return Window(kind, field, _floor(at, step))


def _floor(at: datetime, step: timedelta) -> datetime:
    day = at.replace(hour=0, minute=0, second=0, microsecond=0)
    return day + (at - day) // step * step


def _now() -> datetime:
    return clock.naive(clock.now())


def utc(seconds: int) -> datetime:
    """Return Unix seconds as naive UTC, which is how the SDK writes times."""
    return datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None)
