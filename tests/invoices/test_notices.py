"""Notices: on schedule, once per step, of nothing that is paid or long past, in the customer's language."""

import email
import email.policy
from collections.abc import Callable
from datetime import datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import duckdb
import pytest
from sqlalchemy import Engine

from billing import clock
from billing.settings_model import Settings
from billing.store import mail_preferences, open_store, outbox, sent_mail, transaction
from billing.store.mail_preferences import Topic
from billing.store.sent_mail import Sent
from billing.warehouse import paths
from billing.warehouse.reader import DuckDBReader
from invoices import notices, notices_wording
from invoices.notices_due import NoticeKind
from tests.invoices.conftest import NOW, Mailbox, MovableClock

TODAY = clock.naive(NOW)
ALL = {
    "unpaid": [3, 7, 14], "failed_payment": [0, 3], "trial_ending": [3], "upcoming_payment": [7],
    "cancellation": True,
}  # fmt: skip
TABLES = {
    "customers": "customer_ref text, email text, name text, address_country text",
    "invoices": (
        "invoice_ref text, gateway text, account text, customer_ref text, number text, status text, "
        "due_minor bigint, currency text, hosted_url text, due_at timestamp"
    ),
    "charges": "invoice_ref text, status text, created_at timestamp",
    "subscriptions": (
        "subscription_ref text, gateway text, account text, customer_ref text, plan_name text, status text, "
        "amount_minor bigint, currency text, current_period_end_at timestamp, trial_end_at timestamp, "
        "canceled_at timestamp, is_cancel_at_period_end boolean"
    ),
}
OURS = {"gateway": "stripe", "account": "stripe_eu", "customer_ref": "cus_1", "currency": "EUR"}
Publish = Callable[..., None]


def day(days: float) -> datetime:
    """A moment so many days from now, naive UTC as in the marts."""
    return TODAY + timedelta(days=days)


def invoice(name: str = "in_1", **changed: Any) -> dict[str, Any]:
    return {
        "invoice_ref": name, "number": "MARIA-0012", "status": "open", "due_minor": 4900, "due_at": day(-4),
        "hosted_url": "https://pay.example/in_1",
    } | OURS | changed  # fmt: skip


def subscription(name: str = "sub_1", **changed: Any) -> dict[str, Any]:
    return {
        "subscription_ref": name, "plan_name": "Pro {monthly} <b>", "status": "active", "amount_minor": 4900,
        "current_period_end_at": day(60), "trial_end_at": None, "canceled_at": None,
        "is_cancel_at_period_end": False,
    } | OURS | changed  # fmt: skip


@pytest.fixture
def publish(tmp_path: Path) -> Publish:
    def run(customer: dict[str, Any] | None = None, **tables: list[dict[str, Any]]) -> None:
        folder = tmp_path / "warehouse"
        folder.mkdir(exist_ok=True)
        name = paths.serve_name(len(paths.published_copies(folder)) + 1)
        maria = {"customer_ref": "cus_1", "email": "maria@example.com", "name": "Maria"} | (customer or {})
        with duckdb.connect(str(folder / name)) as connection:
            connection.execute("create schema marts; use marts")
            for table, columns in TABLES.items():
                connection.execute(f"create table {table} ({columns})")
                for row in {"customers": [maria], **tables}.get(table, []):
                    marks = ", ".join("?" for _ in row)
                    connection.execute(
                        f"insert into {table} ({', '.join(row)}) values ({marks})", list(row.values())
                    )
        (folder / paths.CURRENT).write_text(name)

    return run


