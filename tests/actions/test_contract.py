"""One suite over every gateway and every verb: what the manifest claims works, once, whatever goes wrong.

The judge is the gateway's own word (`tests/actions/counters`), never our store.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine

from actions import service, store
from actions.commands import Command
from actions.outcomes import ActionResult
from actions.reconcile import settle
from actions.service import Desk
from actions.wiring import desk as open_desk
from billing.ids import GatewayRef, new_action_id
from billing.settings_model import Settings
from billing.store import audit, open_store, transaction
from billing.store.audit import Actor
from billing.verbs import FACTS, REASONS_FOR, Verb
from billing.vocabulary import ActionStatus, Channel
from gateways import REGISTRY
from gateways.manifest import Cannot
from tests.actions.conftest import STAFF
from tests.actions.counters import Case, counter
from tests.conftest import Sandbox

SUPPORTED = [(name, verb) for name, gateway in REGISTRY.items() for verb in Verb if verb in gateway.supported]
UNSUPPORTED = [(n, verb) for n, gateway in REGISTRY.items() for verb in Verb if verb not in gateway.supported]
CHEF = Actor("chef@lampa.example", None, Channel.API)
NOW = timedelta(0)
DONE = (ActionStatus.SUCCEEDED, ActionStatus.PENDING)


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    return open_store(f"sqlite:///{tmp_path_factory.mktemp('contract') / 'billhouse.db'}")


@pytest.fixture
def prepared(emulator: Sandbox, engine: Engine) -> Callable[[str, Verb], tuple[Desk, Any]]:
    """A factory: (gateway, verb) -> a desk on that gateway alone, and its counter."""
    emulator.forget("faults")

    def prepare(gateway: str) -> tuple[Desk, Any]:
        till = counter(gateway, emulator)
        roles = {
            **STAFF["roles"],
            "chef": {
                "may": [verb.value for verb in Verb],
                "limits": {
                    verb.value: {"per_action": "unlimited", "per_day": "unlimited"}
                    for verb in Verb
                    if FACTS[verb].moves_money
                },
            },
        }
        people = [*STAFF["people"], {"email": CHEF.name, "role": "chef"}]
        settings = Settings.model_validate(
            {**STAFF, "roles": roles, "people": people, "gateways": {gateway: [till.settings()]}}
        )
        return open_desk(settings, engine), till

    return prepare


def ask(case: Case, action_id: str | None = None) -> Command:
    reason = next(one for one in REASONS_FOR[case.act.verb] if one not in ("goodwill", "other"))
    return Command(action_id or new_action_id(), case.target, case.act, reason, snapshot="serve-1")


def act(desk: Desk, command: Command) -> ActionResult:
    return service.perform(desk, command, CHEF)


def settled(desk: Desk, action_id: str) -> ActionStatus:
    """Let the reconciler look, as late as it ever waits, and return where the action stands."""
    settle(desk.engine, desk.gateways, grace=NOW, not_found_after=NOW)
    with transaction(desk.engine) as connection:
        assert audit.verify(connection) == []
        found = store.find(connection, action_id)
    assert found is not None
    return found.status


@pytest.mark.parametrize(("gateway", "verb"), SUPPORTED)
def test_it_is_done_once_and_on_the_record(prepared: Any, gateway: str, verb: Verb) -> None:
    desk, till = prepared(gateway)
    case = till.case(verb)
    assert case.count() == 0
    command = ask(case)
    result = act(desk, command)
    assert result.status in DONE, result.message
    assert case.count() == 1
    with transaction(desk.engine) as connection:
        entries = audit.entries(connection, action_id=command.action_id)
    stem = f".{FACTS[verb].stem}."
    assert [entry["type"].partition(stem)[2] for entry in reversed(entries)] == [
        "requested",
        result.status.value,
    ]
    assert entries[-1]["snapshot"] == "serve-1"
    again = act(desk, command)
    assert again.is_replay
    assert case.count() == 1


@pytest.mark.parametrize(("gateway", "verb"), SUPPORTED)
def test_a_lost_answer_is_found_again(prepared: Any, emulator: Sandbox, gateway: str, verb: Verb) -> None:
    """The gateway did it, and the connection broke before its answer came."""
    desk, till = prepared(gateway)
    case = till.case(verb)
    command = ask(case)
    emulator.control("faults", path=case.path, method=case.method, kind="timeout_after")
    result = act(desk, command)
    assert result.status in (ActionStatus.UNKNOWN, *DONE), result.message
    assert emulator.control("faults") == [], "the fault was met"
    assert settled(desk, command.action_id) in (DONE if case.is_findable else (ActionStatus.FAILED,))
    assert act(desk, command).is_replay
    assert case.count() == 1 or not case.is_findable


@pytest.mark.parametrize(("gateway", "verb"), SUPPORTED)
def test_what_never_arrived_is_not_done(prepared: Any, emulator: Sandbox, gateway: str, verb: Verb) -> None:
    desk, till = prepared(gateway)
    case = till.case(verb)
    command = ask(case)
    emulator.control("faults", path=case.path, method=case.method, kind="timeout_before")
    result = act(desk, command)
    if case.method == "GET":  # the act only reads (a page that is there already), so it was read again
        assert result.status in DONE, result.message
        return
    assert result.status in (ActionStatus.UNKNOWN, ActionStatus.FAILED), result.message
    assert settled(desk, command.action_id) is ActionStatus.FAILED
    assert case.count() == 0
    assert act(desk, command).is_replay
    assert case.count() == 0


@pytest.mark.parametrize(("gateway", "verb"), SUPPORTED)
def test_a_limit_of_requests_is_waited_out(
    prepared: Any, emulator: Sandbox, gateway: str, verb: Verb
) -> None:
    desk, till = prepared(gateway)
    case = till.case(verb)
    emulator.control("faults", path=case.path, method=case.method, kind="429")
    result = act(desk, ask(case))
    assert result.status in DONE, result.message
    assert case.count() == 1


@pytest.mark.parametrize(("gateway", "verb"), SUPPORTED)
def test_what_cannot_be_done_now_is_said(prepared: Any, gateway: str, verb: Verb) -> None:
    desk, till = prepared(gateway)
    case = till.refused(verb)
    if case is None:
        return  # no state of the object forbids this verb at this gateway
    before = case.count()
    result = act(desk, ask(case))
    assert result.status in (ActionStatus.DENIED, ActionStatus.FAILED), result.message
    assert result.message.endswith(("Nothing was sent.", "nothing moved.", "."))
    assert case.count() == before


@pytest.mark.parametrize(("gateway", "verb"), SUPPORTED)
def test_an_object_that_is_not_there_is_said(prepared: Any, gateway: str, verb: Verb) -> None:
    desk, till = prepared(gateway)
    case = till.case(verb)
    stray = Case(GatewayRef(gateway, till.account, "999999999"), case.act, case.count, case.path)
    result = act(desk, ask(stray))
    assert (result.status, case.count()) == (ActionStatus.DENIED, 0)
    assert result.rule is not None
    assert result.rule.endswith((".unknown", ".unreadable"))


@pytest.mark.parametrize(("gateway", "verb"), UNSUPPORTED)
def test_what_a_gateway_cannot_do_has_a_reason_and_an_alternative(
    prepared: Any, gateway: str, verb: Verb
) -> None:
    can = REGISTRY[gateway].verbs.get(verb)
    assert isinstance(can, Cannot), f"{gateway}'s manifest says nothing about {verb.value}"
    for words in (can.why, can.instead):
        assert words[:1].isupper(), words
        assert words.endswith("."), words
