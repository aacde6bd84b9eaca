"""Which notices are due, by the marts: of unpaid invoices, failed payments, trials, renewals and cancellations."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from billing.settings_notices import Notices
from billing.warehouse.reader import Reader

LATE = timedelta(days=7)
"""A step that was missed by more is passed over: switching notices on mails nobody about what is long past."""


class NoticeKind(StrEnum):
    """What a notice is about."""

    UNPAID = "unpaid"
    FAILED_PAYMENT = "failed_payment"
    TRIAL_ENDING = "trial_ending"
    UPCOMING_PAYMENT = "upcoming_payment"
    CANCELLATION = "cancellation"

    @property
    def is_reminder(self) -> bool:
        """Say whether it asks for money that is owed."""
        return self in (NoticeKind.UNPAID, NoticeKind.FAILED_PAYMENT)

    @property
    def comes_before(self) -> bool:
        """Say whether its days count back from what will happen."""
        return self in (NoticeKind.TRIAL_ENDING, NoticeKind.UPCOMING_PAYMENT)


@dataclass(frozen=True, slots=True)
class Due:
    """One notice that is due: `at` is when it was due, failed, ends, renews or was cancelled; `step` in days."""

    kind: NoticeKind
    step: int
    at: datetime
    row: dict[str, Any]

    @property
    def key(self) -> str:
        """Name it, so that it is sent once: a new due day or period is another thing, a later run is not."""
        return f"{self.kind}:{self.row['object_ref']}:{self.at:%Y-%m-%d}:{self.step}"


_INVOICE = """
    select * from (select i.invoice_ref as object_ref, i.gateway, i.account, i.number as what,
        i.due_minor as amount_minor, i.currency, i.hosted_url as url, c.email, c.name,
        c.address_country as country, {at} as happens_at,
        cast(null as timestamp) as ends_at
    from invoices i join customers c on c.customer_ref = i.customer_ref {more}
    where i.status = 'open' and i.due_minor > 0"""
_FAILED = """join (
        select invoice_ref, min(created_at) as failed_at from charges
        where status = 'failed' and invoice_ref is not null group by invoice_ref
    ) f on f.invoice_ref = i.invoice_ref and i.due_at is null"""
_SUBSCRIPTION = """
    select * from (select s.subscription_ref as object_ref, s.gateway, s.account, s.plan_name as what,
        s.amount_minor, s.currency, cast(null as text) as url, c.email, c.name,
        c.address_country as country, s.{at} as happens_at,
        case when s.is_cancel_at_period_end then s.current_period_end_at end as ends_at
    from subscriptions s join customers c on c.customer_ref = s.customer_ref
    where """
_STANDING = {
    NoticeKind.UNPAID: _INVOICE.format(at="i.due_at", more=""),
    NoticeKind.FAILED_PAYMENT: _INVOICE.format(at="f.failed_at", more=_FAILED),
    NoticeKind.TRIAL_ENDING: _SUBSCRIPTION.format(at="trial_end_at")
    + "s.status = 'trialing' and not s.is_cancel_at_period_end",
    NoticeKind.UPCOMING_PAYMENT: _SUBSCRIPTION.format(at="current_period_end_at")
    + "s.status = 'active' and not s.is_cancel_at_period_end and s.amount_minor > 0",
    NoticeKind.CANCELLATION: _SUBSCRIPTION.format(at="canceled_at") + "s.canceled_at is not null",
}
"""Kind -> a query for all objects that it holds of now, to be ended by one of the two conditions below."""
_BETWEEN = ") x where happens_at >= $first and happens_at <= $last order by happens_at, object_ref"
_NAMED = ") x where object_ref = any($refs)"


def find(notices: Notices, reader: Reader, start: datetime, now: datetime) -> Iterator[Due]:
    """Walk what is due now and about nothing before `start`; of steps that fell due together only the last.

    Args:
        notices: the schedules.
        reader: the published marts.
        start: naive UTC, as the marts' times are.
        now: naive UTC.

    Raises:
        NotFound: nothing was published yet.
    """
    for kind in NoticeKind:
        days = _days(notices, kind)
        if not days:
            continue
        if kind.comes_before:
            first, last = now, now + timedelta(days=days[-1])
        else:
            first, last = max(start, now - timedelta(days=days[-1]) - LATE), now - timedelta(days=days[0])
        for row in reader.rows(_STANDING[kind] + _BETWEEN, {"first": first, "last": last}):
            step = _step(kind, days, row["happens_at"], now)
            if step is not None:
                yield Due(kind, step, row["happens_at"], row)


def standing(reader: Reader, kind: NoticeKind, refs: Sequence[str]) -> set[str]:
    """Return those objects of which a notice still holds: what was paid meanwhile is not reminded of."""
    rows = reader.rows(_STANDING[kind] + _NAMED, {"refs": sorted(refs)})
    return {row["object_ref"] for row in rows}


def _days(notices: Notices, kind: NoticeKind) -> list[int]:
    if kind is NoticeKind.CANCELLATION:
        return [0] if notices.cancellation else []
    days: list[int] = getattr(notices, kind.value)
    return days


def _step(kind: NoticeKind, days: list[int], at: datetime, now: datetime) -> int | None:
    """Return the step that is due: the last one after the day, the nearest before it; None when it is too late."""
    if kind.comes_before:
        return min(day for day in days if at <= now + timedelta(days=day))
    step = max(day for day in days if at + timedelta(days=day) <= now)
    return step if now - at - timedelta(days=step) <= LATE else None
