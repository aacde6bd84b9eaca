"""Contexts reach the right contacts of a real (emulated) Zendesk: all changes, only changes, nobody else."""

from collections.abc import Callable
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import Engine

from billing.errors import BadCredential, ConfigError, NotFound, Terminal
from billing.settings_helpdesks import Helpdesks
from billing.settings_model import Settings
from billing.store import contact_troubles, helpdesk_runs, sync_state, transaction
from billing.warehouse.reader import DuckDBReader
from helpdesk_sync import contexts
from helpdesk_sync.engine import SyncReport, again, push, sync
from helpdesk_sync.helpdesks import zendesk
from tests.helpdesk_sync.conftest import Desk, context

Publish = Callable[[list[dict[str, Any]]], None]
Sync = Callable[[], SyncReport]


@pytest.fixture
def run(settings: Settings, engine: Engine, reader: DuckDBReader) -> Sync:
    return lambda: sync(settings, engine, reader)


def troubles(engine: Engine) -> list[str]:
    """The contacts that are in trouble."""
    with transaction(engine) as connection:
        return [one.contact_id for one in contact_troubles.standing(connection)]


def test_facts_arrive_typed_and_unchanged_facts_are_not_written_again(
    desk: Desk, domain: str, publish: Publish, run: Sync
) -> None:
    maria = desk.add(f"maria@{domain}", user_fields={"shoe_size": "38"})
    stranger = desk.add(f"stranger@{domain}")
    desk.reset()
    publish([context(f"maria@{domain}"), context(f"nobody@{domain}")])
    report = run()
    assert (report.contacts_matched, report.contacts_synced, report.writes, report.failed) == (1, 1, 1, 0)
    assert report.contacts_seen >= 2
    held = desk.fields(maria)
    assert held["billhouse_plan"] == "Pro monthly"
    assert held["billhouse_status"] == "past due"
    assert held["billhouse_renews_on"].startswith("2026-12-12")
    assert held["billhouse_open_disputes"] == 0
    assert held["billhouse_lifetime_value"] == "490.00 EUR"
    assert not any(value for key, value in desk.fields(stranger).items() if key.startswith("billhouse_"))
    assert desk.writes() == 1

    again = run()
    assert (again.writes, again.contacts_synced, desk.writes()) == (0, 1, 1)

    publish([context(f"maria@{domain}", past_due="", subscription_status="active")])
    assert run().writes == 1
    assert desk.fields(maria)["billhouse_past_due"] is None
    assert desk.fields(maria)["billhouse_status"] == "active"


def test_addresses_match_whatever_their_case_but_plus_addresses_stay_apart(
    desk: Desk, domain: str, publish: Publish, run: Sync
) -> None:
    upper = desk.add(f"Maria.Kowalska@{domain.upper()}")
    plus = desk.add(f"maria.kowalska+news@{domain}")
    publish([context(f"maria.kowalska@{domain}")])
    assert run().writes == 1
    assert desk.fields(upper)["billhouse_plan"] == "Pro monthly"
    assert desk.fields(plus)["billhouse_plan"] is None


def test_facts_that_are_gone_are_emptied_once(desk: Desk, domain: str, publish: Publish, run: Sync) -> None:
    maria = desk.add(f"maria@{domain}")
    publish([context(f"maria@{domain}"), context(f"other@{domain}")])
    run()
    publish([context(f"other@{domain}")])
    report = run()
    assert (report.writes, report.contacts_matched, report.contacts_synced) == (1, 0, 0)
    assert all(desk.fields(maria)[key] is None for key in contexts.CLEARED)
    assert run().writes == 0


def test_an_empty_copy_empties_nobody(desk: Desk, domain: str, publish: Publish, run: Sync) -> None:
    maria = desk.add(f"maria@{domain}")
    publish([context(f"maria@{domain}")])
    run()
    publish([])
    with pytest.raises(Terminal, match="Nothing was emptied"):
        run()
    assert desk.fields(maria)["billhouse_plan"] == "Pro monthly"


@pytest.mark.slow
def test_250_contacts_go_in_three_batches(desk: Desk, domain: str, publish: Publish, run: Sync) -> None:
    people = [f"person{n:03d}@{domain}" for n in range(250)]
    for person in people:
        desk.add(person)
    desk.reset()
    publish([context(person) for person in people])
    report = run()
    assert (report.contacts_matched, report.contacts_synced, report.writes) == (250, 250, 250)
    assert len(desk.requests("/users/update_many")) == 3
    assert desk.writes() == 250
    assert run().writes == 0


