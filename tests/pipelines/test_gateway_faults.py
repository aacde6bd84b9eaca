"""One contract for every gateway of the registry: bad days lose nothing, double nothing, and are told in words.

What a gateway must be able to do for it is in `trials/<gateway>.py`. Nobody waits between two attempts here, except
where the waiting itself is the question.
"""

import re
import shutil
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import stamina

from billing import clock
from billing.errors import BadCredential, Transient
from gateways import REGISTRY
from pipelines.report import Mode
from tests.conftest import Sandbox, start_sandbox
from tests.pipelines.trials.page_turns import PageTurns
from tests.pipelines.trials.trial import Trial, trial_of

REFUSALS = ("429", "429_bare", "500", "html_502")
BREAKS = ("html", "truncate", "cut", "timeout_before", "timeout_after")
FOR_EVER = 100_000


@pytest.fixture(scope="module", params=list(REGISTRY))
def gateway(request: pytest.FixtureRequest) -> type[Trial]:
    return trial_of(request.param)


@pytest.fixture(scope="module")
def emulator(gateway: type[Trial], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """The gateway's emulator with a small company, which tests may change: each compares with its present state."""
    folder = tmp_path_factory.mktemp(f"sandbox_{gateway.name}") / "state"
    running = start_sandbox(folder, "--customers", "1", "--only", gateway.name)
    yield running
    running.stop()


@pytest.fixture(scope="module")
def loaded(gateway: type[Trial], emulator: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a warehouse after its first load; tests work on copies."""
    folder = tmp_path_factory.mktemp(f"loaded_{gateway.name}")
    gateway(folder, emulator).load()
    return folder


@pytest.fixture(autouse=True)
def _tidy(request: pytest.FixtureRequest) -> Iterator[None]:
    """No waiting between attempts, no faults left over, the right clock."""
    with stamina.set_testing(True, attempts=8, cap=True):
        yield
    clock.replace(None)
    if "emulator" in request.fixturenames:
        request.getfixturevalue("emulator").forget("faults")


@pytest.fixture
def empty(gateway: type[Trial], emulator: Sandbox, tmp_path: Path) -> Trial:
    """An account that was never loaded."""
    return gateway(tmp_path / "house", emulator)


@pytest.fixture
def trial(gateway: type[Trial], emulator: Sandbox, loaded: Path, tmp_path: Path) -> Trial:
    """An account after its first load."""
    shutil.copytree(loaded, tmp_path / "house")
    return gateway(tmp_path / "house", emulator)


def spoil(trial: Trial, paths: Sequence[str], kinds: Sequence[str], **more: Any) -> None:
    """Plan one fault of each kind for each path."""
    for path in paths:
        for kind in kinds:
            trial.ask("POST", "faults", path=trial.path(path), kind=kind, **more)


def assert_met(trial: Trial) -> None:
    assert trial.ask("GET", "faults") == [], "every fault was met"


@pytest.mark.parametrize("name", REGISTRY)
def test_every_gateway_of_the_registry_is_put_to_the_test(name: str) -> None:
    assert trial_of(name).name == name


def test_a_gateway_that_is_not_put_to_the_test_is_told_of_in_words() -> None:
    with pytest.raises(LookupError, match=r"how acme is put to the test: write .*/trials/acme\.py"):
        trial_of("acme")


@pytest.mark.parametrize("kind", [*REFUSALS, *BREAKS])
def test_a_passing_fault_is_waited_out(empty: Trial, kind: str) -> None:
    words = empty.check()
    spoil(empty, ["*"], [kind], times=2)
    assert empty.check() == words
    assert_met(empty)


@pytest.mark.parametrize("kind", ["html", "html_502"])
def test_a_page_of_html_that_stays_is_a_passing_fault_told_in_words(empty: Trial, kind: str) -> None:
    spoil(empty, ["*"], [kind], times=FOR_EVER)
    empty.ask("DELETE", "requests")
    with pytest.raises(Transient, match="a page of"):
        empty.check()
    assert len(empty.ask("GET", "requests")) == 8, "it was tried again as long as patience lasts"


def test_a_429_that_tells_when_to_come_back_is_obeyed(empty: Trial, caplog: pytest.LogCaptureFixture) -> None:
    spoil(empty, ["*"], ["429"], seconds=2)
    empty.ask("DELETE", "requests")
    with stamina.set_testing(False):
        empty.check()
    refused, again, *_ = empty.ask("GET", "requests")
    (told,) = re.findall(r"Trying again in ([\d.]+) s", caplog.text)
    assert 1 <= float(told) <= 2, "one gateway tells the second at which its window ends"
    waited = datetime.fromisoformat(again["at"]) - datetime.fromisoformat(refused["at"])
    assert waited >= timedelta(seconds=float(told) - 0.1)


@pytest.mark.parametrize(
    ("at_first", "later"), [(REFUSALS, BREAKS), (BREAKS, REFUSALS)], ids=["refusals first", "breaks first"]
)
def test_loads_through_faults_are_whole(empty: Trial, at_first: Sequence[str], later: Sequence[str]) -> None:
    spoil(empty, empty.listed, at_first)
    assert empty.load().mode is Mode.FIRST
    assert_met(empty)
    empty.assert_whole()
    empty.change_old()
    spoil(empty, empty.followed, later)
    report = empty.load()
    assert_met(empty)
    assert report.mode is Mode.CHANGES
    assert report.rows_changed > 0
    empty.assert_whole()
    empty.assert_quiet()


def test_an_outage_in_the_midst_of_a_first_load_leaves_nothing(
    empty: Trial, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        empty.small_pages(patched)
        spoil(empty, [next(iter(empty.turns()))], ["500"], skip=1, times=FOR_EVER)
        with pytest.raises(Transient):
            empty.load()
    assert empty.cursor() is None
    assert [rows for rows in empty.raw().values() if rows] == []
    empty.ask("DELETE", "faults")
    assert empty.load().mode is Mode.FIRST
    empty.assert_whole()


def test_a_load_that_fails_in_the_midst_changes_nothing(trial: Trial) -> None:
    """An outage, and a credential that ends: what is there stays, and the next load is whole."""
    trial.change_old()
    before = trial.cursor(), trial.raw()
    spoil(trial, [trial.followed[-1]], ["500"], times=FOR_EVER)
    with pytest.raises(Transient, match=f"{REGISTRY[trial.name].title}.*HTTP 500"):
        trial.load()
    trial.ask("DELETE", "faults")
    spoil(trial, ["*"], ["401"], skip=4, times=FOR_EVER)
    with pytest.raises(BadCredential, match=f"{REGISTRY[trial.name].title}.*HTTP 401") as caught:
        trial.load()
    assert trial.secret not in str(caught.value)
    assert (trial.cursor(), trial.raw()) == before
    trial.ask("DELETE", "faults")
    assert trial.load().rows_changed > 0
    trial.assert_whole()


def test_what_changes_while_a_first_load_turns_pages_is_not_lost(
    empty: Trial, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        empty.small_pages(patched)
        turns = PageTurns(empty, empty.turns(), patched, next(iter(empty.page_sizes.values())))
        empty.load()
        turns.assert_turned()
        assert empty.load().mode is Mode.CHANGES
    empty.assert_whole()
    empty.assert_quiet()


def test_what_changes_while_changes_are_read_is_not_lost(
    trial: Trial, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(5):
        trial.change_old()
    with monkeypatch.context() as patched:
        trial.small_pages(patched, size=2)
        turns = PageTurns(trial, {trial.feed: lambda _page: trial.change_old()}, patched, size=2)
        trial.load()
        turns.assert_turned()
        trial.load()
    trial.assert_whole()
    trial.assert_quiet()


def skewed(days: int) -> Callable[[], datetime]:
    """Our clock, wrong by some days."""
    return lambda: datetime.now(UTC) + timedelta(days=days)


def test_a_clock_that_is_wrong_loses_no_change(trial: Trial) -> None:
    """Days before the vendor's, then days behind it, then right again."""
    for days in (3, -3):
        clock.replace(skewed(days))
        trial.change_old()
        assert trial.load().rows_changed > 0
        trial.assert_whole()
    clock.replace(None)
    trial.assert_quiet()


@pytest.mark.slow
def test_a_clock_that_was_far_ahead_blinds_no_later_load(
    gateway: type[Trial], fresh_sandbox: Callable[..., Sandbox], tmp_path: Path
) -> None:
    """A machine starts in the wrong year, is put right, then stands still for longer than a feed remembers."""
    sandbox = fresh_sandbox("--customers", "1", "--only", gateway.name)
    trial = gateway(tmp_path / "house", sandbox)
    clock.replace(skewed(400))
    assert trial.load().mode is Mode.FIRST
    trial.assert_whole()
    clock.replace(None)
    trial.change_old()
    sandbox.control("clock", advance_days=40)
    trial.load()
    trial.assert_whole()
