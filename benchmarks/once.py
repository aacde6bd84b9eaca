"""`python -m benchmarks.once [--attempts N] [--json]`: refunds over all gateways on the worst of days.

Two processes submit the same refunds at once; they are killed (SIGKILL) at random and begin again where the record
says they were; gateways lose answers after they committed, answer 429, drop connections and answer 500. Then the
reconciler asks. What is counted comes from the emulators' own word, through the vendors' APIs, never from
our store.

    attempts        refunds asked for, each of another charge
    double_effects  refunds that a gateway made beyond the first of a charge
    lost_records    refunds that a gateway made and our store does not know, or the other way round
    unknown         actions that have no outcome after reconciliation
    audit_verified  the hash chain of the audit log holds
"""

import argparse
import json
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from actions import acts, store
from actions.commands import Command
from actions.reconcile import follow, settle
from actions.service import Desk, perform
from actions.wiring import desk
from billing.errors import BillhouseError
from billing.ids import GatewayRef, new_action_id
from billing.settings_model import Settings
from billing.store import audit, open_store, transaction
from billing.store.audit import Actor
from billing.verbs import Verb
from billing.vocabulary import ActionStatus, Channel
from gateways import REGISTRY
from tests.actions.counters import Case, Counter, counter
from tests.conftest import Sandbox, start_sandbox

AGENT = "ana@lampa.example"
FAULTS = ("timeout_after", "timeout_before", "429", "500", "cut")
FAULTS_PER_REFUND = 0.25
REFUNDS_BETWEEN_KILLS = (5, 40)
UNLIMITED = {"per_action": "unlimited", "per_day": "unlimited"}
NOW = timedelta(0)


def measure(attempts: int, seed: int = 7) -> dict[str, Any]:
    """Return the figures of one run; see above for what they mean."""
    chance = random.Random(seed)
    with tempfile.TemporaryDirectory(prefix="billhouse-once-") as folder, _sandbox(Path(folder)) as sandbox:
        tills = {name: counter(name, sandbox) for name in REGISTRY}
        cases = _cases(tills, attempts, chance)
        house = _settings(tills)
        url = f"sqlite:///{folder}/store.db"
        open_store(url).dispose()
        _plan_faults(sandbox, [case for _, case in cases], chance)
        begun = time.perf_counter()
        kills = _submit(Path(folder), url, house, cases, chance)
        sandbox.forget("faults")
        found = _reconciled(desk(Settings.model_validate(house), open_store(url)))
        made = {action_id: case.count() for action_id, case in cases}
        return {
            "attempts": attempts,
            "double_effects": sum(max(0, count - 1) for count in made.values()),
            "lost_records": _lost(found, made),
            "unknown": sum(
                status in (ActionStatus.REQUESTED, ActionStatus.UNKNOWN) for status in found.values()
            ),
            "audit_verified": _is_intact(url),
            "refunded": sum(min(1, count) for count in made.values()),
            "kills": kills,
            "seconds": round(time.perf_counter() - begun, 1),
        }


@contextmanager
def _sandbox(folder: Path) -> Iterator[Sandbox]:
    running = start_sandbox(folder / "sandbox", "--customers", "1")
    try:
        yield running
    finally:
        running.stop()


def _cases(tills: dict[str, Counter], attempts: int, chance: random.Random) -> list[tuple[str, Case]]:
    """Make the charges, evenly over the gateways and shuffled, each with the id of the action that refunds it."""
    names = [list(tills)[n % len(tills)] for n in range(attempts)]
    chance.shuffle(names)
    return [(new_action_id(), tills[name].case(Verb.REFUND)) for name in names]


def _settings(tills: dict[str, Counter]) -> dict[str, Any]:
    return {
        "company": {"name": "Bench", "address": ["Here"], "country": "DE", "email": "bench@example.com"},
        "roles": {"agent": {"may": ["refund"], "limits": {"refund": UNLIMITED}}},
        "people": [{"email": AGENT, "role": "agent"}],
        "gateways": {name: [dict(till.settings())] for name, till in tills.items()},
    }


