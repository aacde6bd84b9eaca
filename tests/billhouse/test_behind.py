"""A gateway that is down or refuses holds up nobody but itself, and the cycle says since when it was not read."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import httpx
import pytest
import stamina
from typer.testing import CliRunner

from billhouse.cycle import run_cycle
from billhouse.house import House
from billhouse.main import app
from gateways import REGISTRY
from pipelines.run import accounts
from tests.billhouse.prepared import Prepared
from tests.conftest import Sandbox

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

STRIPE_KEY = "sk_test_sandbox_eu"
ALWAYS = 1_000_000


@pytest.fixture
def opened(prepared: Prepared) -> Iterator[tuple[Sandbox, House]]:
    """A house one green cycle old and its vendors; nobody waits between two tries."""
    with prepared.open() as both, stamina.set_testing(True, attempts=2):
        yield both


def spoil(sandbox: Sandbox, gateway: str, kind: str) -> None:
    sandbox.control("faults", path=f"/{gateway}/*", kind=kind, times=ALWAYS)


def new_customer(sandbox: Sandbox, email: str) -> None:
    url = f"{sandbox.url}/stripe/v1/customers"
    httpx.post(url, auth=(STRIPE_KEY, ""), data={"email": email}, timeout=30).raise_for_status()


def count(house: House, gateway: str) -> int:
    query = "select count(*) as n from charges where gateway = $gateway"
    return int(house.reader.rows(query, {"gateway": gateway})[0]["n"])


def emails(house: House) -> set[str]:
    return {row["email"] for row in house.reader.rows("select email from customers")}


def test_one_is_down_and_one_refuses_while_the_others_publish(
    opened: tuple[Sandbox, House], quiet: Any
) -> None:
    sandbox, house = opened
    before = {gateway: count(house, gateway) for gateway in REGISTRY}
    spoil(sandbox, "paypal", "500")
    spoil(sandbox, "braintree", "401")
    new_customer(sandbox, "after@example.com")
    report = run_cycle(house, quiet)
    assert not report.is_green
    assert report.checks_failed == []
    assert sorted(problem.split(":")[0] for problem in report.problems) == [
        "braintree braintree_main",
        "paypal paypal_main",
    ]
    assert "after@example.com" in emails(house), "what the others brought is published"
    assert {gateway: count(house, gateway) for gateway in REGISTRY} == before, "and nothing known is lost"
    assert {one["account"] for one in report.behind} == {"paypal_main", "braintree_main"}
    for one in report.behind:
        read_at = datetime.fromisoformat(one["read_at"])
        assert one["words"].endswith(f"has not been read since {read_at.day} {read_at:%b, %H:%M} UTC")

    sandbox.forget("faults")
    healed = run_cycle(house, quiet)
    assert healed.is_green, healed.problems
    assert healed.behind == []


def test_each_gateway_in_turn_holds_up_no_other(opened: tuple[Sandbox, House], quiet: Any) -> None:
    sandbox, house = opened
    for gateway in REGISTRY:
        spoil(sandbox, gateway, "500")
        published = house.reader.rows("select snapshot from published")
        report = run_cycle(house, quiet)
        own = {account.account for _, account in accounts(house.settings, gateway)}
        assert {one["account"] for one in report.behind} == own, gateway
        assert report.checks_failed == []
        assert report.snapshot, gateway
        assert house.reader.rows("select snapshot from published") != published
        sandbox.forget("faults")


def test_the_command_says_so(opened: tuple[Sandbox, House]) -> None:
    sandbox, house = opened
    spoil(sandbox, "recurly", "500")
    done = CliRunner().invoke(app, ["--config", str(house.config_path), "cycle"])
    assert done.exit_code == 1
    said = " ".join(done.output.split())
    assert "Recurly (recurly_main) has not been read since " in said
    assert "Its figures stay as they were then; the others are new." in said
