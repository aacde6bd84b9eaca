"""A webhook's whole road: Stripe's signed post -> portal -> inbox -> worker -> published -> a lookup shows it."""

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
import uvicorn

import portal.app
from billhouse import worker
from billhouse.cycle import run_cycle
from billhouse.house import House
from billing.store import inbox, transaction
from billing.warehouse import customers, lookup
from tests.conftest import Sandbox

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.fixture
def road(
    fresh_sandbox: Callable[..., Sandbox], house_over: Callable[..., House], quiet: Any
) -> Iterator[tuple[Sandbox, House, str]]:
    sandbox = fresh_sandbox("--customers", "12")
    house = house_over(sandbox)
    assert run_cycle(house, quiet).is_green
    server = uvicorn.Server(uvicorn.Config(portal.app.build(house.settings), port=0, log_level="warning"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.05)
    port = server.servers[0].sockets[0].getsockname()[1]
    url = f"http://127.0.0.1:{port}/webhooks/stripe/stripe_eu"
    sandbox.control("webhooks/target", account="stripe_eu", url=url)
    yield sandbox, house, url
    server.should_exit = True
    thread.join(10)


def _pending(house: House) -> list[inbox.Hint]:
    with transaction(house.engine) as connection:
        return inbox.pending(connection)


def _wait_for_hints(house: House) -> list[inbox.Hint]:
    for _ in range(100):
        if found := _pending(house):
            time.sleep(0.5)  # the events of one deed come one after another
            return found
        time.sleep(0.1)
    raise AssertionError("no webhook arrived within ten seconds")


def test_a_refund_made_at_stripe_shows_in_a_lookup(road: tuple[Sandbox, House, str]) -> None:
    sandbox, house, _ = road
    maria = lookup.find(house.reader, "MARIA@example.com")[0]
    assert maria.customer_ref is not None
    before = customers.page(house.reader, maria.customer_ref)
    charge = next(row for row in before.charges if row["status"] == "paid")
    answer = httpx.post(
        f"{sandbox.url}/stripe/v1/refunds",
        data={"charge": charge["charge_id"], "amount": "700"},
        auth=("sk_test_sandbox_eu", ""),
    )
    answer.raise_for_status()

    kinds = {hint.object_kind for hint in _wait_for_hints(house)}
    assert kinds & {"charge", "refund"}
    assert worker.take_in(house) is not None

    after = customers.page(house.reader, maria.customer_ref)
    shown = next(row for row in after.charges if row["charge_ref"] == charge["charge_ref"])
    assert (shown["refunded_minor"], shown["status"]) == (700, "partially_refunded")
    assert {row["refund_id"] for row in after.refunds} >= {answer.json()["id"]}
    assert _pending(house) == []


def test_a_replayed_webhook_changes_nothing_and_a_forged_one_leaves_no_row(
    road: tuple[Sandbox, House, str],
) -> None:
    sandbox, house, url = road
    event = httpx.get(f"{sandbox.url}/stripe/v1/events?limit=1", auth=("sk_test_sandbox_eu", "")).json()
    event_id = event["data"][0]["id"]
    sandbox.control("webhooks/resend", event_id=event_id)
    assert [hint.event_id for hint in _wait_for_hints(house)] == [event_id]
    worker.take_in(house)
    sandbox.control("webhooks/resend", event_id=event_id)
    time.sleep(1.5)
    assert _pending(house) == []

    forged = httpx.post(url, content=b'{"id": "evt_x"}', headers={"Stripe-Signature": "t=1,v1=00"})
    assert forged.status_code == 400
    assert "signature" in forged.json()["error"]
    assert _pending(house) == []
