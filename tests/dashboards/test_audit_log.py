"""The audit log's page: filtered, whole, verifiable, and as a file that no spreadsheet runs."""

import csv
import io

import pytest
from sqlalchemy import Engine, text
from streamlit.testing.v1 import AppTest

from billing.store import audit, transaction
from billing.store.audit import Actor, Entry
from billing.vocabulary import Channel
from dashboards.views.audit_log import COLUMNS, _csv
from tests.dashboards.conftest import Open, texts, turn_to


@pytest.fixture
def log(engine: Engine) -> None:
    ana = Actor("ana@lampa.example", "agent", Channel.DASHBOARD)
    system = Actor("reconciler", None, Channel.SYSTEM)
    asked = {"amount_minor": 500, "currency": "EUR", "note": "=cmd()", "before": {"amount_refunded": 0}}
    with transaction(engine) as connection:
        for action, actor in (("a1", ana), ("a2", system)):
            for kind, data in (("requested", asked), ("succeeded", {"after": {"amount_refunded": 500}})):
                audit.record(
                    connection,
                    Entry(
                        f"charge.refund.{kind}",
                        actor,
                        action_id=action,
                        object_ref=f"stripe:stripe_eu:ch_{action}",
                        ticket="8841" if action == "a1" else None,
                        reason="duplicate",
                        data=data,
                    ),
                )


def numbers(app: AppTest) -> list[int]:
    return list(app.dataframe[0].value["No"])


@pytest.mark.usefixtures("log")
def test_entries_are_shown_newest_first_with_the_newest_in_whole(open_app: Open) -> None:
    app = turn_to(open_app("chen"), "audit-log")
    assert numbers(app) == [4, 3, 2, 1]
    said = texts(app)
    assert "charge.refund.succeeded" in said
    assert "reconciler · system" in said
    assert ":gray[Note] =cmd()" in said
    assert list(app.dataframe[1].value["Before"]) == ["0"]
    assert list(app.dataframe[1].value["After"]) == ["500"]


@pytest.mark.usefixtures("log")
@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        ("type", "charge.refund.requested", [3, 1]),
        ("actor", "ana@lampa.example", [2, 1]),
        ("object", "ch_a2", [4, 3]),
        ("object", "stripe:stripe_eu:ch_a1", [2, 1]),
        ("object", "8841", [2, 1]),
        ("object", "a1", [2, 1]),
    ],
)
def test_filters_narrow_the_log(open_app: Open, key: str, value: str, expected: list[int]) -> None:
    app = turn_to(open_app("chen"), "audit-log")
    widget = app.text_input(key=key) if key == "object" else app.selectbox(key=key)
    widget.set_value(value)
    assert numbers(app.run()) == expected


@pytest.mark.usefixtures("log")
def test_days_narrow_the_log(open_app: Open) -> None:
    from datetime import UTC, datetime, timedelta

    today = datetime.now(UTC).date()
    app = turn_to(open_app("chen"), "audit-log")
    app.date_input(key="from").set_value(today)
    app.date_input(key="to").set_value(today)
    assert len(numbers(app.run())) == 4
    app.date_input(key="from").set_value(None)
    app.date_input(key="to").set_value(today - timedelta(days=1))
    assert "No entry fits" in texts(app.run())


@pytest.mark.usefixtures("log")
def test_the_chain_is_verified_in_words(open_app: Open, engine: Engine) -> None:
    app = turn_to(open_app("chen"), "audit-log")
    verify = next(b for b in app.button if b.label == "Verify the chain")
    verify.click().run()
    assert "The chain is whole: 4 entries" in app.success[0].value
    with engine.begin() as connection:
        triggers = connection.execute(
            text("select name from sqlite_master where type = 'trigger' and tbl_name = 'audit_log'")
        ).scalars()
        for name in list(triggers):
            connection.execute(text(f"drop trigger {name}"))
        connection.execute(text("update audit_log set reason = 'fraudulent' where seq = 2"))
    next(b for b in app.button if b.label == "Verify the chain").click().run()
    assert "Entry 2 was altered" in app.error[0].value.replace("\\", "")


@pytest.mark.usefixtures("log")
def test_the_file_holds_every_column_and_no_formula(engine: Engine) -> None:
    with transaction(engine) as connection:
        rows = audit.entries(connection)
    rows[0]["reason"] = "=1+1"
    head, first, *rest = csv.reader(io.StringIO(_csv(rows)))
    assert tuple(head) == COLUMNS
    assert len(rest) == 3
    assert first[COLUMNS.index("reason")] == "'=1+1"
    assert set(COLUMNS) == set(rows[0])
