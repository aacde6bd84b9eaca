"""A cycle in which nothing happened builds nothing; whatever did happen is in the marts after the next one."""

from collections.abc import Iterator
from typing import Any

import pytest
import stripe

from billhouse import cycle as cycles
from billhouse.cycle import run_cycle
from billhouse.house import House
from billing.errors import Transient
from tests.billhouse.prepared import Prepared

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.fixture
def house(prepared: Prepared) -> Iterator[House]:
    """A house one green cycle old, which has issued and mailed its receipts since it built."""
    with prepared.open() as (_, house):
        yield house


@pytest.fixture
def no_build(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """Whoever builds fails."""

    def fail(*_args: Any) -> None:
        raise AssertionError("a quiet cycle builds nothing")

    with monkeypatch.context() as patched:
        patched.setattr(cycles, "build", fail)
        yield patched


def _snapshot(house: House) -> str:
    return str(house.reader.rows("select snapshot from published")[0]["snapshot"])


def test_a_quiet_cycle_builds_nothing_and_says_when_it_looked(
    house: House, quiet: Any, no_build: pytest.MonkeyPatch
) -> None:
    before = _snapshot(house)

    def no_room(*_args: Any) -> str:
        raise Transient("no room")

    with no_build.context() as patched:
        patched.setattr(cycles, "publish", no_room)
        with pytest.raises(Transient):
            run_cycle(house, quiet)
    assert _snapshot(house) == before
    report = run_cycle(house, quiet)
    assert report.is_green, report.problems
    assert report.built == "nothing: no row is new"
    assert (report.rows_changed, report.checks_passed, report.helpdesk_writes) == (0, 0, 0)
    assert report.snapshot == _snapshot(house) != before, "the copy's age tells when the gateways were asked"


def test_what_changed_is_built_once(house: House, quiet: Any) -> None:
    account = house.settings.gateways.stripe[0]
    (charge,) = house.reader.rows(
        "select * from charges where account = $account and status = 'paid' and refundable_minor > 1000 "
        "order by charge_ref limit 1",
        {"account": account.account},
    )
    client = stripe.StripeClient(
        account.secret_key.get_secret_value(), base_addresses={"api": account.base_url}
    )
    client.v1.refunds.create({"charge": charge["charge_id"], "amount": 300})
    report = run_cycle(house, quiet)
    assert report.is_green, report.problems + report.checks_failed
    assert "raw_stripe.refunds" in report.built
    assert report.checks_passed > 0
    (after,) = house.reader.rows(
        "select refunded_minor from charges where charge_ref = $ref", {"ref": charge["charge_ref"]}
    )
    assert after["refunded_minor"] == charge["refunded_minor"] + 300
    assert run_cycle(house, quiet).built == "nothing: no row is new"
