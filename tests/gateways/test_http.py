"""The reader repeats what may pass, gives up on what will not, and says nothing secret."""

import time
from collections.abc import Callable
from email.utils import format_datetime

import httpx
import pytest

from billing import clock
from billing.errors import BillhouseError, Refused, Transient
from gateways.http import JsonReader, limiter, retry_after
from tests.gateways.conftest import Answer, Scripted

SECRET = "sk_test_very_secret"
Start = Callable[..., Scripted]


def translate(response: httpx.Response) -> BillhouseError:
    if response.status_code == 429 or response.status_code >= 500:
        return Transient(f"HTTP {response.status_code}", retry_after(response.headers))
    return Refused(f"HTTP {response.status_code}", "no")


def reader(url: str, patience: float = 20) -> JsonReader:
    return JsonReader(
        title="Vendor account a",
        base_url=url,
        headers={"Authorization": f"Bearer {SECRET}"},
        limit=limiter(f"{url} a", 500),
        translate=translate,
        patience=patience,
    )


@pytest.mark.parametrize(
    "fault",
    [
        Answer(429, b"{}", {"Retry-After": "0"}),
        Answer(500, b"oops"),
        Answer(503, b""),
        Answer(kind="dropped"),
        Answer(kind="truncated"),
        Answer(200, b'{"data": [1, 2'),
    ],
    ids=["429", "500", "503", "dropped", "truncated", "broken JSON"],
)
def test_a_passing_fault_is_read_again(scripted: Start, fault: Answer) -> None:
    server = scripted(fault, fault, Answer())
    assert reader(server.url).get("/v1/things") == {"ok": True}
    assert len(server.requests) == 3


def test_a_refusal_is_not_repeated(scripted: Start) -> None:
    server = scripted(Answer(400, b"{}"))
    with pytest.raises(Refused):
        reader(server.url).get("/v1/things")
    assert len(server.requests) == 1


def test_patience_ends(scripted: Start) -> None:
    server = scripted(Answer(500, b"oops"))
    begun = time.monotonic()
    with pytest.raises(Transient):
        reader(server.url, patience=1.5).get("/v1/things")
    assert time.monotonic() - begun < 10
    assert len(server.requests) > 1


def test_retry_after_is_honoured(scripted: Start) -> None:
    server = scripted(Answer(429, b"{}", {"Retry-After": "2"}), Answer())
    begun = time.monotonic()
    reader(server.url).get("/v1/things")
    assert time.monotonic() - begun >= 1.9


def test_retry_after_is_read_as_seconds_or_date() -> None:
    in_half_a_minute = format_datetime(clock.now().replace(microsecond=0), usegmt=True)
    assert retry_after({"retry-after": "7"}) == 7
    assert retry_after({"retry-after": "86400"}) == 60, "nobody waits a day inside one request"
    assert retry_after({"retry-after": in_half_a_minute}) == 0
    assert retry_after({"retry-after": "soon"}) is None
    assert retry_after({}) is None


@pytest.mark.parametrize("fault", [Answer(kind="dropped"), Answer(200, b"<html>"), Answer(400, b"{}")])
def test_no_error_names_the_key(scripted: Start, fault: Answer) -> None:
    server = scripted(fault)
    with pytest.raises(BillhouseError) as caught:
        reader(server.url, patience=0.5).get("/v1/things")
    seen: BaseException | None = caught.value
    while seen is not None:
        assert SECRET not in f"{seen!s} {seen!r}"
        seen = seen.__cause__
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


def test_the_rate_is_kept(scripted: Start) -> None:
    server = scripted(Answer())
    slow = JsonReader(
        title="Vendor account b",
        base_url=server.url,
        headers={},
        limit=limiter(f"{server.url} b", 5),
        translate=translate,
    )
    begun = time.monotonic()
    for _ in range(11):
        slow.get("/v1/things")
    assert time.monotonic() - begun >= 1.8, "11 requests at 5 a second take two seconds"


def test_an_account_has_one_limiter() -> None:
    assert limiter("one account", 9) is limiter("one account", 9)
    assert limiter("one account", 9) is not limiter("another account", 9)
