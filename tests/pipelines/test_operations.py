"""The operational store's copy in the warehouse: complete, and only what was touched since."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, insert, update

from billing import clock
from billing.settings_model import StripeAccount
from billing.store import open_store, tables, transaction
from billing.store.clocktext import now_text
from pipelines.operations import copy_store
from tests.pipelines.conftest import Raw

Make = Callable[[StripeAccount], Raw]
ACCOUNT = StripeAccount.model_validate({"account": "stripe_eu", "title": "EU", "secret_key": "unused"})


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    return open_store(f"sqlite:///{tmp_path / 'store.db'}")


def put_mail(engine: Engine, key: str) -> None:
    with transaction(engine) as connection:
        row = {"topic": "mail", "key": key, "payload": "{}", "state": "pending", "due_at": now_text()}
        connection.execute(insert(tables.outbox).values(**row, created_at=now_text()))


def put_audit(engine: Engine, seq: int) -> None:
    with transaction(engine) as connection:
        row = {"seq": seq, "occurred_at": now_text(), "type": "charge.refund.requested", "actor": "ana"}
        row |= {"channel": "cli", "data": '{"note": "Zoë"}', "previous_hash": "0", "hash": str(seq)}
        connection.execute(insert(tables.audit_log).values(**row))


def outbox(raw: Raw) -> list[tuple[str, str]]:
    return raw.rows("select key, state from raw_operations.outbox order by key")


def test_tables_exist_when_the_store_is_empty(make_raw: Make, engine: Engine) -> None:
    raw = make_raw(ACCOUNT)
    assert copy_store(raw.settings, engine).rows_changed == 0
    for name in ("audit_log", "action_requests", "documents", "outbox", "inbox", "person_links"):
        assert raw.one(f"select count(*) from raw_operations.{name}") == 0


def test_rows_are_copied_once_and_followed(make_raw: Make, engine: Engine) -> None:
    raw = make_raw(ACCOUNT)
    put_mail(engine, "a")
    put_audit(engine, 1)
    copy_store(raw.settings, engine)
    assert outbox(raw) == [("a", "pending")]
    assert raw.rows("select seq, actor, data from raw_operations.audit_log") == [
        (1, "ana", '{"note": "Zoë"}')
    ]
    with transaction(engine) as connection:
        connection.execute(update(tables.outbox).values(state="done", done_at=now_text()))
    put_mail(engine, "b")
    copy_store(raw.settings, engine)
    assert outbox(raw) == [("a", "done"), ("b", "pending")]


def test_old_rows_are_left_alone_until_they_change(make_raw: Make, engine: Engine) -> None:
    raw = make_raw(ACCOUNT)
    for number in range(3):
        put_mail(engine, f"old{number}")
    copy_store(raw.settings, engine)
    clock.replace(lambda: datetime.now(UTC) + timedelta(hours=1))
    try:
        put_mail(engine, "new")
        copy_store(raw.settings, engine)  # moves on by the hour
        report = copy_store(raw.settings, engine)
        assert report.table("outbox").rows_fetched == 1, "only what the overlap holds"
        with transaction(engine) as connection:
            done = (
                update(tables.outbox)
                .where(tables.outbox.c.key == "old1")
                .values(state="done", done_at=now_text())
            )
            connection.execute(done)
        copy_store(raw.settings, engine)
    finally:
        clock.replace(None)
    assert outbox(raw) == [("new", "pending"), ("old0", "pending"), ("old1", "done"), ("old2", "pending")]


def test_many_rows_come_in_pages(make_raw: Make, engine: Engine) -> None:
    raw = make_raw(ACCOUNT)
    row = {
        "topic": "mail",
        "payload": "{}",
        "state": "pending",
        "due_at": now_text(),
        "created_at": now_text(),
    }
    with transaction(engine) as connection:
        connection.execute(insert(tables.outbox), [{**row, "key": f"k{number}"} for number in range(12_345)])
    copy_store(raw.settings, engine)
    assert raw.one("select count(distinct key) from raw_operations.outbox") == 12_345