def test_a_contact_that_the_helpdesk_did_not_take_is_tried_again_alone(
    desk: Desk, domain: str, publish: Publish, run: Sync, engine: Engine, monkeypatch: Any
) -> None:
    """One row of the job fails (the value is too long for its field); the others are remembered."""
    ids = [desk.add(f"person{n}@{domain}") for n in range(3)]
    publish([context(f"person{n}@{domain}", plan="x" * 300 if n == 1 else "Pro") for n in range(3)])
    monkeypatch.setattr(zendesk, "_cut", lambda value: value)
    report = run()
    assert (report.writes, report.contacts_synced, report.failed) == (3, 2, 1)
    assert ids[1] in (report.problem or "")
    assert troubles(engine) == [ids[1]]
    with transaction(engine) as connection:
        assert set(sync_state.hashes(connection, "zendesk:main")) == {ids[0], ids[2]}
    monkeypatch.undo()
    report = run()
    assert (report.writes, report.failed) == (1, 0)
    assert troubles(engine) == []
    assert desk.fields(ids[1])["billhouse_plan"] == "x" * 254 + "…"


def test_a_contact_in_trouble_is_written_again_alone(
    desk: Desk, domain: str, publish: Publish, settings: Settings, engine: Engine, reader: DuckDBReader,
    monkeypatch: Any,
) -> None:  # fmt: skip
    first, second = (desk.add(f"person{n}@{domain}") for n in range(2))
    publish([context(f"person{n}@{domain}", plan="x" * 300) for n in range(2)])
    monkeypatch.setattr(zendesk, "_cut", lambda value: value)
    sync(settings, engine, reader)
    problem = again(settings, engine, reader, "zendesk:main", first)
    assert problem
    with transaction(engine) as connection:
        assert contact_troubles.standing(connection)[0].attempts == 2
    monkeypatch.undo()
    assert again(settings, engine, reader, "zendesk:main", first) is None
    assert desk.fields(first)["billhouse_plan"] == "x" * 254 + "…"
    assert desk.fields(second)["billhouse_plan"] is None
    assert troubles(engine) == [second]
    with pytest.raises(NotFound, match="in no trouble"):
        again(settings, engine, reader, "zendesk:main", first)
    with pytest.raises(NotFound, match=r"zendesk:main in billhouse\.toml"):
        again(settings.model_copy(update={"helpdesks": Helpdesks()}), engine, reader, "zendesk:main", second)


def test_a_contact_whose_facts_are_gone_is_in_no_trouble(
    desk: Desk, domain: str, publish: Publish, run: Sync, engine: Engine
) -> None:
    maria = desk.add(f"maria@{domain}")
    publish([context(f"other@{domain}")])
    with transaction(engine) as connection:
        contact_troubles.note(
            connection, "zendesk:main", {maria: (f"maria@{domain}", "No."), "1": ("x@x", "Deleted since.")}
        )
    run()
    assert troubles(engine) == []


def test_each_run_is_on_record(
    desk: Desk, domain: str, publish: Publish, settings: Settings, engine: Engine, reader: DuckDBReader
) -> None:
    desk.add(f"maria@{domain}")
    publish([context(f"maria@{domain}")])
    sync(settings, engine, reader)
    push(settings, engine, reader)
    wrong = settings.helpdesks.zendesk[0].model_copy(update={"api_token": SecretStr("wrong")})
    locked = settings.model_copy(update={"helpdesks": Helpdesks(zendesk=[wrong])})
    with pytest.raises(BadCredential):
        sync(locked, engine, reader)
    with transaction(engine) as connection:
        failed, pushed, swept = helpdesk_runs.recent(connection)
    assert (swept.kind, swept.writes, swept.failed, swept.problem) == ("sweep", 1, 0, None)
    assert swept.contacts_seen > swept.contacts_matched == 1
    assert (pushed.kind, pushed.contacts_seen, pushed.is_quiet) == ("push", 1, True)
    assert (failed.kind, failed.failed, failed.is_quiet) == ("sweep", 1, False)
    assert "our credentials are not accepted" in (failed.problem or "")


@pytest.mark.parametrize(
    ("path", "method", "kind"),
    [
        ("/users", "GET", "429"),
        ("/users", "GET", "500"),
        ("/users", "GET", "truncate"),
        ("/users/update_many", "PUT", "500"),
        ("/users/update_many", "PUT", "timeout_after"),
        ("/job_statuses/*", "GET", "429"),
        ("/job_statuses/*", "GET", "cut"),
    ],
)
def test_passing_faults_are_survived(
    path: str, method: str, kind: str, desk: Desk, domain: str, publish: Publish, run: Sync
) -> None:
    maria = desk.add(f"maria@{domain}")
    publish([context(f"maria@{domain}")])
    desk.fault(path, method=method, kind=kind, times=2)
    report = run()
    assert (report.contacts_synced, report.failed) == (1, 0)
    assert desk.fields(maria)["billhouse_plan"] == "Pro monthly"
    assert run().writes == 0


