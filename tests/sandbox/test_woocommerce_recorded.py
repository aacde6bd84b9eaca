"""The emulated shop answers the requests recorded from a real one: same statuses, shapes and arithmetic."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from sandbox.clock import Clock
from sandbox.state import State
from sandbox.woocommerce import app, catalogue
from sandbox.woocommerce.books import Books
from sandbox.woocommerce.shops import US, set_zone

SITE = "https://127.0.0.1:18480"
OURS = "https://sandbox.example/woocommerce/us"
# Made up by chance or by the hour: only their being there is compared.
FREE = ("order_key", "date_created", "date_modified", "date_paid", "date_completed", "payment_url")
COUNTERS = {"posts": 16, "users": 2, "items": 2, "webhooks": 0}
"""What the recorded shop had given out before: its next order is 18, its next customer 3."""


@pytest.fixture
def recorded(specs: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((specs / "woocommerce.recorded.json").read_text())
    exchanges: dict[str, Any] = found["exchanges"]
    return exchanges


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[TestClient]:
    """The recorded shop: US dollars, prices without tax, one product of 50.00 and 20 % VAT for Great Britain."""
    state = State(tmp_path / "sandbox.sqlite")
    clock = Clock(state)
    set_zone(state, US, "UTC")
    books = Books(state, US, clock.timestamp(), is_quiet=True)
    catalogue.tax(books, {"country": "GB", "rate": "20", "name": "VAT", "shipping": False})
    widget = catalogue.product(books, {"name": "Widget", "regular_price": "50.00"})
    books.remove("product", widget["id"])
    books.put("product", {**widget, "id": 10, "total_sales": 5})
    for name, n in COUNTERS.items():
        state.execute("insert or replace into counters values (?, ?)", (f"woocommerce.woo_us.{name}", n))
    client = TestClient(
        app.build(state, clock, "https://sandbox.example/woocommerce"), "https://sandbox.example"
    )
    client.auth = (US.key, US.secret)
    yield client
    state.close()


def plain(value: Any, name: str = "") -> Any:
    """Take out what chance decided: meta ids, keys, moments; put the same address on both."""
    if isinstance(value, dict):
        return {
            key: plain(part, key) for key, part in value.items() if not (name == "meta_data" and key == "id")
        }
    if isinstance(value, list):
        return [plain(part, name) for part in value]
    if any(name.startswith(free) for free in FREE):
        return value is None or type(value).__name__
    return value.replace(OURS, SITE) if isinstance(value, str) else value


def ask(shop: TestClient, request: dict[str, Any]) -> Any:
    url = f"/us/wp-json/wc/v3{request['path']}"
    return shop.request(request["method"], url, json=request["body"] if request["body"] else None)


# The recorded lists also hold older orders, which no recorded request made.
OTHERS_TOO = ("refunds_top_level", "orders_list_paged")


def test_the_recorded_life_of_a_shop(shop: TestClient, recorded: dict[str, Any]) -> None:
    """In the order recorded: each request finds what those before it made."""
    for name, exchange in recorded.items():
        answer = ask(shop, exchange["request"])
        assert answer.status_code == exchange["status"], f"{name}: {answer.text}"
        assert answer.headers["content-type"] == exchange["headers"]["Content-Type"], name
        assert answer.headers["allow"] == exchange["headers"]["Allow"], name
        if name in OTHERS_TOO:
            continue
        assert plain(answer.json()) == plain(exchange["body"]), name
        for header in ("X-WP-Total", "X-WP-TotalPages"):
            assert answer.headers.get(header) == exchange["headers"].get(header), (name, header)


def test_lists_with_others_in_them_have_the_recorded_shape(
    shop: TestClient, recorded: dict[str, Any]
) -> None:
    made = [name for name, exchange in recorded.items() if exchange["request"]["method"] == "POST"]
    for name in made[: made.index("refund_rest_full") + 1]:
        ask(shop, recorded[name]["request"])
    refunds = ask(shop, recorded["refunds_top_level"]["request"])
    assert [plain(one) for one in refunds.json()] == [
        plain(one) for one in recorded["refunds_top_level"]["body"]
    ]
    listed = ask(shop, {"method": "GET", "path": "/orders?per_page=1&page=1", "body": None})
    links = listed.headers.get_list("link")
    assert links[0] == f'<{OURS}/wp-json/>; rel="https://api.w.org/"'
    (theirs,) = recorded["orders_list_paged"]["body"]
    assert set(listed.json()[0]) == set(theirs)
    assert set(listed.json()[0]["line_items"][0]) == set(theirs["line_items"][0])


def test_a_next_page_is_linked(shop: TestClient, recorded: dict[str, Any]) -> None:
    for _ in range(3):
        ask(shop, recorded["order_cancel"]["request"])
    first = ask(shop, {"method": "GET", "path": "/orders?per_page=2&orderby=modified", "body": None})
    assert (first.headers["x-wp-total"], first.headers["x-wp-totalpages"]) == ("3", "2")
    expected = f'<{OURS}/wp-json/wc/v3/orders?per_page=2&orderby=modified&page=2>; rel="next"'
    assert expected in first.headers.get_list("link")
    last = ask(shop, {"method": "GET", "path": "/orders?per_page=2&page=2", "body": None})
    assert not [link for link in last.headers.get_list("link") if "next" in link]


def test_a_coupon_put_on_later_takes_off_as_much(shop: TestClient, recorded: dict[str, Any]) -> None:
    """The recorded order with its coupon, made in two steps: the arithmetic is that of the real shop."""
    for name in ("customer_create", "coupon_create"):
        ask(shop, recorded[name]["request"])
    exchange = recorded["order_create_with_coupon_tax"]
    body = {**exchange["request"]["body"], "status": "pending", "set_paid": False}
    without = {name: value for name, value in body.items() if name != "coupon_lines"}
    order = ask(shop, {"method": "POST", "path": "/orders", "body": without}).json()
    assert (order["total"], order["total_tax"]) == ("180.00", "30.00")
    path = f"/orders/{order['id']}"
    lines = {"coupon_lines": body["coupon_lines"]}
    found = ask(shop, {"method": "PUT", "path": path, "body": lines}).json()
    for field in ("total", "total_tax", "cart_tax", "discount_total", "discount_tax"):
        assert found[field] == exchange["body"][field], field
    for field in ("line_items", "coupon_lines", "tax_lines"):
        (ours,), (theirs,) = found[field], exchange["body"][field]
        assert plain({**ours, "id": 0}) == plain({**theirs, "id": 0}), field
    assert found["line_items"][0]["id"] == order["line_items"][0]["id"], "the item stays the same"
    bare = ask(shop, {"method": "PUT", "path": path, "body": {"coupon_lines": []}}).json()
    assert plain(bare["line_items"]) == plain(order["line_items"])
    assert bare["total"] == order["total"]


def test_an_impossible_state_kills_php_and_changes_nothing(
    shop: TestClient, recorded: dict[str, Any]
) -> None:
    """WooCommerce Subscriptions throws an exception that nobody catches (WC_Subscription::update_status)."""
    for name in ("customer_create", "subscription_create"):
        ask(shop, recorded[name]["request"])
    body = recorded["subscription_create"]["request"]["body"]
    made = ask(shop, {"method": "POST", "path": "/subscriptions", "body": body}).json()
    path = f"/subscriptions/{made['id']}"

    def move(status: str) -> Any:
        return ask(shop, {"method": "PUT", "path": path, "body": {"transition_status": status}})

    ending = move("pending-cancel").json()
    assert (ending["status"], ending["end_date_gmt"]) == ("pending-cancel", made["next_payment_date_gmt"])
    assert (ending["next_payment_date_gmt"], ending["cancelled_date_gmt"] > "") == ("", True)
    crash = move("on-hold")
    assert (crash.status_code, crash.json()["code"]) == (500, "internal_server_error")
    assert ask(shop, {"method": "GET", "path": path, "body": None}).json() == ending
    assert move("cancelled").json()["status"] == "cancelled"
    assert move("active").status_code == 500
    assert move("asleep").json()["code"] == "rest_invalid_param"