def _plan_faults(sandbox: Sandbox, cases: Sequence[Case], chance: random.Random) -> None:
    paths = sorted({(_pattern(case), case.method) for case in cases})
    for _ in range(int(len(cases) * FAULTS_PER_REFUND)):
        path, method = chance.choice(paths)
        skip = chance.randrange(max(1, len(cases) // len(paths)))
        sandbox.control("faults", path=path, method=method, kind=chance.choice(FAULTS), skip=skip)


def _pattern(case: Case) -> str:
    """Make a path that holds for all charges of the gateway out of one that names this charge."""
    return case.path.replace(case.target.id, "*")


def _submit(
    folder: Path, url: str, house: dict[str, Any], cases: Sequence[tuple[str, Case]], chance: random.Random
) -> int:
    """Let two processes submit all of it at once, killing one now and then; return how often."""
    orders = [[action_id, str(case.target), acts.dump(case.act)] for action_id, case in cases]
    jobs = []
    for n in range(2):
        mine = orders[:] if n == 0 else chance.sample(orders, len(orders))
        (folder / f"job{n}.json").write_text(json.dumps({"store": url, "settings": house, "orders": mine}))
        jobs.append(folder / f"job{n}.json")
    with ThreadPoolExecutor(len(jobs)) as pool:
        return sum(pool.map(_see_through, jobs, [random.Random(chance.random()) for _ in jobs]))


def _see_through(job: Path, chance: random.Random) -> int:
    """Run a job to its end, killing its process in the midst of some refunds; return how often."""
    kills = 0
    while True:
        last = _done(job) + chance.randint(*REFUNDS_BETWEEN_KILLS)
        process = subprocess.Popen([sys.executable, "-m", "benchmarks.once", "--job", str(job)])
        while process.poll() is None and _done(job) < last:
            time.sleep(0.01)
        time.sleep(chance.uniform(0, 0.1))  # anywhere within the refund under way
        if process.poll() is None:
            process.kill()
            kills += 1
        if (code := process.wait()) == 0:
            return kills
        if code > 0:
            raise SystemExit(f"A submitting process failed with {code}: the figures mean nothing.")


def _done(job: Path) -> int:
    """Return how many of a job's refunds were submitted to their end."""
    done = job.with_suffix(".done")
    return int((done.read_text() if done.exists() else "") or 0)


def _work(job: Path) -> None:
    """Submit a job's refunds from where the last process was killed, the one under way once more."""
    told = json.loads(job.read_text())
    done, begin = job.with_suffix(".done"), _done(job)
    there = desk(Settings.model_validate(told["settings"]), open_store(told["store"]))
    actor = Actor(AGENT, None, Channel.CLI)
    for n, (action_id, target, act) in enumerate(told["orders"][begin:], begin):
        command = Command(action_id, GatewayRef.parse(target), acts.load(act), "requested_by_customer")
        try:
            perform(there, command, actor)
        except BillhouseError as cause:
            print(f"{target}: {cause}", file=sys.stderr)
        done.write_text(str(n + 1))


def _reconciled(there: Desk) -> dict[str, ActionStatus]:
    """Ask the gateways until nothing is open any more, and return where each action stands."""
    for _ in range(10):
        settle(there.engine, there.gateways, grace=NOW, not_found_after=NOW)
        follow(there.engine, there.gateways)
        if not store.standing(there.engine):
            break
    return {one.action_id: one.status for one in store.standing(there.engine, ActionStatus)}


def _lost(found: dict[str, ActionStatus], made: dict[str, int]) -> int:
    """Count refunds that only one of the two sides knows; one that was never recorded was never sent."""
    done = {ActionStatus.SUCCEEDED, ActionStatus.PENDING}
    return sum((found.get(action_id) in done) != (count > 0) for action_id, count in made.items())


def _is_intact(url: str) -> bool:
    with transaction(open_store(url)) as connection:
        return audit.verify(connection) == []


def main() -> None:
    """Measure and print; ends with 1 if anything happened twice, was lost or is unknown."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.once", description=__doc__)
    parser.add_argument("--attempts", type=int, default=1000)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--job", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.job:
        _work(options.job)
        return
    found = measure(options.attempts)
    if options.json:
        print(json.dumps(found))
    else:
        for name, value in found.items():
            print(f"{name:16} {value:>10,}" if not isinstance(value, bool) else f"{name:16} {value!s:>10}")
    if found["double_effects"] or found["lost_records"] or found["unknown"] or not found["audit_verified"]:
        sys.exit(1)


if __name__ == "__main__":
    main()