def test_what_was_confirmed_before_an_outage_is_remembered(
    desk: Desk, domain: str, publish: Publish, run: Sync, monkeypatch: Any
) -> None:
    """The job of the first batch is confirmed, the second is never accepted; the next run writes the rest."""
    people = [f"person{n:03d}@{domain}" for n in range(4)]
    for person in people:
        desk.add(person)
    publish([context(person) for person in people])
    monkeypatch.setattr(zendesk, "_JOB_SIZE", 2)
    monkeypatch.setattr(zendesk, "_JOBS_AT_ONCE", 1)
    desk.fault("/users/update_many", method="PUT", kind="500", times=1, skip=1)
    monkeypatch.setattr("helpdesk_sync.http._wait", lambda _error: False)
    with pytest.raises(Exception, match="500"):
        run()
    monkeypatch.undo()
    desk.reset()
    report = run()
    assert (report.writes, report.contacts_synced) == (2, 4)


def test_a_push_writes_known_contacts_without_walking_the_helpdesk(
    settings: Settings,
    engine: Engine,
    reader: DuckDBReader,
    desk: Desk,
    domain: str,
    publish: Publish,
    run: Sync,
) -> None:
    maria = desk.add(f"maria@{domain}")
    publish([context(f"maria@{domain}")])
    run()
    desk.reset()
    publish([context(f"maria@{domain}", open_disputes=1)])
    report = push(settings, engine, reader)
    assert (report.writes, report.contacts_synced) == (1, 1)
    assert desk.fields(maria)["billhouse_open_disputes"] == 1
    assert [entry["path"] for entry in desk.requests("/users") if entry["method"] == "GET"] == [
        f"/zendesk/api/v2/users/{maria}"
    ]
    assert run().writes == 0


def test_the_support_team_is_never_given_billing_facts(desk: Desk, publish: Publish, run: Sync) -> None:
    publish([context("ana@lampa.example")])
    report = run()
    assert (report.contacts_matched, report.writes) == (0, 0)


def test_fields_are_created_once_and_a_foreign_type_is_refused(desk: Desk, settings: Settings) -> None:
    account = zendesk.Zendesk(settings.helpdesks.zendesk[0])
    assert "Lampa API" in account.check()
    account.ensure_fields(contexts.FIELDS)
    desk.reset()
    account.ensure_fields(contexts.FIELDS)
    assert [entry["method"] for entry in desk.requests("/user_fields")] == ["GET"]
    plan = contexts.FIELDS[0]
    with pytest.raises(ConfigError, match="billhouse_plan"):
        account.ensure_fields([contexts.Field(plan.key, plan.title, contexts.FieldKind.DATE, "")])


def test_a_field_whose_answer_was_lost_counts_as_created(desk: Desk, settings: Settings, domain: str) -> None:
    account = zendesk.Zendesk(settings.helpdesks.zendesk[0])
    key = "billhouse_" + domain.partition(".")[0]
    desk.fault("/user_fields", method="POST", kind="timeout_after", times=1)
    account.ensure_fields([contexts.Field(key, "Lost and found", contexts.FieldKind.TEXT, "")])
    assert key in {field["key"] for field in desk.http.get("/user_fields").json()["user_fields"]}


def test_a_wrong_token_is_named_and_not_repeated_in_the_error(desk: Desk, settings: Settings) -> None:
    account = settings.helpdesks.zendesk[0].model_copy(
        update={"api_token": type(settings.helpdesks.zendesk[0].api_token)("wrong_token")}
    )
    with pytest.raises(BadCredential) as raised:
        zendesk.Zendesk(account).check()
    assert "wrong_token" not in str(raised.value)
    assert len(desk.requests("/users/me")) == 1


def test_a_helpdesk_that_fails_keeps_no_other_from_its_facts(
    desk: Desk, domain: str, publish: Publish, settings: Settings, engine: Engine, reader: DuckDBReader
) -> None:
    """The first account's key is wrong: it is told, and the second is written all the same."""
    maria = desk.add(f"maria@{domain}")
    publish([context(f"maria@{domain}")])
    (account,) = settings.helpdesks.zendesk
    wrong = account.model_copy(update={"account": "locked", "api_token": type(account.api_token)("wrong")})
    both = settings.model_copy(
        update={"helpdesks": settings.helpdesks.model_copy(update={"zendesk": [wrong, account]})}
    )
    report = sync(both, engine, reader)
    assert (report.contacts_synced, report.failed) == (1, 1)
    assert (report.problem or "").startswith("zendesk:locked: ")
    assert desk.fields(maria)["billhouse_plan"] == "Pro monthly"
