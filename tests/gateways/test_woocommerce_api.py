"""A shop's answers, good and bad, in our words."""

from collections.abc import Callable
from typing import Any

import orjson
import pytest
from pydantic import ValidationError

from billing.errors import BadCredential, BillhouseError, NotFound, OutcomeUnknown, Refused, Transient
from billing.settings_model import WoocommerceAccount
from gateways.woocommerce.api import WooApi, connect
from tests.gateways.conftest import Answer, Scripted

Script = Callable[..., Scripted]
PAGE = {"X-WP-Total": "1", "X-WP-TotalPages": "1"}
NOTICE = b"<br />\n<b>Notice</b>: Undefined array key [0] in <b>plugin.php</b> on line <b>7</b><br />\n"


def shop(scripted: Scripted, **more: Any) -> WooApi:
    values = {
        "account": "shop", "title": "Shop", "consumer_key": "ck_1", "consumer_secret": "cs_secret",
        "base_url": scripted.url, **more,
    }  # fmt: skip
    return WooApi(WoocommerceAccount.model_validate(values), patience=3.0)


def answer(status: int, body: Any, **headers: str) -> Answer:
    raw = body if isinstance(body, bytes) else orjson.dumps(body)
    return Answer(status, raw, headers={name.replace("_", "-"): value for name, value in headers.items()})


def test_a_page_comes_with_its_totals(scripted: Script) -> None:
    server = scripted(Answer(200, b'[{"id": 18}]', headers={"X-WP-Total": "120", "X-WP-TotalPages": "2"}))
    page = shop(server).page("/orders", {"per_page": 100})
    assert (page.items, page.total, page.pages) == ([{"id": 18}], 120, 2)
    _, path, headers = server.requests[0]
    assert path == "/wp-json/wc/v3/orders?per_page=100"
    assert {name.lower(): value for name, value in headers.items()}["authorization"].startswith("Basic ")


def test_notices_before_the_json_are_passed_over(scripted: Script) -> None:
    assert (
        shop(scripted(answer(200, NOTICE + b'{"id": 18, "note": "<p>[x]</p>"}'))).get("/orders/18")["id"]
        == 18
    )


def test_half_a_body_after_a_notice_is_no_answer(scripted: Script) -> None:
    server = scripted(answer(200, NOTICE + b'[{"id": 1, "html": "<b>'), answer(200, [{"id": 1}]))
    assert shop(server).get("/orders") == [{"id": 1}]
    assert len(server.requests) == 2


@pytest.mark.parametrize(
    ("given", "error", "words"),
    [
        (answer(401, {"code": "woocommerce_rest_authentication_error", "message": "Consumer key is invalid.", "data": {"status": 401}}), BadCredential, "Consumer key is invalid"),  # noqa: E501
        (answer(403, {"code": "woocommerce_rest_cannot_view", "message": "Sorry.", "data": {"status": 403}}), BadCredential, "Sorry"),  # noqa: E501
        (answer(403, b"<html>Forbidden</html>"), Refused, "a page of the host"),
        (answer(404, {"code": "woocommerce_rest_shop_order_invalid_id", "message": "Invalid ID.", "data": {"status": 404}}), NotFound, "Invalid ID"),  # noqa: E501
        (answer(404, {"code": "rest_no_route", "message": "No route was found.", "data": {"status": 404}}), Refused, "plugin"),  # noqa: E501
        (answer(404, b"<html>Not here</html>"), Refused, "permalinks"),
        (answer(400, {"code": "rest_invalid_param", "message": "Invalid parameter(s): per_page", "data": {"status": 400, "params": {"per_page": "per_page must be between 1 and 100"}}}), Refused, "between 1 and 100"),  # noqa: E501
        (answer(400, {"code": "x", "message": "Odd.", "data": 500}), Refused, "Odd"),
        (answer(400, {"code": "x", "message": "Odd.", "data": None}), Refused, "Odd"),
        (answer(400, [1]), Refused, "a page of the host"),
        (answer(301, b"", Location="https://www.example.com/wp-json/?a=secret"), Refused, "redirects to https://www.example.com/wp-json/."),
    ],
)  # fmt: skip
def test_refusals_are_told_in_words(
    scripted: Script, given: Answer, error: type[Exception], words: str
) -> None:
    server = scripted(given)
    with pytest.raises(error) as told:
        shop(server).get("/orders/1")
    assert words in str(told.value)
    assert "secret" not in str(told.value)
    assert len(server.requests) == 1, "asking again cannot help"


@pytest.mark.parametrize(
    "passing",
    [
        answer(500, {"code": "internal_server_error", "message": "<p>Bad.</p>", "data": {"status": 500}}),
        answer(500, {"code": "x", "message": "Invalid refund amount.", "data": 500}),
        answer(508, b"<html>Resource Limit Is Reached</html>"),
        answer(429, b"<html>Too Many Requests</html>"),
        answer(429, b"<html>Too Many Requests</html>", Retry_After="1"),
        answer(200, b"<html>Maintenance</html>"),
        Answer(200, b'[{"id": 1}]' * 50, kind="truncated"),
    ],
)
def test_passing_faults_are_asked_again(scripted: Script, passing: Answer) -> None:
    server = scripted(passing, answer(200, {"id": 1}))
    assert shop(server).get("/orders/1") == {"id": 1}
    assert len(server.requests) == 2


