"""`python -m benchmarks.freshness [--events N] [--json]`: how old is what an agent sees?

The demo company, the portal and the worker as `billhouse serve` runs them. Refunds are made at Stripe, as in its
dashboard, one every few seconds however busy the worker is; its emulator sends the signed webhooks.

    helpdesk_p95_s   seconds from the webhook at the portal (its row in the inbox) to the new value in the contact's
                     field, as the helpdesk's own API tells it: 95 of 100 are quicker
    lookup_p95_s     ... to the refund in a lookup over the published copy
    events           refunds made, all of which arrived
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import select

from billhouse import demo_config, demo_helpdesks
from billhouse.cycle import run_cycle
from billhouse.house import House, open_house
from billing.money import Money
from billing.store import transaction
from billing.store.tables import inbox
from billing.warehouse import lookup
from gateways.stripe.api import StripeApi
from tests.conftest import ROOT, Sandbox, start_sandbox

EVERY_SECONDS = 4.0
PATIENCE_SECONDS = 120.0
POLL_SECONDS = 0.1
ACCOUNT = "stripe_eu"

_PAYERS = """
    select h.charge_id, h.currency, h.refundable_minor, c.email
    from charges h
    join customers c on c.customer_ref = h.customer_ref
    where h.account = $account and h.currency in ('EUR', 'GBP', 'PLN') -- which Stripe counts in cents as well
        and h.status = 'paid' and h.refundable_minor > 200 and c.email is not null
    qualify row_number() over (partition by c.email_key order by h.created_at desc) = 1
    order by h.charge_id
    limit $count"""


@dataclass
class Event:
    """One refund: made at Stripe, met at the portal, seen by a lookup and in the helpdesk; Unix seconds."""

    refund_id: str
    contact: str
    before: Any
    received: float | None = None
    looked_up: float | None = None
    in_helpdesk: float | None = None

    @property
    def is_over(self) -> bool:
        """Say whether it was seen everywhere."""
        return None not in (self.received, self.looked_up, self.in_helpdesk)


@dataclass
class Watch:
    """Looks where each event has arrived, all the time."""

    house: House
    helpdesk: httpx.Client
    events: list[Event] = field(default_factory=list)

    def look(self) -> None:
        """Note what has arrived since the last look."""
        for event in self.events:
            if event.looked_up is None and lookup.find(self.house.reader, event.refund_id):
                event.looked_up = time.time()
            if event.in_helpdesk is None and self.value(event.contact) != event.before:
                event.in_helpdesk = time.time()

    def value(self, contact: str) -> Any:
        """Return the contact's field that a refund changes."""
        user = self.helpdesk.get(f"/users/{contact}.json").raise_for_status().json()["user"]
        return user["user_fields"]["billhouse_lifetime_value"]

    def learn_arrivals(self) -> None:
        """Note when each webhook was met, from the inbox."""
        with transaction(self.house.engine) as connection:
            rows = connection.execute(select(inbox.c.object_id, inbox.c.received_at)).all()
        met: dict[str, float] = {}
        for object_id, at in rows:
            met.setdefault(object_id, datetime.fromisoformat(at).timestamp())
        for event in self.events:
            event.received = met.get(event.refund_id)


def measure(events: int, customers: int = 250) -> dict[str, Any]:
    """Return the figures of one run; see above for what they mean.

    Raises:
        SystemExit: a change did not arrive in time: the figures would mean nothing.
    """
    with (
        tempfile.TemporaryDirectory(prefix="billhouse-fresh-") as name,
        _running(Path(name), customers) as parts,
    ):
        house, sandbox = parts
        auth = ("api@lampa.example/token", demo_config.SECRETS["zendesk"])
        with httpx.Client(base_url=f"{sandbox.url}/zendesk/api/v2", auth=auth) as helpdesk:
            sandbox.control("limits", **{"zendesk.account": 1_000_000})  # our looking is not what is measured
            watch = Watch(house, helpdesk)
            _make(events, watch, house)
            _wait(watch)
    lookups = [
        event.looked_up - event.received for event in watch.events if event.looked_up and event.received
    ]
    pushes = [
        event.in_helpdesk - event.received for event in watch.events if event.in_helpdesk and event.received
    ]
    return {
        "helpdesk_p95_s": _p95(pushes),
        "lookup_p95_s": _p95(lookups),
        "events": len(watch.events),
        "helpdesk_median_s": round(statistics.median(pushes), 2),
        "lookup_median_s": round(statistics.median(lookups), 2),
    }