@pytest.fixture(params=["sqlite", "postgres"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    url = f"sqlite:///{tmp_path}/store.db"
    opened = open_store(url if request.param == "sqlite" else request.getfixturevalue("postgres_url"))
    yield opened
    opened.dispose()


@pytest.fixture
def settings(make_settings: Callable[..., Settings], mailbox: Mailbox) -> Settings:
    return make_settings(mailbox.sandbox.smtp_port, documents={"start": "2026-11-01", "notices": ALL})


def subjects(mailbox: Mailbox) -> list[str]:
    return [one["subject"] for one in mailbox.messages()]


@pytest.mark.parametrize(
    ("rows", "subject"),
    [
        ({"invoices": [invoice()]}, "Reminder: 49.00 EUR for invoice MARIA-0012 was due on 19 November 2026"),
        (
            {
                "invoices": [invoice(due_at=None)],
                "charges": [{"invoice_ref": "in_1", "status": "failed", "created_at": day(-0.1)}],
            },
            "Your payment of 49.00 EUR for invoice MARIA-0012 did not go through",
        ),
        (
            {"subscriptions": [subscription(status="trialing", trial_end_at=day(2))]},
            "Your trial of Pro {monthly} <b> ends on 25 November 2026",
        ),
        (
            {"subscriptions": [subscription(current_period_end_at=day(6))]},
            "Your next payment for Pro {monthly} <b>: 29 November 2026",
        ),
        (
            {"subscriptions": [subscription(canceled_at=day(-1), is_cancel_at_period_end=True)]},
            "Your subscription to Pro {monthly} <b> is cancelled",
        ),
    ],
)
def test_each_notice_is_mailed_once(
    settings: Settings, engine: Engine, reader: DuckDBReader, publish: Publish, mailbox: Mailbox,
    rows: dict[str, Any], subject: str,
) -> None:  # fmt: skip
    publish(**rows)
    assert notices.run(settings, engine, reader).sent == 1
    assert notices.run(settings, engine, reader).sent == 0
    assert subjects(mailbox) == [subject]
    (one,) = mailbox.messages()
    raw = mailbox.raw(one)
    parsed = email.message_from_bytes(raw, policy=email.policy.default)
    assert isinstance(parsed, EmailMessage)
    html = parsed.get_body(("html",))
    assert html is not None
    assert "<b>" not in html.get_content()
    assert b"List-Unsubscribe: <mailto:support@lampa.example?subject=unsubscribe%20" in raw


@pytest.mark.parametrize(
    ("country", "subject"),
    [
        ("DE", "Zahlungserinnerung: 49,00 EUR für Rechnung MARIA-0012, fällig am 19. November 2026"),
        ("de", "Zahlungserinnerung: 49,00 EUR für Rechnung MARIA-0012, fällig am 19. November 2026"),
        ("XX", "Reminder: 49.00 EUR for invoice MARIA-0012 was due on 19 November 2026"),
    ],
)
def test_a_customer_is_written_to_in_their_countrys_language(
    settings: Settings, engine: Engine, reader: DuckDBReader, publish: Publish, mailbox: Mailbox,
    country: str, subject: str,
) -> None:  # fmt: skip
    publish(invoices=[invoice()], customer={"address_country": country})
    assert notices.run(settings, engine, reader).sent == 1
    assert subjects(mailbox) == [subject]


@pytest.mark.parametrize("url", ["https://[pay.example/in_1", "http://pay.example/in_1", "javascript:pay()"])
def test_a_link_that_is_none_is_left_out_and_holds_nothing_up(
    settings: Settings, engine: Engine, reader: DuckDBReader, publish: Publish, mailbox: Mailbox, url: str
) -> None:
    publish(invoices=[invoice(hosted_url=url)])
    assert notices.run(settings, engine, reader).sent == 1
    assert url.encode() not in mailbox.raw(mailbox.messages()[0])


def test_a_due_day_without_a_time_is_that_day_by_the_sellers_clock(
    make_settings: Callable[..., Settings], engine: Engine, reader: DuckDBReader, publish: Publish,
    mailbox: Mailbox,
) -> None:  # fmt: skip
    company = make_settings().company.model_dump() | {"time_zone": "America/New_York"}
    documents = {"start": "2026-11-01", "notices": ALL}
    settings = make_settings(mailbox.sandbox.smtp_port, company=company, documents=documents)
    publish(invoices=[invoice(due_at=datetime.fromisoformat("2026-11-19"))])
    assert notices.run(settings, engine, reader).sent == 1
    assert subjects(mailbox) == ["Reminder: 49.00 EUR for invoice MARIA-0012 was due on 19 November 2026"]


@pytest.mark.parametrize(
    "rows",
    [
        {"invoices": [invoice(status="paid", due_minor=0)]},
        {"invoices": [invoice(due_at=day(-2))]},
        {"invoices": [invoice(due_at=day(-24))]},
        {"invoices": [invoice(due_at=day(-21.5))]},
        {"invoices": [invoice(due_at=None)]},
        {"invoices": [invoice()], "customer": {"email": "no address"}},
        {"invoices": [invoice()], "customer": {"email": None}},
        {"subscriptions": [subscription(current_period_end_at=day(8))]},
        {"subscriptions": [subscription(current_period_end_at=day(-1))]},
        {"subscriptions": [subscription(current_period_end_at=day(5), is_cancel_at_period_end=True)]},
        {"subscriptions": [subscription(current_period_end_at=day(5), amount_minor=0)]},
        {"subscriptions": [subscription(status="trialing", trial_end_at=day(4))]},
        {"subscriptions": [subscription(status="canceled", canceled_at=day(-8))]},
    ],
)
def test_what_is_paid_early_long_past_or_unreachable_is_left_alone(
    settings: Settings, engine: Engine, reader: DuckDBReader, publish: Publish, mailbox: Mailbox, rows: Any
) -> None:
    publish(**rows)
    report = notices.run(settings, engine, reader)
    assert (report.sent, report.failed, report.problem) == (0, 0, None)
    assert mailbox.messages() == []


def test_reminders_follow_their_schedule_in_one_thread_and_stop_when_it_is_paid(
    settings: Settings,
    engine: Engine,
    reader: DuckDBReader,
    publish: Publish,
    mailbox: Mailbox,
    moment: MovableClock,
) -> None:
    publish(invoices=[invoice(due_at=day(0))])
    sent = []
    for passed in range(20):
        moment.now += timedelta(days=1)
        if notices.run(settings, engine, reader).sent:
            sent.append(passed + 1)
        if passed == 10:
            publish(invoices=[invoice(due_at=day(0), status="paid", due_minor=0)])
    assert sent == [3, 7]
    first, second = mailbox.messages()
    assert second["in_reply_to"] == first["message_id"] != second["message_id"]


def test_a_run_that_was_away_sends_the_last_step_and_not_all(
    settings: Settings, engine: Engine, reader: DuckDBReader, publish: Publish, mailbox: Mailbox
) -> None:
    publish(invoices=[invoice(due_at=day(-8))])
    assert notices.run(settings, engine, reader).sent == 1
    assert notices.run(settings, engine, reader).sent == 0


def test_what_is_paid_while_the_letter_waits_is_withdrawn(
    make_settings: Callable[..., Settings], settings: Settings, engine: Engine, reader: DuckDBReader,
    publish: Publish, mailbox: Mailbox,
) -> None:  # fmt: skip
    publish(invoices=[invoice()])
    down = make_settings(1, documents={"start": "2026-11-01", "notices": ALL})
    assert "cannot be reached" in (notices.run(down, engine, reader).problem or "")
    publish(invoices=[invoice(status="paid", due_minor=0)])
    assert notices.run(settings, engine, reader).sent == 0
    assert mailbox.messages() == []
    with transaction(engine) as connection:
        assert outbox.standing(connection) == []


def test_nothing_is_mailed_unless_it_is_switched_on(
    make_settings: Callable[..., Settings],
    engine: Engine,
    reader: DuckDBReader,
    publish: Publish,
    mailbox: Mailbox,
) -> None:
    publish(invoices=[invoice()], subscriptions=[subscription(canceled_at=day(-1))])
    settings = make_settings(mailbox.sandbox.smtp_port, documents={"start": "2026-11-01"})
    assert notices.run(settings, engine, reader).sent == 0
    assert mailbox.messages() == []


def test_who_wants_no_reminders_and_whose_address_is_gone_gets_none(
    settings: Settings, engine: Engine, reader: DuckDBReader, publish: Publish, mailbox: Mailbox
) -> None:
    publish(invoices=[invoice()], subscriptions=[subscription(canceled_at=day(-1))])
    with transaction(engine) as connection:
        mail_preferences.prefer(connection, "maria@example.com", Topic.REMINDERS, is_wanted=False)
        sent_mail.note(connection, Sent("<1@x>", "document.mail", "c:1", None, "maria@example.com"))
        sent_mail.bounced(connection, "<1@x>", "maria@example.com", None, "5.1.1", "no such user")
    report = notices.run(settings, engine, reader)
    assert (report.sent, report.failed, report.unwanted) == (0, 1, 1)
    assert mailbox.messages() == []


def test_amounts_and_days_are_written_as_the_language_does() -> None:
    notice = notices.Notice(
        kind=NoticeKind.UNPAID, step=3, object_ref="in_1", email="m@example.com", customer=None,
        what="A-1", amount_minor=123456, currency="EUR", happens_at="2026-11-19T23:30:00.000000+00:00",
        ends_at=None, url=None, seller="Lampa", address=(), accent="#0b6e6e", language="de",
        time_zone="Europe/Berlin", reply_to="s@lampa.example", written_at=clock.now().isoformat(),
    )  # fmt: skip
    assert notices_wording.subject(notice) == (
        "Zahlungserinnerung: 1.234,56 EUR für Rechnung A-1, fällig am 20. November 2026"
    )
    assert "Guten Tag," in notices_wording.text("notice.txt.j2", notice)
