"""A webhook's whole road: the vendor's own signed post -> portal -> inbox -> worker -> published -> a lookup.

At each of the five gateways, at all seven accounts. What a webhook that never came leaves behind is healed by the
next poll: `test_changes` has the portal closed while everything changes, `test_order` loses some of the webhooks.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from billhouse import worker
from billhouse.house import House
from billing.store import transaction, worker_runs
from billing.warehouse import customers, lookup
from tests.billhouse.deeds import DEEDS, Desk, Shown
from tests.billhouse.letters import Door, Letter, aim, kept, listening, pending, wait_until_delivered
from tests.billhouse.prepared import GATEWAY_OF, Prepared

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

# What happens at each gateway. Braintree tells nobody of a refund, but of a dispute.
TOLD = {
    "stripe": "refund",
    "paypal": "refund",
    "braintree": "dispute",
    "woocommerce": "refund",
    "recurly": "refund",
}
SIGNED_BY = {
    "stripe": "stripe-signature",
    "paypal": "paypal-transmission-sig",
    "braintree": None,  # within the form
    "woocommerce": "x-wc-webhook-signature",
    "recurly": "recurly-signature",
}
OTHER = {"stripe_eu": "stripe_us", "stripe_us": "stripe_eu", "woo_eu": "woo_us", "woo_us": "woo_eu"}


@dataclass
class Road:
    """The house after the worker took in what every vendor told, and the portal, which still listens."""

    house: House
    door: Door
    shown: dict[str, list[Shown]]
    arrived: list[tuple[Any, ...]]
    taken: tuple[int, int] | None


@pytest.fixture(scope="module")
def road(prepared: Prepared) -> Iterator[Road]:
    with prepared.open() as (sandbox, house), listening(house) as door:
        aim(sandbox, door.url)
        shown = {}
        for account, gateway in GATEWAY_OF.items():
            deed = DEEDS[gateway][TOLD[gateway]]
            assert not isinstance(deed, str)
            shown[account] = deed(Desk(sandbox, house, account))
        wait_until_delivered(sandbox)
        arrived = kept(house)
        yield Road(house, door, shown, arrived, worker.take_in(house))


def _accounts(gateway: str) -> list[str]:
    return [account for account, its in GATEWAY_OF.items() if its == gateway]


@pytest.mark.parametrize("gateway", list(TOLD))
def test_what_happened_at_a_gateway_shows_in_a_lookup(road: Road, gateway: str) -> None:
    for account in _accounts(gateway):
        assert [row for row in road.arrived if row[0] == account], f"{account} told nothing"
        charge_shown, other_shown = road.shown[account]
        found = lookup.find(
            road.house.reader, charge_shown.ref
        )  # a shop's order may have a customer's number
        match = next(one for one in found if one.charge_ref == charge_shown.ref)
        page = customers.page(road.house.reader, match.customer_ref or "")
        charge = next(row for row in page.charges if row["charge_ref"] == charge_shown.ref)
        rows = {row["refund_ref"]: row for row in page.refunds} | {
            row["dispute_ref"]: row for row in page.disputes
        }
        for row, shown in ((charge, charge_shown), (rows[other_shown.ref], other_shown)):
            assert shown.values is not None
            assert {name: row[name] for name in shown.values} == shown.values, shown.ref


def test_the_worker_took_everything_in_at_once(road: Road) -> None:
    assert road.taken is not None
    hints, changed = road.taken
    assert hints == len(road.arrived)
    assert changed >= 2 * len(GATEWAY_OF)
    assert pending(road.house) == []
    with transaction(road.house.engine) as connection:
        (run,) = worker_runs.since(connection, 0)
    assert run["error"] is None


@pytest.mark.parametrize("gateway", list(TOLD))
def test_a_letter_that_comes_again_leaves_nothing(road: Road, gateway: str) -> None:
    before = kept(road.house)
    for account in _accounts(gateway):
        for letter in road.door.of(account)[:3]:
            assert [road.door.post(letter).status_code for _ in range(2)] == [200, 200]
    assert kept(road.house) == before
    assert worker.take_in(road.house) is None


@pytest.mark.parametrize("gateway", list(TOLD))
def test_a_forged_letter_leaves_nothing(road: Road, gateway: str) -> None:
    before = kept(road.house)
    for account in _accounts(gateway):
        letter = road.door.of(account)[0]
        forged = {"changed": (_changed(letter), account), "unsigned": (_unsigned(letter), account)}
        if account in OTHER:
            forged["meant for the other account"] = (letter, OTHER[account])
        for how, (bad, to) in forged.items():
            answer = road.door.post(bad, to)
            assert answer.status_code == 400, f"{account}, {how}: {answer.text}"
            assert "signature" in answer.json()["error"]
    assert kept(road.house) == before


def _changed(letter: Letter) -> Letter:
    """One letter or digit in its midst is another."""
    middle = next(
        n for n in range(len(letter.body) // 2, len(letter.body)) if letter.body[n : n + 1].isalnum()
    )
    other = b"7" if letter.body[middle : middle + 1] != b"7" else b"8"
    return Letter(letter.path, letter.headers, letter.body[:middle] + other + letter.body[middle + 1 :])


def _unsigned(letter: Letter) -> Letter:
    header = SIGNED_BY[GATEWAY_OF[letter.account]]
    if header is None:
        return Letter(letter.path, letter.headers, letter.body[letter.body.index(b"bt_payload") :])
    return Letter(
        letter.path, {name: value for name, value in letter.headers.items() if name != header}, letter.body
    )
