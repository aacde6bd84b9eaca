"""The client against the emulated PayPal and a scripted server: tokens, paging, errors."""

from collections.abc import Callable, Iterator

import orjson
import pytest
from pydantic import SecretStr

from billing.errors import BadCredential, NotFound, Refused, Transient
from billing.settings_model import PaypalAccount
from gateways.paypal.api import PaypalApi, TooLarge
from tests.conftest import Sandbox
from tests.gateways.conftest import Answer, Scripted

TOKEN = Answer(body=orjson.dumps({"access_token": "A21", "expires_in": 32400, "token_type": "Bearer"}))
REFUSED = Answer(401, orjson.dumps({"error": "invalid_token", "error_description": "Token has expired"}))


def account(url: str, secret: str = "paypal_sandbox_secret") -> PaypalAccount:
    return PaypalAccount(
        account="paypal_main",
        title="PayPal",
        client_id="paypal_sandbox_client",
        client_secret=SecretStr(secret),
        webhook_id="WH-SANDBOX",
        base_url=url,
        requests_per_second=100,
    )


@pytest.fixture
def api(sandbox: Sandbox) -> Iterator[PaypalApi]:
    one = PaypalApi(account(f"{sandbox.url}/paypal"), patience=5)
    yield one
    sandbox.control("act", vendor="paypal", knobs={"token_requests": 0, "reporting_limit": 10_000})
    one.close()


def test_good_credentials_are_described(api: PaypalApi) -> None:
    words = api.check()
    assert "paypal_main" in words
    assert "EUR, GBP, JPY, USD" in words


def test_a_bad_secret_is_refused_in_words(sandbox: Sandbox) -> None:
    with pytest.raises(BadCredential) as caught:
        PaypalApi(account(f"{sandbox.url}/paypal", "wrong_secret_of_mine")).check()
    assert "Client Authentication failed" in str(caught.value)
    assert "wrong_secret_of_mine" not in str(caught.value)


def test_a_token_that_ends_in_the_midst_is_renewed(api: PaypalApi, sandbox: Sandbox) -> None:
    sandbox.control("act", vendor="paypal", knobs={"token_requests": 2})
    for _ in range(7):
        api.check()


def test_one_token_serves_many_reads(sandbox: Sandbox, api: PaypalApi) -> None:
    sandbox.forget("requests")
    for _ in range(4):
        api.check()
    asked = [entry["path"] for entry in sandbox.control("requests?prefix=/paypal")]
    assert asked.count("/paypal/v1/oauth2/token") == 1


def test_tokens_refused_one_after_another_are_an_error(scripted: Callable[..., Scripted]) -> None:
    server = scripted(*(TOKEN, REFUSED) * 4)
    with pytest.raises(BadCredential, match="Token has expired"):
        PaypalApi(account(server.url), patience=2).check()
    assert len(server.requests) == 8


@pytest.mark.parametrize(
    "broken",
    [
        Answer(200, b"<html>Service unavailable</html>"),
        Answer(500, b"<html>oops</html>"),
        Answer(429, b'{"name": "RATE_LIMIT_REACHED", "message": "Too many requests."}'),
        Answer(429, b"{}", {"Retry-After": "1"}),
        Answer(503, b""),
        Answer(200, b'{"balances": []}', kind="truncated"),
        Answer(kind="dropped"),
    ],
)
def test_bad_moments_pass(scripted: Callable[..., Scripted], broken: Answer) -> None:
    server = scripted(TOKEN, broken, broken, Answer(body=b'{"balances": []}'))
    assert PaypalApi(account(server.url), patience=20).get("/v1/reporting/balances") == {"balances": []}


@pytest.mark.parametrize(
    "broken", [Answer(200, b"<html></html>"), Answer(500, b"no"), Answer(200, b'{"a": 1}')]
)
def test_a_token_that_cannot_be_read_is_a_passing_fault(
    scripted: Callable[..., Scripted], broken: Answer
) -> None:
    server = scripted(broken, TOKEN, Answer(body=b'{"balances": []}'))
    assert PaypalApi(account(server.url), patience=20).get("/v1/reporting/balances") == {"balances": []}


def test_a_proxys_page_does_not_mean_that_an_object_is_gone(scripted: Callable[..., Scripted]) -> None:
    server = scripted(TOKEN, Answer(404, b"<html>Not here</html>"))
    with pytest.raises(Refused, match="a page of HTML"):
        PaypalApi(account(server.url)).get("/v2/payments/captures/1")


def test_an_outage_is_transient_and_names_the_debug_id(scripted: Callable[..., Scripted]) -> None:
    body = orjson.dumps(
        {"name": "INTERNAL_SERVICE_ERROR", "message": "An error occurred.", "debug_id": "abc123"}
    )
    server = scripted(TOKEN, Answer(500, body))
    with pytest.raises(Transient, match="abc123"):
        PaypalApi(account(server.url), patience=0.5).check()


def test_refusals_carry_the_issue(api: PaypalApi) -> None:
    with pytest.raises(NotFound):
        api.get("/v2/payments/captures/NOTHING")
    with pytest.raises(Refused) as caught:
        api.report("2026-01-01T00:00:00Z", "2026-06-01T00:00:00Z", 1)
    assert caught.value.code == "INVALID_DATE_RANGE"


def test_too_large_a_result_is_told_apart(api: PaypalApi, sandbox: Sandbox) -> None:
    sandbox.control("act", vendor="paypal", knobs={"reporting_limit": 3})
    with pytest.raises(TooLarge):
        api.report("2026-10-20T00:00:00Z", "2026-11-19T00:00:00Z", 1)


def test_lists_are_read_to_their_end(api: PaypalApi, sandbox: Sandbox) -> None:
    counts = sandbox.control("ledger")["counts"]["paypal_main"]
    assert len({one["id"] for one in api.plans()}) == counts["plans"]
    assert len({one["id"] for one in api.products()}) == counts["products"]
    assert len({one["id"] for one in api.invoices()}) == counts["invoices"]
    assert len({one["dispute_id"] for one in api.disputes()}) == counts["disputes"]
    events = list(api.events("2026-01-01T00:00:00Z"))
    assert len(events) == len({one["id"] for one in events}) > 0


def page(ids: range, total: int) -> Answer:
    return Answer(body=orjson.dumps({"items": [{"id": f"INV2-{n}"} for n in ids], "total_items": total}))


def test_a_list_of_invoices_that_moved_is_read_again(scripted: Callable[..., Scripted]) -> None:
    short = [page(range(100), 150), page(range(101, 150), 150)]
    server = scripted(TOKEN, *short, page(range(100), 150), page(range(100, 150), 150))
    assert len(PaypalApi(account(server.url)).invoices()) == 150
    never = scripted(TOKEN, *short, *short, *short, *short)
    with pytest.raises(Transient, match="does not hold as many"):
        PaypalApi(account(never.url)).invoices()


def test_links_to_other_hosts_are_not_followed(scripted: Callable[..., Scripted]) -> None:
    evil = [{"rel": "next", "href": "http://evil.example/steal?next_page_token=abc&page_size=50"}]
    first = Answer(body=orjson.dumps({"items": [{"dispute_id": "1"}], "links": evil}))
    server = scripted(TOKEN, first, Answer(body=orjson.dumps({"items": [{"dispute_id": "2"}], "links": []})))
    assert [one["dispute_id"] for one in PaypalApi(account(server.url)).disputes()] == ["1", "2"]
    assert server.requests[-1][1] == "/v1/customer/disputes?page_size=50&next_page_token=abc"
