"""Recurly's client: exact numbers, pages that stay on our host, refusals in our words, the rate limit."""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from billing.errors import BadCredential, NotFound, Refused, Transient
from billing.settings_model import RecurlyAccount
from gateways.recurly import api as recurly
from gateways.recurly import exact
from tests.conftest import Sandbox
from tests.gateways.conftest import Answer, Scripted

Server = Callable[..., Scripted]


def account(url: str, key: str = "recurly_sandbox_key") -> RecurlyAccount:
    return RecurlyAccount(
        account="recurly_main", title="Recurly", api_key=SecretStr(key), base_url=url, requests_per_second=500
    )


def error(kind: str, message: str = "Something was wrong.") -> bytes:
    return orjson.dumps({"error": {"type": kind, "message": message, "params": []}})


def page(ids: list[str], following: str | None = None) -> Answer:
    body = {
        "object": "list",
        "has_more": following is not None,
        "next": following,
        "data": [{"id": id} for id in ids],
    }
    return Answer(body=orjson.dumps(body))


def test_amounts_are_decimals_with_the_digits_they_came_with(scripted: Server) -> None:
    sent = b'{"total":0.1,"tax":19.90,"big":12345678901234567.89,"quantity":3,"tiny":1e-7}'
    found = recurly.connect(account(scripted(Answer(body=sent)).url)).get("/invoices/x")
    assert found["total"] + Decimal("0.2") == Decimal("0.3")
    assert (str(found["tax"]), str(found["big"]), found["quantity"]) == ("19.90", "12345678901234567.89", 3)
    assert (
        exact.dumps(found) == '{"total":0.1,"tax":19.90,"big":12345678901234567.89,"quantity":3,"tiny":1E-7}'
    )


@given(st.decimals(allow_nan=False, allow_infinity=False, places=2))
def test_what_is_read_is_written_again(amount: Decimal) -> None:
    text = f'{{"amount":{amount}}}'
    assert exact.dumps(exact.loads(text)) == text


def test_pages_follow_next_on_our_own_host(scripted: Server) -> None:
    server = scripted(
        page(["a", "b"], "/invoices?cursor=x%3D%3D&limit=200&sort=updated_at"),
        page(["c"], "https://elsewhere.example/invoices?cursor=y"),
        page(["d"]),
    )
    found = [one["id"] for each in recurly.connect(account(server.url)).pages("/invoices") for one in each]
    assert found == ["a", "b", "c", "d"]
    assert [path for _, path, _ in server.requests] == [
        "/invoices?limit=200", "/invoices?cursor=x%3D%3D&limit=200&sort=updated_at", "/invoices?cursor=y",
    ]  # fmt: skip
    headers = server.requests[0][2]
    assert headers["Accept"] == "application/vnd.recurly.v2021-02-25"
    assert headers["Authorization"].startswith("Basic ")


def test_pages_in_a_circle_are_an_error(scripted: Server) -> None:
    server = scripted(page(["a"], "/plans?cursor=x"))
    with pytest.raises(Transient, match="circle"):
        list(recurly.connect(account(server.url)).pages("/plans"))


@pytest.mark.parametrize(
    ("status", "kind", "wanted"),
    [
        (401, "unauthorized", BadCredential),
        (403, "invalid_permissions", BadCredential),
        (404, "not_found", NotFound),
        (406, "invalid_api_version", Refused),
        (422, "validation", Refused),
    ],
)
def test_refusals_are_told_in_our_words(
    scripted: Server, status: int, kind: str, wanted: type[Exception]
) -> None:
    with pytest.raises(wanted, match=kind) as caught:
        recurly.connect(account(scripted(Answer(status, error(kind))).url)).get("/plans")
    assert type(caught.value) is wanted
    assert "recurly_sandbox_key" not in str(caught.value)


def test_a_proxys_page_does_not_mean_that_an_object_is_gone(scripted: Server) -> None:
    with pytest.raises(Refused, match="a page of HTML"):
        recurly.connect(account(scripted(Answer(404, b"<html>Not here</html>")).url)).get("/plans/x")


@pytest.mark.parametrize(
    "trouble",
    [
        Answer(429, error("rate_limited"), {"Retry-After": "0"}),
        Answer(429, error("rate_limited")),
        Answer(409, error("simultaneous_request"), {"Retry-After": "0"}),
        Answer(500, error("internal_server_error")),
        Answer(503, b"<html>maintenance</html>"),
        Answer(200, b"<html>a proxy's page</html>"),
        Answer(kind="truncated", body=b'{"object":"list","data":[]}'),
        Answer(kind="dropped"),
    ],
)
def test_passing_trouble_is_tried_again(scripted: Server, trouble: Answer) -> None:
    server = scripted(trouble, Answer(body=b'{"id": "x"}'))
    assert recurly.connect(account(server.url)).get("/plans/x") == {"id": "x"}
    assert len(server.requests) == 2


def test_a_spent_window_is_waited_for(scripted: Server) -> None:
    spent = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(int(datetime.now(UTC).timestamp()) + 2)}
    server = scripted(Answer(429, error("rate_limited"), spent), Answer(body=b'{"id": "x"}'))
    begun = time.monotonic()
    recurly.connect(account(server.url)).get("/plans/x")
    assert time.monotonic() - begun >= 0.9


def test_a_nearly_spent_window_slows_us_down(scripted: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    paused: list[float] = []
    monkeypatch.setattr(recurly.time, "sleep", paused.append)
    soon = str(int(datetime.now(UTC).timestamp()) + 30)
    scarce = {"X-RateLimit-Limit": "2000", "X-RateLimit-Remaining": "9", "X-RateLimit-Reset": soon}
    plenty = {**scarce, "X-RateLimit-Remaining": "1900"}
    server = scripted(Answer(headers=plenty), Answer(headers=scarce))
    client = recurly.connect(account(server.url))
    client.get("/plans")
    assert paused == []
    client.get("/plans")
    assert len(paused) == 1
    assert 2 < paused[0] <= 5


def test_check_names_the_site(sandbox: Sandbox) -> None:
    assert (
        "opens the site lampa-sandbox (sandbox)" in recurly.connect(account(f"{sandbox.url}/recurly")).check()
    )
    with pytest.raises(BadCredential):
        recurly.connect(account(f"{sandbox.url}/recurly", "wrong")).check()
