"""What happens to an object long after its creation reaches the marts in the next cycle, without a full reload.

At all five gateways, seven accounts in one run; and no webhook tells of it: the portal does not answer meanwhile.
"""

import logging
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import duckdb
import pytest

from billhouse import cycle as cycles
from billhouse.check import check
from billhouse.cycle import CycleReport, run_cycle
from billhouse.house import House
from billing.warehouse import paths
from pipelines.report import LoadReport, Mode
from tests.billhouse.deeds import DEEDS, Desk, Shown
from tests.billhouse.letters import aim, kept
from tests.billhouse.prepared import GATEWAY_OF, Prepared, keeping_time_with
from tests.conftest import Sandbox

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

KINDS = ("refund", "dispute", "cancellation", "tax_id", "deletion")
LARGEST = {
    "stripe": "charges",
    "paypal": "captures",
    "braintree": "transactions",
    "woocommerce": "orders",
    "recurly": "transactions",
}
NOBODY = "http://127.0.0.1:9"  # no portal listens there
NOTES = 7  # more than the five failures in a row after which a shop gives its webhooks up


@dataclass
class Later:
    """The house after the one cycle, what was done at the vendors before it, and how the rows stood then."""

    sandbox: Sandbox
    house: House
    done: dict[tuple[str, str], list[Shown]]
    before: dict[str, dict[str, Any]]
    stored: dict[str, int]
    loads: dict[str, LoadReport]
    report: CycleReport
    log: list[str]


@pytest.fixture(scope="module")
def later(prepared: Prepared, quiet: Any) -> Iterator[Later]:
    with ExitStack() as stack:
        sandbox, house = stack.enter_context(prepared.open())
        stored = {account: _stored(house, account) for account in GATEWAY_OF}
        aim(sandbox, NOBODY)
        sandbox.control("clock", advance_days=20)
        stack.enter_context(keeping_time_with(sandbox))
        done = _act(sandbox, house)
        before = {one.ref: _row(house, one) for told in done.values() for one in told}
        _make_the_shop_give_up(Desk(sandbox, house, "woo_eu"))
        loads: dict[str, LoadReport] = {}
        stack.enter_context(pytest.MonkeyPatch.context()).setattr(cycles, "load", _noted(loads))
        log = _Lines()
        logging.getLogger("pipelines").addHandler(log)
        report = run_cycle(house, quiet)
        logging.getLogger("pipelines").removeHandler(log)
        yield Later(sandbox, house, done, before, stored, loads, report, log.lines)


