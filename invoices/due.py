"""What a document is due for: money that moved, or is owed, on or after the start, and that has no document yet."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from email_validator import EmailNotValidError, validate_email
from sqlalchemy import Engine, select

from billing import clock
from billing.settings import Settings
from billing.store import checkpoints, transaction
from billing.store.tables import documents
from billing.warehouse.reader import Reader
from invoices.snapshot import Kind

START = "receipts.start"
_HTTPS = re.compile(r"https://[\w.-]+(:[0-9]+)?([/?#]\S*)?")
PAGE = 500
_FOREVER = datetime(9999, 1, 1)  # noqa: DTZ001 - times of the warehouse are UTC without a zone
OF_CHARGES = (Kind.INVOICE, Kind.RECEIPT, Kind.BRANDED_COPY)
OF_REFUNDS = (Kind.CREDIT_NOTE, Kind.REFUND_RECEIPT)
OF_OPEN_INVOICES = (Kind.PAYMENT_REQUEST,)

Row = dict[str, Any]

# Keyset paging on (moved_at, ref): each page is one query on one published copy, and none is skipped. `lead_ref` is
# the first payment of a charge's invoice: what several payments settle is one supply, and gets one tax invoice.
_PAID = """
    with paid as (
        select h.charge_ref, h.charge_id, h.gateway, h.account, h.customer_ref, h.invoice_ref, h.customer_email,
            h.customer_name, h.captured_minor, h.refunded_minor, h.currency, h.description, h.explanation,
            h.method_brand, h.method_last4, h.method_type, h.country, h.amount_minor, h.tax_minor,
            h.tax_rate_percent, coalesce(h.captured_at, h.created_at) as moved_at
        from charges h
        where h.status in ('paid', 'partially_refunded', 'refunded', 'disputed') and h.captured_minor > 0
    ),
    page as ({page}),
    leads as (
        select invoice_ref, charge_ref,
            row_number() over (partition by invoice_ref order by moved_at, charge_ref) as place
        from paid where invoice_ref in (select invoice_ref from page where invoice_ref is not null)
    )
    select page.*, coalesce(leads.charge_ref, page.charge_ref) as lead_ref
    from page left join leads on page.invoice_ref = leads.invoice_ref and leads.place = 1
    order by page.moved_at, page.ref"""
_CHARGES = _PAID.format(
    page="""
        select paid.*, charge_ref as ref from paid
        where moved_at < $until and (moved_at > $after_at or (moved_at = $after_at and charge_ref > $after_ref))
        order by moved_at, charge_ref
        limit $page"""
)
_REFUNDS = _PAID.format(
    page="""
        select r.refund_ref as ref, r.refund_ref, r.charge_ref, r.amount_minor, r.currency, h.invoice_ref,
            r.created_at as moved_at
        from refunds r join charges h on h.charge_ref = r.charge_ref
        where r.status = 'succeeded' and r.amount_minor > 0 and r.created_at < $until
            and (r.created_at > $after_at or (r.created_at = $after_at and r.refund_ref > $after_ref))
        order by r.created_at, r.refund_ref
        limit $page"""
)

# What the gateway collects by itself, or has a payment of under way, nobody is asked for: it would be paid twice.
# A shop's order is invoice and charge in one: that it is pending says only that nobody has paid it.
_ASKED = """
    select * from (
        select i.invoice_ref as ref, i.invoice_ref, i.gateway, i.account, i.customer_ref, i.number,
            i.is_tax_invoice, i.tax_minor, i.total_minor, i.due_minor, i.currency, i.due_at, i.hosted_url,
            c.email as customer_email, c.name as customer_name, c.address_country as country,
            coalesce(i.issued_at, i.created_at) as moved_at
        from invoices i left join customers c on c.customer_ref = i.customer_ref
        where i.status = 'open' and i.due_minor > 0 and not i.is_collected_automatically
            and not exists (
                select 1 from charges h
                where h.invoice_ref = i.invoice_ref and h.status = 'pending' and h.charge_ref <> i.invoice_ref
            )
    ) x
    where """
_OPEN = f"""{_ASKED}
        moved_at < $until and (moved_at > $after_at or (moved_at = $after_at and ref > $after_ref))
    order by moved_at, ref
    limit $page"""
_STILL_OPEN = f"{_ASKED} ref = any($refs)"


@dataclass(frozen=True, slots=True)
class Span:
    """The time whose charges, refunds and invoices are looked at, UTC without a zone; `end` is excluded."""

    begin: datetime
    end: datetime


def start_day(settings: Settings, engine: Engine) -> date:
    """Return the first day that documents are issued for: the configured one, else that of the first run.

    The first run's day is remembered, so that loading years of history mails nobody.
    """
    if settings.documents.start:
        return settings.documents.start
    today = clock.now().astimezone(ZoneInfo(settings.company.time_zone)).date()
    with transaction(engine) as connection:
        return date.fromisoformat(checkpoints.put_first(connection, START, today.isoformat()))


def span(settings: Settings, engine: Engine, day: date | None = None) -> Span:
    """Return the time from the start on, or one day of it alone, by the company's clock."""
    first = start_day(settings, engine)
    if day is None:
        return Span(_midnight(settings, first), _FOREVER)
    return Span(_midnight(settings, max(day, first)), _midnight(settings, day + timedelta(days=1)))


