"""The worker: a hint in the inbox becomes a published change, once, and survives failures in between."""

from collections.abc import Iterator
from typing import Any

import pytest

from billhouse import worker
from billhouse.house import House
from billing.errors import Transient
from billing.store import checkpoints, inbox, transaction, worker_runs
from billing.warehouse import writer_lock
from tests.billhouse.prepared import Prepared

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.fixture
def house(prepared: Prepared) -> Iterator[House]:
    with prepared.open() as (_, house):
        yield house


def _refund_at_stripe(house: House, charge_id: str, amount: int) -> str:
    import stripe

    account = house.settings.gateways.stripe[0]
    client = stripe.StripeClient(
        account.secret_key.get_secret_value(), base_addresses={"api": account.base_url}
    )
    return client.v1.refunds.create({"charge": charge_id, "amount": amount}).id


def _hint(house: House, event_id: str, kind: str, object_id: str) -> None:
    with transaction(house.engine) as connection:
        inbox.receive(
            connection,
            gateway="stripe",
            account="stripe_eu",
            event_id=event_id,
            event_type="charge.refunded",
            object_kind=kind,
            object_id=object_id,
        )


def _a_charge(house: House) -> dict[str, Any]:
    return house.reader.rows(
        "select * from charges where account = 'stripe_eu' and currency = 'EUR' and status = 'paid' "
        "and refundable_minor > 1000 order by charge_ref limit 1"
    )[0]


def _state(house: House) -> dict[str, int]:
    with house.engine.connect() as connection:
        rows = connection.exec_driver_sql("select state, count(*) from inbox group by state").all()
    return {row[0]: row[1] for row in rows}


def test_a_hint_becomes_a_published_change(house: House) -> None:
    charge = _a_charge(house)
    _refund_at_stripe(house, charge["charge_id"], 300)
    _hint(house, "evt_1", "charge", charge["charge_id"])
    taken = worker.take_in(house)
    assert taken is not None
    assert taken[1] > 0
    after = house.reader.rows("select * from charges where charge_ref = $ref", {"ref": charge["charge_ref"]})[
        0
    ]
    assert after["refunded_minor"] == charge["refunded_minor"] + 300
    assert _state(house) == {"done": 1}
    assert worker.take_in(house) is None
    with transaction(house.engine) as connection:
        runs = worker_runs.since(connection, 0)
    assert [run["error"] for run in runs] == [None]


def test_a_red_build_keeps_the_hint_and_the_last_good_copy_and_heals(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    charge = _a_charge(house)
    before = house.reader.rows("select snapshot from published")
    _refund_at_stripe(house, charge["charge_id"], 200)
    _hint(house, "evt_2", "charge", charge["charge_id"])

    def no_room(*_args: Any) -> str:
        raise Transient("no room")

    with monkeypatch.context() as patched:
        patched.setattr(worker, "publish", no_room)
        worker.take_in(house)
    assert house.reader.rows("select snapshot from published") == before
    assert _state(house) == {"pending": 1}

    with transaction(house.engine) as connection:
        connection.exec_driver_sql("update inbox set due_at = received_at")
    worker.take_in(house)
    after = house.reader.rows("select * from charges where charge_ref = $ref", {"ref": charge["charge_ref"]})[
        0
    ]
    assert after["refunded_minor"] == charge["refunded_minor"] + 200, (
        "raw had it already; publishing was owed"
    )
    with transaction(house.engine) as connection:
        assert checkpoints.get(connection, worker.UNPUBLISHED) == "no"


def test_an_unknown_account_does_not_hold_up_the_others(house: House) -> None:
    charge = _a_charge(house)
    _refund_at_stripe(house, charge["charge_id"], 100)
    with transaction(house.engine) as connection:
        inbox.receive(
            connection,
            gateway="stripe",
            account="gone",
            event_id="evt_3",
            event_type="x",
            object_kind="charge",
            object_id="ch_x",
        )
    _hint(house, "evt_4", "charge", charge["charge_id"])
    worker.take_in(house)
    assert _state(house) == {"done": 1, "pending": 1}


def test_lookups_never_wait_for_a_load(house: House) -> None:
    with writer_lock(house.settings.warehouse):
        assert house.reader.rows("select count(*) as n from charges")[0]["n"] > 0