class _Lines(logging.Handler):
    """Keeps what is logged; pytest's own keeper lives no longer than one test."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())


def _act(sandbox: Sandbox, house: House) -> dict[tuple[str, str], list[Shown]]:
    done: dict[tuple[str, str], list[Shown]] = {}
    for account, gateway in GATEWAY_OF.items():
        desk = Desk(sandbox, house, account)
        for kind in KINDS:
            deed = DEEDS[gateway][kind]
            if not isinstance(deed, str):
                done[account, kind] = deed(desk)
    return done


def _make_the_shop_give_up(desk: Desk) -> None:
    """Change orders until the shop has disabled its webhooks, because nobody takes its letters."""
    charge = desk.charge(2)
    for n in range(NOTES):
        desk.send("PUT", f"/wp-json/wc/v3/orders/{charge['charge_id']}", json={"customer_note": f"Call {n}"})
    until = time.monotonic() + 60
    while not any(hook["status"] == "disabled" for hook in desk.send("GET", "/wp-json/wc/v3/webhooks")):
        assert time.monotonic() < until, "the shop goes on sending"
        time.sleep(0.5)


def _noted(loads: dict[str, LoadReport]) -> Any:
    load = cycles.load

    def noting(settings: Any, name: str, account: Any, **more: Any) -> LoadReport:
        loads[account.account] = load(settings, name, account, **more)
        return loads[account.account]

    return noting


def _stored(house: House, account: str) -> int:
    gateway = GATEWAY_OF[account]
    with duckdb.connect(str(house.settings.warehouse.dir / paths.RAW), read_only=True) as raw:
        sql = f"select count(*) from raw_{gateway}.{LARGEST[gateway]} where account = ?"
        ((count,),) = raw.execute(sql, [account]).fetchall()
    return int(count)


def _row(house: House, shown: Shown) -> dict[str, Any]:
    """The row as it is published; {} where there is none."""
    key = f"{shown.mart.removesuffix('s')}_ref"
    found = house.reader.rows(f"select * from {shown.mart} where {key} = $ref", {"ref": shown.ref})
    assert len(found) <= 1, f"{shown.ref} is in {shown.mart} twice"
    return found[0] if found else {}


@pytest.mark.parametrize("gateway", list(DEEDS))
def test_late_changes_reach_the_marts_in_one_cycle(later: Later, gateway: str) -> None:
    for account in (name for name, its in GATEWAY_OF.items() if its == gateway):
        for kind in KINDS:
            if isinstance(DEEDS[gateway][kind], str):
                assert (account, kind) not in later.done, "there is no such thing at this gateway"
                continue
            for shown in later.done[account, kind]:
                row, before = _row(later.house, shown), later.before[shown.ref]
                if shown.values is None:
                    assert before, f"{kind} at {account}: {shown.ref} was never in {shown.mart}"
                    assert not row, f"{kind} at {account}: {shown.ref} is still in {shown.mart}"
                    continue
                stands = {name: row.get(name) for name in shown.values}
                assert stands == shown.values, f"{kind} at {account}: {shown.mart} {shown.ref}"
                stood = {name: before.get(name) for name in shown.values}
                assert stood != shown.values, f"{kind} at {account}: nothing changed in {shown.mart}"


@pytest.mark.parametrize("gateway", list(DEEDS))
def test_it_was_no_full_load(later: Later, gateway: str) -> None:
    for account in (name for name, its in GATEWAY_OF.items() if its == gateway):
        load = later.loads[account]
        assert load.mode is Mode.CHANGES, account
        fetched = load.table(LARGEST[gateway]).rows_fetched
        assert 0 < fetched < later.stored[account] / 2, f"{account}: {fetched} of {later.stored[account]}"


def test_every_gateway_is_asked_for_every_kind_of_change() -> None:
    assert set(DEEDS) == set(GATEWAY_OF.values())
    for gateway, deeds in DEEDS.items():
        assert tuple(deeds) == KINDS, gateway
        for reason in (deed for deed in deeds.values() if isinstance(deed, str)):
            assert len(reason) > 40, f"{gateway}: say why there is no such thing"


def test_the_cycle_was_green_and_no_webhook_helped(later: Later) -> None:
    assert later.report.problems + later.report.checks_failed == []
    assert kept(later.house) == []


def test_two_accounts_of_one_gateway_stand_side_by_side(later: Later) -> None:
    """The second Stripe account and the second shop: loaded in the same run, each as its vendor counts it."""
    counts = later.sandbox.control("ledger")["counts"]
    rows = later.house.reader.rows
    for account, marts in (
        ("stripe_eu", ("charges", "refunds", "subscriptions", "invoices", "disputes")),
        ("stripe_us", ("charges", "refunds", "subscriptions", "invoices", "disputes")),
        ("woo_eu", ("orders", "refunds", "subscriptions")),
        ("woo_us", ("orders", "refunds", "subscriptions")),
    ):
        for mart in marts:
            found = rows(f"select count(*) as n from {mart} where account = $account", {"account": account})
            assert found[0]["n"] == counts[account][mart] > 0, f"{mart} of {account}"
    shared = rows(
        "select count(*) as n from orders as one inner join orders as other on one.order_id = other.order_id"
        " where one.account = 'woo_eu' and other.account = 'woo_us'"
    )
    assert shared[0]["n"] > 0, "the shops count their orders alike, so a number alone would mix them up"
    apart = rows("select * from control_totals where difference_minor <> 0")
    assert apart == [], "what the vendors sum up themselves is something else"


def test_a_webhook_that_its_shop_gave_up_is_named(later: Later) -> None:
    found = {finding.part: finding.words for finding in check(later.house)}
    for account in ("woo_eu", "woo_us"):
        hooks = Desk(later.sandbox, later.house, account).send("GET", "/wp-json/wc/v3/webhooks")
        disabled = {hook["id"]: hook["topic"] for hook in hooks if hook["status"] == "disabled"}
        assert disabled or account == "woo_us"
        for id, topic in disabled.items():
            words = (
                f"WooCommerce shop {account}: webhook {id} ({topic}) is disabled, because the shop gave it up"
            )
            assert [line for line in later.log if words in line], "the cycle's log does not say it"
            assert words in found[f"woocommerce {account}"], "billhouse check does not say it"
