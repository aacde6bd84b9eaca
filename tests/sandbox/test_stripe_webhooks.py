"""Webhooks of the emulated Stripe: signed, in order, tried again, resent; old events stay where they are."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import stripe

from sandbox.deliveries import Dispatcher
from sandbox.vendors import WRITERS


class Receiver:
    """A webhook endpoint that keeps what it gets and answers as told."""

    def __init__(self) -> None:
        self.got: list[tuple[bytes, str]] = []
        self.answers: list[int] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                status = outer.answers.pop(0) if outer.answers else 200
                if status == 200:
                    outer.got.append((body, self.headers["stripe-signature"]))
                self.send_response(status)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Be quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook"

    def types(self) -> list[str]:
        return [json.loads(body)["type"] for body, _ in self.got]


def wait_for(condition: Callable[[], bool], seconds: float = 10) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.05)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    found = Receiver()
    yield found
    found.server.shutdown()


@pytest.fixture
def dispatcher(desk: Any) -> Iterator[Dispatcher]:
    found = Dispatcher(desk.state, desk.clock, WRITERS)
    found.start()
    yield found
    found.stop()


def test_events_after_the_registration_arrive_signed_and_in_order(
    desk: Any, receiver: Receiver, dispatcher: Dispatcher
) -> None:
    desk.eu.v1.customers.create({"email": "before@example.com"})
    dispatcher.set_target("stripe_eu", receiver.url)
    made = desk.eu.v1.customers.create({"email": "after@example.com"})
    desk.eu.v1.customers.update(made.id, {"name": "After"})
    desk.us.v1.customers.create({"email": "elsewhere@example.com"})
    wait_for(lambda: len(receiver.got) == 2)
    assert receiver.types() == ["customer.created", "customer.updated"]
    body, signature = receiver.got[0]
    event = stripe.Webhook.construct_event(body, signature, "whsec_sandbox_eu")
    assert event.data.object.id == made.id
    assert event.api_version == "2026-10-28.endive"
    assert event.request.id.startswith("req_")
    with pytest.raises(stripe.SignatureVerificationError):
        stripe.Webhook.construct_event(body, signature, "whsec_sandbox_us")
    with pytest.raises(stripe.SignatureVerificationError):
        stripe.Webhook.construct_event(body + b" ", signature, "whsec_sandbox_eu")


def test_a_refused_delivery_is_tried_again(desk: Any, receiver: Receiver, dispatcher: Dispatcher) -> None:
    receiver.answers = [500, 503]
    dispatcher.set_target("stripe_eu", receiver.url)
    desk.eu.v1.customers.create({"email": "again@example.com"})
    wait_for(lambda: len(receiver.got) == 1)
    attempts = desk.state.execute("select attempts, done from deliveries")
    wait_for(lambda: desk.state.execute("select done from deliveries")[0][0] == 1)
    assert attempts[0]["attempts"] >= 2


def test_resending_delivers_a_second_time(desk: Any, receiver: Receiver, dispatcher: Dispatcher) -> None:
    old = desk.every("/events")[-1]
    with pytest.raises(ValueError, match="no webhook target"):
        dispatcher.resend(old["id"])
    dispatcher.set_target("stripe_eu", receiver.url)
    dispatcher.resend(old["id"])
    dispatcher.resend(old["id"])
    wait_for(lambda: len(receiver.got) == 2)
    assert {json.loads(body)["id"] for body, _ in receiver.got} == {old["id"]}
    with pytest.raises(LookupError):
        dispatcher.resend("evt_no")
    with pytest.raises(ValueError, match="no account"):
        dispatcher.set_target("stripe_mars", receiver.url)


def test_what_waited_is_delivered_after_a_restart(desk: Any, receiver: Receiver) -> None:
    first = Dispatcher(desk.state, desk.clock, WRITERS)
    first.set_target("stripe_eu", receiver.url)
    desk.eu.v1.customers.create({"email": "waits@example.com"})
    assert receiver.got == []
    second = Dispatcher(desk.state, desk.clock, WRITERS)
    second.start()
    wait_for(lambda: len(receiver.got) == 1)
    second.stop()