def test_a_shop_in_maintenance_is_transient_in_the_end(scripted: Script) -> None:
    with pytest.raises(Transient, match="a page of HTML in place of JSON"):
        shop(scripted(answer(200, b"<html>Maintenance</html>"))).get("/orders/1")


def test_a_list_without_totals_is_not_believed(scripted: Script) -> None:
    with pytest.raises(Refused, match="X-WP-Total"):
        shop(scripted(answer(200, []))).page("/orders")


def hook(status: str, url: str = "https://billing.example/webhooks/woocommerce/shop") -> dict[str, Any]:
    return {"id": 7, "status": status, "topic": "order.updated", "delivery_url": url}


def test_a_webhook_that_the_shop_gave_up_is_told(scripted: Script) -> None:
    hooks = [
        hook("active"),
        hook("disabled"),
        hook("paused"),
        hook("disabled", "https://elsewhere.example/x"),
    ]
    server = scripted(Answer(200, orjson.dumps(hooks), headers=PAGE))
    given_up, paused = shop(server).sleeping_webhooks()
    assert "webhook 7 (order.updated) is disabled" in given_up
    assert "five failures" in given_up
    assert "is paused" in paused


def test_check_says_what_the_key_opens(scripted: Script) -> None:
    server = scripted(
        answer(200, {"name": "Our shop", "home": "https://shop.example"}),
        answer(200, {"code": "EUR"}),
        Answer(200, b'[{"id": 1}]', headers={"X-WP-Total": "42", "X-WP-TotalPages": "42"}),
        answer(404, {"code": "rest_no_route", "message": "No route was found.", "data": {"status": 404}}),
        Answer(200, orjson.dumps([hook("disabled")]), headers=PAGE),
    )
    words = shop(server).check()
    assert "the key opens Our shop (EUR, 42 orders). WooCommerce Subscriptions is not there." in words
    assert "webhook 7 (order.updated) is disabled" in words


@pytest.mark.parametrize(
    "url", ["http://shop.example.com", "ftp://shop.example.com", "https://u:p@shop.example.com"]
)
def test_a_key_is_not_sent_in_the_clear(url: str) -> None:
    values = {
        "account": "shop",
        "title": "Shop",
        "consumer_key": "ck",
        "consumer_secret": "cs",
        "base_url": url,
    }
    with pytest.raises(ValidationError):
        WoocommerceAccount.model_validate(values)
    fine = WoocommerceAccount.model_validate({**values, "base_url": "https://shop.example.com/"})
    assert fine.base_url == "https://shop.example.com"
    connect(fine).close()


def own(status: int, code: str, message: str) -> Answer:
    """A refusal of WooCommerce's; one of a refund has a bare number for its data."""
    data = status if code == "cannot_create_order_refund" else {"status": status}
    return answer(status, {"code": f"woocommerce_rest_{code}", "message": message, "data": data})


NO_REFUND = "cannot_create_order_refund"
CRASH = {
    "code": "internal_server_error",
    "message": "<p>There has been a critical error on this website.</p>",
    "data": {"status": 500},
}


@pytest.mark.parametrize(
    ("given", "error"),
    [
        (own(500, NO_REFUND, "Invalid refund amount."), Refused),
        (own(500, NO_REFUND, "There was a problem initiating a refund: declined."), Refused),
        (own(500, NO_REFUND, "cURL error 28: Operation timed out after 70001 milliseconds"), OutcomeUnknown),
        (own(500, NO_REFUND, "There was a problem connecting to the Stripe API endpoint."), OutcomeUnknown),
        (answer(500, CRASH), OutcomeUnknown),
        (answer(503, b"<html>Briefly unavailable for scheduled maintenance.</html>"), OutcomeUnknown),
        (answer(504, b"<html>Gateway timeout</html>"), OutcomeUnknown),
        (answer(408, b""), OutcomeUnknown),
        (answer(200, b"<html>Welcome</html>"), OutcomeUnknown),
        (answer(429, b"", Retry_After="2"), Transient),
        (own(404, "shop_order_invalid_id", "Invalid ID."), Refused),
        (own(400, "invalid_coupon", "Coupon &quot;x&quot; has expired."), Refused),
        (own(401, "cannot_edit", "Sorry."), BadCredential),
        (answer(302, b"", Location="https://www.example.com/"), Refused),
    ],
)
def test_what_an_answer_to_a_write_means(
    scripted: Script, given: Answer, error: type[BillhouseError]
) -> None:
    """Whatever it is, it is asked once."""
    server = scripted(given)
    with pytest.raises(BillhouseError) as told:
        shop(server).write("POST", "/orders/18/refunds", {"amount": "1.00"})
    assert type(told.value) is error, told.value
    assert "&quot;" not in str(told.value)
    assert len(server.requests) == 1


def test_a_shop_that_is_not_reached_did_not_begin() -> None:
    values = {
        "account": "shop",
        "title": "S",
        "consumer_key": "c",
        "consumer_secret": "s",
        "base_url": "http://127.0.0.1:1",
    }
    with pytest.raises(Transient):
        WooApi(WoocommerceAccount.model_validate(values)).write("POST", "/orders", {})
