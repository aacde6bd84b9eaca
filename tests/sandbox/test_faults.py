"""Each fault as a client meets it: on the wire, and in what the vendor did or did not do meanwhile."""

import asyncio
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from starlette.responses import PlainTextResponse

from sandbox.faults import Fault, Faults, StripeRateLimit, Window

ZENDESK = ("api@lampa.example/token", "zendesk_sandbox_token")
USERS = "/zendesk/api/v2/users"


@pytest.fixture(autouse=True)
def no_faults_left(house: Any) -> Iterator[None]:
    house.forget("faults")
    yield
    house.forget("faults")


def add_user(house: Any, email: str) -> httpx.Response:
    body = {"user": {"name": "Fault Tester", "email": email}}
    return httpx.post(house.url + USERS, json=body, auth=ZENDESK, timeout=10)


def exists(house: Any, email: str) -> bool:
    found = httpx.get(f"{house.url}{USERS}/search", params={"query": f"email:{email}"}, auth=ZENDESK).json()
    return bool(found["count"])


def wire(house: Any, path: str) -> bytes:
    """Everything that comes over the wire until the server closes the connection."""
    address = httpx.URL(house.url)
    with socket.create_connection(("127.0.0.1", address.port or 0), timeout=10) as connection:
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        received = b""
        while more := connection.recv(65536):
            received += more
    return received


def test_timeout_before_means_nothing_was_done(plan: Any, house: Any) -> None:
    plan(house, path=USERS, method="POST", kind="timeout_before")
    with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
        add_user(house, "before@example.com")
    assert not exists(house, "before@example.com")
    assert add_user(house, "before@example.com").status_code == 201


def test_timeout_after_means_it_was_done_and_nobody_heard(plan: Any, house: Any) -> None:
    house.forget("requests")
    plan(house, path=USERS, method="POST", kind="timeout_after")
    with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
        add_user(house, "after@example.com")
    assert exists(house, "after@example.com")
    assert house.control("requests")[0]["status"] is None


