"""The rule of what a cycle builds: nothing after a green build, unless rows, models or the time moved on."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest
from sqlalchemy import Engine, insert, update

from billing import clock
from billing.settings import Settings
from billing.settings_model import StripeAccount
from billing.store import open_store, tables, transaction
from billing.store.clocktext import now_text
from pipelines import destination, due, project, raw
from pipelines.operations import copy_store
from pipelines.raw import Batch, Row
from tests.pipelines.conftest import Raw, duckdb_raw

ACCOUNT = StripeAccount.model_validate({"account": "stripe_eu", "title": "EU", "secret_key": "unused"})
CHARGES, REFUNDS, LINKS = "raw_stripe.charges", "raw_stripe.refunds", "raw_operations.person_links"
NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def noon() -> Iterator[None]:
    clock.replace(lambda: NOON)
    yield
    clock.replace(None)


def build_green(settings: Settings, select: str | None = None, begun: datetime = NOON) -> None:
    """Do to the record what a green build does."""
    before = due.take(settings)
    due.keep(settings, before, select, [CHARGES, REFUNDS, LINKS], begun)


def selected(settings: Settings) -> str | None:
    """Return what is due as a selector, where something is."""
    found = due.due(settings)
    assert found is not None, "nothing is due"
    return found.select


@pytest.fixture
def built(tmp_path: Path) -> Settings:
    """A warehouse of three raw tables, all of whose rows are in a green build of noon."""
    settings = duckdb_raw(tmp_path, ACCOUNT).settings
    settings.warehouse.dir.mkdir()
    with duckdb.connect(str(settings.warehouse.dir / "raw.duckdb")) as connection:
        connection.execute("create schema raw_stripe; create schema raw_operations")
        for table in (CHARGES, REFUNDS):
            connection.execute(f"create table {table} as select '1' as batch_id")
        connection.execute(f"create table {LINKS} (created_at text, undone_at text)")
    build_green(settings)
    return settings


def add(settings: Settings, table: str, batch: str) -> None:
    """Put one row of a later batch into a raw table."""
    with duckdb.connect(str(settings.warehouse.dir / "raw.duckdb")) as connection:
        connection.execute(f"insert into {table} values (?)", [batch])


def test_after_a_green_build_nothing_is_due(built: Settings) -> None:
    assert due.due(built) is None


def test_new_rows_are_due_until_they_are_built(built: Settings) -> None:
    add(built, CHARGES, "2")
    found = due.due(built)
    assert found == due.Due("source:raw_stripe.charges+", "what depends on raw_stripe.charges")
    build_green(built, found.select)
    assert due.due(built) is None


def test_a_build_of_other_tables_leaves_new_rows_due(built: Settings) -> None:
    """The worker builds what its own hints touch; a load beside it is still to be built."""
    add(built, CHARGES, "2")
    add(built, REFUNDS, "3")
    build_green(built, f"source:{REFUNDS}+")
    assert selected(built) == "source:raw_stripe.charges+"


def test_without_a_green_build_everything_is_due(built: Settings) -> None:
    due.take(built)  # a build that is red or breaks off does no more than this
    assert selected(built) is None


def test_a_part_that_is_green_says_nothing_of_the_rest(built: Settings) -> None:
    due.take(built)
    build_green(built, f"source:{CHARGES}+")
    build_green(built, due.EVERY_ROW)  # leaves views out, which may never have been made
    assert selected(built) is None


def test_changed_models_make_everything_due(built: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(project, "fingerprint", lambda: "of a newer version")
    assert selected(built) is None


@pytest.mark.parametrize(
    ("begun", "now", "is_due"),
    [
        (NOON, NOON + timedelta(minutes=59), False),
        (NOON, NOON + timedelta(hours=1), True),
        (NOON.replace(hour=23, minute=50), NOON.replace(day=26, hour=0, minute=1), True),
        (NOON, NOON - timedelta(minutes=1), True),  # the clock was put back
    ],
)
def test_figures_that_depend_on_the_moment_are_built_anew(
    built: Settings, begun: datetime, now: datetime, is_due: bool
) -> None:
    build_green(built, begun=begun)
    clock.replace(lambda: now)
    assert (due.due(built) is not None) is is_due
    if is_due:
        assert selected(built) == due.EVERY_ROW
        build_green(built, due.EVERY_ROW, begun=now)
        assert due.due(built) is None


def test_a_partial_build_makes_nothing_else_younger(built: Settings) -> None:
    add(built, CHARGES, "2")
    build_green(built, f"source:{CHARGES}+", begun=NOON + timedelta(minutes=50))
    clock.replace(lambda: NOON + timedelta(minutes=61))
    assert selected(built) == due.EVERY_ROW


def test_a_record_that_cannot_be_read_counts_as_none(built: Settings) -> None:
    (built.warehouse.dir / "built.json").write_text('{"models": "of another version"}')
    assert selected(built) is None


def test_tables_that_vanished_are_due(built: Settings) -> None:
    (built.warehouse.dir / "raw.duckdb").unlink()
    assert f"source:{CHARGES}+" in (selected(built) or "").split()


def load_charge(settings: Settings, key: str) -> None:
    """Load one charge as Stripe's pipeline does."""
    with destination.open_pipeline(settings, "stripe") as pipeline:
        batch = Batch.after(destination.state(pipeline, "stripe").get("last_batch"), ACCOUNT.account, "v1")
        rows = raw.resource(
            ["charges", "refunds"],
            batch,
            [("charges", [Row(key, 0, "{}")])],
            lambda state: state.update(last_batch=batch.id),
        )
        destination.run(pipeline, "stripe", rows)


def test_what_the_pipelines_load_is_due_on_both_engines(
    make_raw: Callable[[StripeAccount], Raw], tmp_path: Path
) -> None:
    settings = make_raw(ACCOUNT).settings
    engine = open_store(f"sqlite:///{tmp_path / 'store.db'}")
    load_charge(settings, "ch_1")
    copy_store(settings, engine)
    settings.warehouse.dir.mkdir(exist_ok=True)
    build_green(settings)
    assert due.due(settings) is None

    load_charge(settings, "ch_2")
    assert selected(settings) == "source:raw_stripe.charges+"
    build_green(settings)

    _write_mail(engine)
    assert copy_store(settings, engine).rows_changed == 1
    assert due.due(settings) is None, "no model reads the outbox"

    link = {"id": 1, "kind": "same", "customer_ref_a": "a", "customer_ref_b": "b", "actor": "ana"}
    for change in (
        insert(tables.person_links).values(**link, reason="asked", created_at=now_text()),
        update(tables.person_links).values(undone_at=now_text()),
    ):
        with transaction(engine) as connection:
            connection.execute(change)
        copy_store(settings, engine)
        assert selected(settings) == "source:raw_operations.person_links+"
        build_green(settings, "source:raw_operations.person_links+")
        assert due.due(settings) is None


def _write_mail(engine: Engine) -> None:
    row = {"topic": "mail", "key": "a", "payload": "{}", "state": "pending", "due_at": now_text()}
    with transaction(engine) as connection:
        connection.execute(insert(tables.outbox).values(**row, created_at=now_text()))
