"""What an answer to a write means: Recurly did it, did not begin, said no, still does it, or nobody knows."""

import socket
import time
from collections.abc import Callable
from decimal import Decimal

import orjson
import pytest

from billing.errors import BadCredential, BillhouseError, NotFound, OutcomeUnknown, Refused, Transient
from gateways.recurly.api import RecurlyApi
from gateways.recurly.writing import Written
from tests.gateways.conftest import Answer, Scripted
from tests.gateways.test_recurly_api import account, error

Server = Callable[..., Scripted]
RUNNING = Answer(409, error("simultaneous_request"), {"Recurly-Should-Retry": "true", "Retry-After": "1"})
DONE = Answer(201, b'{"id":"x","total":-20.10}', {"X-Request-Id": "r1"})
REPLAY = Answer(201, DONE.body, {"Idempotency-Prior": "true"})
DECLINED = orjson.dumps(
    {
        "error": {
            "type": "transaction",
            "message": "The transaction was declined.",
            "params": [],
            "transaction_error": {"code": "insufficient_funds", "message": "Your card has no funds."},
        }
    }
)


@pytest.fixture(autouse=True)
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The pauses that were made, none of which lasts."""
    made: list[float] = []
    monkeypatch.setattr(time, "sleep", made.append)
    return made


def write(server: Scripted) -> Written:
    body = {"amount": Decimal("20.10")}
    return RecurlyApi(account(server.url)).writer.send("POST", "/invoices/x/refund", body, key="billhouse-a")


@pytest.mark.parametrize(
    ("answer", "wanted"),
    [
        (Answer(429, error("rate_limited")), Transient),
        (Answer(409, error("simultaneous_request")), OutcomeUnknown),
        (Answer(500, b"<html></html>"), OutcomeUnknown),
        (Answer(503, error("service_not_available")), OutcomeUnknown),
        (Answer(307, b""), OutcomeUnknown),
        (Answer(kind="dropped"), OutcomeUnknown),
        (Answer(body=DONE.body, kind="truncated"), OutcomeUnknown),
        (Answer(201, b"{"), OutcomeUnknown),
        (Answer(201, b"[]"), OutcomeUnknown),
        (Answer(400, error("bad_request", "Idempotency-Key was used for another request")), OutcomeUnknown),
        (Answer(400, error("bad_request")), Refused),
        (Answer(404, error("not_found")), Refused),
        (Answer(403, error("invalid_permissions")), BadCredential),
        (Answer(422, DECLINED), Refused),
    ],
)
def test_an_answer_to_a_write(scripted: Server, answer: Answer, wanted: type[BillhouseError]) -> None:
    server = scripted(answer)
    with pytest.raises(wanted) as raised:
        write(server)
    assert type(raised.value) is wanted
    assert len(server.requests) == 1, "a write is never sent again by itself"
    if answer.body == DECLINED:
        assert isinstance(raised.value, Refused)
        assert raised.value.code == "insufficient_funds"
        assert "no funds" in str(raised.value)


def test_no_connection_means_that_nothing_was_begun() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(Transient):
        write(Scripted(f"http://127.0.0.1:{port}", []))


def test_amounts_come_back_exact_with_recurlys_id_of_the_request(scripted: Server) -> None:
    server = scripted(DONE)
    done = write(server)
    assert (str(done.body["total"]), done.request_id, done.is_replay) == ("-20.10", "r1", False)
    [(method, _, headers)] = server.requests
    assert (method, headers["Idempotency-Key"]) == ("POST", "billhouse-a")
    assert headers["Content-Length"] == str(len('{"amount":20.10}')), "the digits of the amount, as they are"


def test_what_is_still_running_is_asked_for_its_answer(scripted: Server, pauses: list[float]) -> None:
    server = scripted(RUNNING, RUNNING, REPLAY)
    assert write(server).is_replay
    assert [headers["Idempotency-Key"] for _, _, headers in server.requests] == ["billhouse-a"] * 3
    assert pauses == [1, 1]


@pytest.mark.parametrize("then", [RUNNING, Answer(429, error("rate_limited")), Answer(kind="dropped")])
def test_what_is_still_running_has_an_unknown_outcome_until_it_answers(
    scripted: Server, then: Answer
) -> None:
    """Only the repetition was turned away: the first request may do what it was sent for."""
    with pytest.raises(OutcomeUnknown):
        write(scripted(RUNNING, then))


def test_a_question_changes_nothing_so_it_may_be_asked_again(scripted: Server) -> None:
    asked = RecurlyApi(account(scripted(DONE).url)).writer.ask("/purchases/preview", {})
    assert asked["total"] == Decimal("-20.10")
    for answer, wanted in (
        (Answer(500, b""), Transient),
        (Answer(404, b"{}"), NotFound),
        (RUNNING, Transient),
    ):
        with pytest.raises(wanted):
            RecurlyApi(account(scripted(answer).url)).writer.ask("/purchases/preview", {})
    with pytest.raises(Transient):
        RecurlyApi(account(scripted(Answer(kind="dropped")).url)).writer.ask("/purchases/preview", {})