def test_truncate_promises_the_full_length_and_sends_half(plan: Any, house: Any) -> None:
    full = httpx.get(f"{house.url}/oidc/jwks")
    plan(house, path="/oidc/jwks", kind="truncate", times=2)
    head, _, body = wire(house, "/oidc/jwks").partition(b"\r\n\r\n")
    assert b"200 OK" in head
    assert f"content-length: {len(full.content)}".encode() in head.lower()
    assert body == full.content[: len(full.content) // 2]
    with pytest.raises(httpx.RemoteProtocolError, match="without sending complete message body"):
        httpx.get(f"{house.url}/oidc/jwks")


def test_cut_breaks_a_chunked_body_off(plan: Any, house: Any) -> None:
    full = httpx.get(f"{house.url}/oidc/jwks").content
    plan(house, path="/oidc/jwks", kind="cut", times=2)
    head, _, body = wire(house, "/oidc/jwks").partition(b"\r\n\r\n")
    assert b"transfer-encoding: chunked" in head.lower()
    assert full[: len(full) // 2] in body
    assert not body.endswith(b"0\r\n\r\n")
    with pytest.raises(httpx.RemoteProtocolError, match="incomplete chunked read"):
        httpx.get(f"{house.url}/oidc/jwks")


def test_delay_answers_late_and_right(plan: Any, house: Any) -> None:
    plan(house, path="/oidc/jwks", kind="delay", seconds=0.4)
    asked = time.monotonic()
    assert httpx.get(f"{house.url}/oidc/jwks").status_code == 200
    assert time.monotonic() - asked >= 0.4


def test_429_and_500_speak_the_vendors_words(plan: Any, house: Any) -> None:
    plan(house, path="/stripe/v1/charges", kind="429", seconds=7)
    plan(house, path="/stripe/v1/charges", kind="500")
    plan(house, path=USERS, kind="429")
    plan(house, path=USERS, kind="500")
    limited = httpx.get(f"{house.url}/stripe/v1/charges")
    assert (limited.status_code, limited.headers["retry-after"]) == (429, "7")
    assert limited.json()["error"]["code"] == "rate_limit"
    failed = httpx.get(f"{house.url}/stripe/v1/charges")
    assert (failed.status_code, failed.json()["error"]["type"]) == (500, "api_error")
    limited = httpx.get(f"{house.url}{USERS}")
    assert limited.status_code == 429
    assert limited.headers["retry-after"] == "1"
    assert limited.json()["error"] == "APIRateLimitExceeded"
    assert httpx.get(f"{house.url}{USERS}").status_code == 500


VENDORS = ("stripe", "paypal", "braintree", "recurly", "woocommerce", "zendesk", "oidc")


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_429_tells_when_to_come_back_or_says_nothing(plan: Any, house: Any, vendor: str) -> None:
    path = f"/{vendor}/anything"
    plan(house, path=path, kind="429", seconds=7)
    plan(house, path=path, kind="429_bare", seconds=7)
    told, bare = httpx.get(house.url + path), httpx.get(house.url + path)
    assert (told.status_code, bare.status_code) == (429, 429)
    assert told.content == bare.content
    if vendor == "recurly":
        assert 5 <= int(told.headers["x-ratelimit-reset"]) - time.time() <= 8
    else:
        assert told.headers["retry-after"] == "7"
    assert not {"retry-after", "x-ratelimit-reset"} & set(bare.headers)


@pytest.mark.parametrize(
    ("kind", "status", "title"), [("html", 200, "maintenance"), ("html_502", 502, "502")]
)
@pytest.mark.parametrize("vendor", VENDORS)
def test_a_page_of_html_comes_in_place_of_an_answer(
    plan: Any, house: Any, vendor: str, kind: str, status: int, title: str
) -> None:
    plan(house, path=f"/{vendor}/anything", kind=kind)
    page = httpx.get(f"{house.url}/{vendor}/anything")
    assert (page.status_code, page.headers["content-type"]) == (status, "text/html; charset=utf-8")
    assert page.text.startswith("<!DOCTYPE html>")
    assert title in page.text
    with pytest.raises(ValueError, match="Expecting value"):
        page.json()


def test_a_page_comes_before_anything_is_done(plan: Any, house: Any) -> None:
    plan(house, path=USERS, method="POST", kind="html")
    assert add_user(house, "page@example.com").status_code == 200
    assert not exists(house, "page@example.com")
    assert add_user(house, "page@example.com").status_code == 201


def test_a_401_speaks_the_vendors_words(plan: Any, house: Any) -> None:
    words = {
        "/stripe/v1/charges": "Expired API Key",
        "/paypal/v1/billing/plans": "invalid_token",
        "/paypal/v1/oauth2/token": "invalid_client",
        "/recurly/plans": "API key is invalid",
        "/woocommerce/eu/wp-json/wc/v3/orders": "Consumer key is invalid",
        "/braintree/merchants/m/plans/": "",
    }
    for path, word in words.items():
        plan(house, path=path, kind="401")
        refused = httpx.get(house.url + path)
        assert house.control("faults") == [], "it was the fault that answered"
        assert refused.status_code == 401
        assert word in refused.text


def test_a_refused_post_leaves_the_connection_usable(plan: Any, house: Any) -> None:
    plan(house, path=USERS, method="POST", kind="500")
    with httpx.Client(auth=ZENDESK) as client:
        assert client.post(house.url + USERS, content=b"x" * 500_000).status_code == 500
        assert client.get(f"{house.url}{USERS}/me").status_code == 200


def test_faults_count_skip_match_and_are_listed(plan: Any, house: Any) -> None:
    plan(house, path="/oidc/j*", method="get", kind="500", times=2, skip=1)
    assert httpx.get(f"{house.url}/mail/messages").status_code == 200
    seen = [httpx.get(f"{house.url}/oidc/jwks").status_code for _ in range(5)]
    assert seen == [200, 500, 500, 200, 200]
    assert house.control("faults") == []
    plan(house, path="/oidc/jwks", kind="500")
    assert house.control("faults")[0]["path"] == "/oidc/jwks"
    house.forget("faults")
    assert httpx.get(f"{house.url}/oidc/jwks").status_code == 200


def test_an_exact_path_does_not_hit_what_lies_below_it(
    plan: Any,
) -> None:
    faults = Faults()
    faults.plan(Fault("/stripe/v1/charges", "500"))
    assert faults.take("/stripe/v1/charges/ch_1", "GET") is None
    assert faults.take("/stripe/v1/charges", "GET") is not None


def test_the_stripe_limit_is_per_key_and_per_second() -> None:
    async def calls() -> list[tuple[str, int]]:
        app = StripeRateLimit(PlainTextResponse("ok"), limit=lambda: 3)
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://sandbox") as client:
            seen = []
            for key in ["a"] * 4 + ["b"]:
                answer = await client.get("/stripe/v1/charges", headers={"Authorization": f"Bearer {key}"})
                seen.append((key, answer.status_code))
            await asyncio.sleep(1.05)
            answer = await client.get("/stripe/v1/charges", headers={"Authorization": "Bearer a"})
            return [*seen, ("a", answer.status_code)]

    with ThreadPoolExecutor(1) as pool:  # a thread of its own: a browser test may keep a loop in this one
        seen = pool.submit(lambda: asyncio.run(calls())).result()
    assert seen == [("a", 200), ("a", 200), ("a", 200), ("a", 429), ("b", 200), ("a", 200)]


def test_a_test_may_set_the_stripe_limit(house: Any) -> None:
    def answers() -> list[int]:
        auth = {"Authorization": "Bearer sk_test_of_this_test"}
        return [httpx.get(f"{house.url}/stripe/v1/charges", headers=auth).status_code for _ in range(4)]

    house.control("act", vendor="stripe", deed="limit", requests_per_second=2)
    assert answers() == [401, 401, 429, 429]
    house.control("act", vendor="stripe", deed="limit", requests_per_second=100)
    assert answers() == [401] * 4


def test_a_window_tells_what_is_left_and_how_long_to_wait() -> None:
    window = Window(2, 60)
    assert window.take("k") == (1, 0.0)
    assert window.take("k") == (0, 0.0)
    left, wait = window.take("k")
    assert left == 0
    assert 59 < wait <= 60