@contextmanager
def _running(folder: Path, customers: int) -> Iterator[tuple[House, Sandbox]]:
    """Run sandbox, portal and worker over a company that is loaded and published."""
    with ExitStack() as stack:
        sandbox = start_sandbox(folder / "sandbox", "--customers", str(customers))
        stack.callback(sandbox.stop)
        ports = {"dashboard_port": 18541, "portal_port": 18641, "dagster_port": 13041}
        config = demo_config.write(folder / "house", url=sandbox.url, smtp_port=sandbox.smtp_port, **ports)
        demo_helpdesks.prepare(sandbox.url)
        house = stack.enter_context(open_house(config))
        report = run_cycle(house, lambda _name, _total: None)
        if not report.is_green:
            raise SystemExit(f"The first cycle was not green: {report.problems + report.checks_failed}")
        for part in (["serve", "--only", "portal"], ["worker"]):
            stack.callback(_stop, _start(config, part))
        portal = f"http://127.0.0.1:{ports['portal_port']}"
        _until(lambda: _answers(f"{portal}/healthz"), "The portal did not answer.")
        sandbox.control("webhooks/target", account=ACCOUNT, url=f"{portal}/webhooks/stripe/{ACCOUNT}")
        yield house, sandbox


def _start(config: Path, part: list[str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-m", "billhouse", "--config", str(config), *part], cwd=ROOT)


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    process.wait(60)


def _make(events: int, watch: Watch, house: House) -> None:
    """Refund one charge of another customer every few seconds, the first one to warm the worker up."""
    payers = house.reader.rows(_PAYERS, {"account": ACCOUNT, "count": events + 1})
    if len(payers) <= events:
        raise SystemExit(
            f"The company has {len(payers)} customers to refund, not {events + 1}: add customers."
        )
    api = StripeApi(next(one for one in house.settings.gateways.stripe if one.account == ACCOUNT))
    for number, payer in enumerate(payers):
        begun = time.time()
        watch.events.append(_refund(api, watch, payer))
        if number == 0:
            _wait(watch)
            watch.events.clear()
            continue
        while time.time() < begun + EVERY_SECONDS:
            watch.look()
            time.sleep(POLL_SECONDS)


def _refund(api: StripeApi, watch: Watch, payer: dict[str, Any]) -> Event:
    params = {"query": f"email:{payer['email']}"}
    (user, *_) = watch.helpdesk.get("/users/search.json", params=params).raise_for_status().json()["users"]
    contact = str(user["id"])
    before = watch.value(contact)
    part = Money(payer["refundable_minor"] // 2, payer["currency"])
    made = api.write(
        lambda client: client.v1.refunds.create({"charge": payer["charge_id"], "amount": part.minor})
    )
    return Event(made["id"], contact, before)


def _wait(watch: Watch) -> None:
    def is_over() -> bool:
        watch.look()
        watch.learn_arrivals()
        return all(event.is_over for event in watch.events)

    _until(is_over, "A refund did not arrive everywhere.")


def _until(is_so: Callable[[], bool], or_else: str) -> None:
    deadline = time.time() + PATIENCE_SECONDS
    while not is_so():
        if time.time() > deadline:
            raise SystemExit(f"{or_else} Waited {PATIENCE_SECONDS:.0f} s.")
        time.sleep(POLL_SECONDS)


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=2).status_code == 200
    except httpx.TransportError:
        return False


def _p95(seconds: list[float]) -> float:
    return round(statistics.quantiles(seconds, n=20, method="inclusive")[-1], 2)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.freshness", description=__doc__)
    parser.add_argument("--events", type=int, default=50, help="refunds to make")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    found = measure(options.events)
    print(json.dumps(found) if options.json else "\n".join(f"{k:18} {v:>8}" for k, v in found.items()))


if __name__ == "__main__":
    main()