def _midnight(settings: Settings, day: date) -> datetime:
    return clock.naive(datetime.combine(day, time(), tzinfo=ZoneInfo(settings.company.time_zone)))


def charges(reader: Reader, engine: Engine, within: Span) -> Iterator[list[Row]]:
    """Walk all charges without a document, oldest payment first, in pages of bounded size.

    Raises:
        NotFound: nothing was published yet.
    """
    return _pages(reader, engine, within, _CHARGES, OF_CHARGES)


def refunds(reader: Reader, engine: Engine, within: Span) -> Iterator[list[Row]]:
    """Walk all refunds that succeeded and have no document, oldest first, in pages of bounded size.

    Raises:
        NotFound: nothing was published yet.
    """
    return _pages(reader, engine, within, _REFUNDS, OF_REFUNDS)


def open_invoices(reader: Reader, engine: Engine, within: Span) -> Iterator[list[Row]]:
    """Walk all open invoices that wait for their customer and have no payment request, oldest first, in pages.

    Raises:
        NotFound: nothing was published yet.
    """
    return _pages(reader, engine, within, _OPEN, OF_OPEN_INVOICES)


def still_due(reader: Reader, invoice_refs: Sequence[str]) -> dict[str, int]:
    """Return those of the invoices that still wait for their customer, each with what is due in minor units.

    Raises:
        NotFound: nothing was published yet.
    """
    rows = reader.rows(_STILL_OPEN, {"refs": sorted(invoice_refs)}) if invoice_refs else []
    return {row["invoice_ref"]: row["due_minor"] for row in rows}


def _pages(
    reader: Reader, engine: Engine, within: Span, query: str, kinds: Sequence[Kind]
) -> Iterator[list[Row]]:
    after_at, after_ref = (
        within.begin,
        "",
    )  # "" sorts before every reference: the first moment itself is included
    while rows := reader.rows(
        query, {"after_at": after_at, "after_ref": after_ref, "until": within.end, "page": PAGE}
    ):
        after_at, after_ref = rows[-1]["moved_at"], rows[-1]["ref"]
        known = _issued(engine, kinds, [row["ref"] for row in rows])
        yield [row for row in rows if row["ref"] not in known]
        if len(rows) < PAGE:
            return


def _issued(engine: Engine, kinds: Sequence[Kind], refs: list[str]) -> set[str]:
    query = select(documents.c.object_ref).where(
        documents.c.kind.in_(kinds), documents.c.object_ref.in_(refs)
    )
    with transaction(engine) as connection:
        return set(connection.execute(query).scalars())


def pay_url(url: str | None) -> str | None:
    """Return a link that customers may be sent to, which is https; None for every other."""
    return url if url and _HTTPS.fullmatch(url) else None


def due_at(moment: datetime, time_zone: str) -> datetime:
    """Return when something is due, aware, of a mart's naive UTC time.

    A gateway that knows days alone says midnight UTC: that day is meant, by the seller's clock.
    """
    zone = ZoneInfo(time_zone) if moment.time() == time() else UTC
    return moment.replace(tzinfo=zone)


def can_receive(address: str | None) -> bool:
    """Say whether an address is one that mail can be sent to."""
    try:
        validate_email(address or "", check_deliverability=False)
    except EmailNotValidError:
        return False
    return True
