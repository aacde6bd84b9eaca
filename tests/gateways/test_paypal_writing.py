"""What an answer to a write means: PayPal did it, did not begin, said no, or nobody knows."""

import socket
from collections.abc import Callable

import orjson
import pytest

from billing.errors import BadCredential, BillhouseError, OutcomeUnknown, Refused, Transient
from gateways.paypal.api import PaypalApi
from tests.gateways.conftest import Answer, Scripted
from tests.gateways.test_paypal_api import REFUSED, TOKEN, account


def issue(name: str) -> bytes:
    return orjson.dumps(
        {"name": "UNPROCESSABLE_ENTITY", "details": [{"issue": name, "description": "So it is."}]}
    )


def sent(server: Scripted) -> int:
    return sum(path == "/v2/some/thing" for _, path, _ in server.requests)


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (Answer(429, b"{}"), Transient),
        (Answer(409, issue("PREVIOUS_REQUEST_IN_PROGRESS")), OutcomeUnknown),
        (Answer(500, b"<html></html>"), OutcomeUnknown),
        (Answer(503, b""), OutcomeUnknown),
        (Answer(kind="dropped"), OutcomeUnknown),
        (Answer(body=b'{"id": "1", "status": "COMPLETED"}', kind="truncated"), OutcomeUnknown),
        (Answer(201, b"{"), OutcomeUnknown),
        (Answer(201, b"[]"), OutcomeUnknown),
        (Answer(404, issue("INVALID_RESOURCE_ID")), Refused),
        (Answer(403, issue("PERMISSION_DENIED")), BadCredential),
        (Answer(422, issue("CAPTURE_FULLY_REFUNDED")), Refused),
    ],
)
def test_an_answer_to_a_write(
    scripted: Callable[..., Scripted], answer: Answer, error: type[BillhouseError]
) -> None:
    server = scripted(TOKEN, answer)
    api = PaypalApi(account(server.url))
    with pytest.raises(error) as raised:
        api.writer.post("/v2/some/thing", {}, request_id="one")
    assert sent(server) == 1, "a write is never sent again by itself"
    if answer.status == 422:
        assert isinstance(raised.value, Refused)
        assert raised.value.code == "CAPTURE_FULLY_REFUNDED"
        assert "So it is" in str(raised.value)


def test_a_write_carries_its_key_and_asks_for_the_whole_object(scripted: Callable[..., Scripted]) -> None:
    server = scripted(TOKEN, Answer(204, b"", {"paypal-debug-id": "f00d"}))
    written = PaypalApi(account(server.url)).writer.post("/v2/some/thing", {"a": 1}, request_id="one")
    headers = {name.lower(): value for name, value in server.requests[-1][2].items()}
    assert (headers["paypal-request-id"], headers["prefer"]) == ("one", "return=representation")
    assert (written.status, written.body, written.debug_id) == (204, {}, "f00d")


def test_a_token_that_ended_is_renewed_before_the_write_begins(scripted: Callable[..., Scripted]) -> None:
    server = scripted(TOKEN, REFUSED, TOKEN, Answer(201, b'{"id": "1"}'))
    assert PaypalApi(account(server.url)).writer.post("/v2/some/thing", {}).body == {"id": "1"}


@pytest.mark.parametrize("answer", [Answer(kind="dropped"), Answer(503, b"")])
def test_without_a_token_nothing_left_the_house(scripted: Callable[..., Scripted], answer: Answer) -> None:
    server = scripted(answer)
    with pytest.raises(Transient):
        PaypalApi(account(server.url)).writer.post("/v2/some/thing", {})
    assert sent(server) == 0


def test_without_a_connection_nothing_left_the_house() -> None:
    with socket.socket() as taken:  # bound, but nobody listens
        taken.bind(("127.0.0.1", 0))
        with pytest.raises(Transient):
            PaypalApi(account(f"http://127.0.0.1:{taken.getsockname()[1]}")).writer.post("/v2/some/thing", {})
