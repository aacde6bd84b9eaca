"""Which charges a receipt is due for: money was taken, on or after the start, and no receipt was issued yet."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from email_validator import EmailNotValidError, validate_email
from sqlalchemy import Engine, select

from billing import clock
from billing.settings import Settings
from billing.store import checkpoints, transaction
from billing.store.tables import documents
from billing.warehouse.reader import Reader

KIND = "receipt"
START = "receipts.start"
PAGE = 500

# Keyset paging on (paid_at, charge_ref): each page is one query on one published copy, and none is skipped.
_PAID = """
    select h.charge_ref, h.charge_id, h.gateway, h.account, h.customer_ref, h.invoice_ref, h.customer_email,
        h.customer_name, h.captured_minor, h.refunded_minor, h.currency, h.description, h.explanation,
        h.method_brand, h.method_last4, h.method_type, coalesce(h.captured_at, h.created_at) as paid_at
    from charges h
    where h.status in ('paid', 'partially_refunded', 'refunded', 'disputed')
        and h.captured_minor > 0
        and (coalesce(h.captured_at, h.created_at) > $after_at
            or (coalesce(h.captured_at, h.created_at) = $after_at and h.charge_ref > $after_ref))
    order by paid_at, h.charge_ref
    limit $page"""


@dataclass(frozen=True, slots=True)
class Page:
    """Some due charges (rows of the mart, with `paid_at`), and how many others had no address to send to."""

    charges: list[dict[str, Any]]
    without_address: int


def start_day(settings: Settings, engine: Engine) -> date:
    """Return the first day that receipts are issued for: the configured one, else that of the first run.

    The first run's day is remembered, so that loading years of history mails nobody.
    """
    if settings.receipts.start:
        return settings.receipts.start
    today = clock.now().astimezone(ZoneInfo(settings.company.time_zone)).date()
    with transaction(engine) as connection:
        return date.fromisoformat(checkpoints.put_first(connection, START, today.isoformat()))


def pages(settings: Settings, engine: Engine, reader: Reader) -> Iterator[Page]:
    """Walk all charges without a receipt, oldest payment first, in pages of bounded size.

    Raises:
        NotFound: nothing was published yet.
    """
    zone = ZoneInfo(settings.company.time_zone)
    after_at = clock.naive(datetime.combine(start_day(settings, engine), time(), tzinfo=zone))
    after_ref = ""  # sorts before every reference, so the first moment itself is included
    while rows := reader.rows(_PAID, {"after_at": after_at, "after_ref": after_ref, "page": PAGE}):
        after_at, after_ref = rows[-1]["paid_at"], rows[-1]["charge_ref"]
        known = _issued(engine, [row["charge_ref"] for row in rows])
        missing = [row for row in rows if row["charge_ref"] not in known]
        reachable = [row for row in missing if can_receive(row["customer_email"])]
        yield Page(reachable, len(missing) - len(reachable))
        if len(rows) < PAGE:
            return


def can_receive(address: str | None) -> bool:
    """Say whether an address is one that mail can be sent to."""
    try:
        validate_email(address or "", check_deliverability=False)
    except EmailNotValidError:
        return False
    return True


def _issued(engine: Engine, refs: list[str]) -> set[str]:
    query = select(documents.c.object_ref).where(documents.c.kind == KIND, documents.c.object_ref.in_(refs))
    with transaction(engine) as connection:
        return set(connection.execute(query).scalars())
