"""Every kind of answer against the schemas that a real WooCommerce 11.0.1 gave of itself, and its refusals."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft4Validator  # type: ignore[import-untyped]
from starlette.testclient import TestClient

from sandbox.clock import Clock
from sandbox.state import State
from sandbox.woocommerce import app, company, life
from sandbox.woocommerce.shops import SHOPS

SCHEMAS = {
    "orders": "order", "refunds": "order_refund", "customers": "customer", "products": "product",
    "coupons": "coupon", "taxes": "tax", "webhooks": "webhook", "subscriptions": "subscription",
}  # fmt: skip
# Shown by the real shop (woocommerce.recorded.json) though its schema does not name them.
UNNAMED = {
    "orders": {"currency_symbol"},
    "coupons": {"meta_data"},
    "refunds": {"parent_id"},
    "subscriptions": {
        f"{name}_date_gmt"
        for name in ("start", "trial_end", "next_payment", "last_payment", "cancelled", "end")
    }
    | {"resubscribed_from", "resubscribed_subscription", "removed_line_items"},
}


@pytest.fixture(scope="module")
def shops(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    state = State(tmp_path_factory.mktemp("woo") / "sandbox.sqlite")
    clock = Clock(state)
    company.seed(state, clock, customers=40)
    now = clock.timestamp()
    life.pass_time(state, now, now + 20 * life.DAY)
    yield TestClient(
        app.build(state, clock, "https://sandbox.example/woocommerce"), "https://sandbox.example"
    )
    state.close()


@pytest.fixture(scope="module")
def schemas(specs: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((specs / "woocommerce.live_schema.json").read_text())["resources"]
    return found


def get(shops: TestClient, path: str, shop: str = "woo_eu", **params: Any) -> Any:
    keys = SHOPS[shop]
    url = f"/{keys.path}/wp-json/wc/v3{path}"
    return shops.get(url, params=params, auth=(keys.key, keys.secret))


_KINDS = {
    "mixed": ["string", "number", "object", "array", "null"],
    "date-time": ["string", "null"],
    "bool": ["boolean"],
}
# The schema says otherwise than the shop does: both are in woocommerce.recorded.json, but for guests' addresses.
ODD = ("shipping_class_id", "billing_interval", "used_by")


def tolerant(schema: Any) -> Any:
    """Optional fields of the schema may be null; some of its types are none of draft 4's."""
    if isinstance(schema, list):
        return [tolerant(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    found = {
        name: tolerant(part) for name, part in schema.items() if name not in ("format", "required", "enum")
    }
    kind = schema.get("type")
    if isinstance(kind, str) and kind in _KINDS:
        found["type"] = _KINDS[kind]
    elif isinstance(kind, str) and kind != "object":
        found["type"] = [kind, "null"]
    return found


@pytest.mark.parametrize("path", SCHEMAS)
@pytest.mark.parametrize("shop", SHOPS)
def test_lists_answer_in_woocommerces_shape(
    shops: TestClient, schemas: dict[str, Any], path: str, shop: str
) -> None:
    schema = schemas[SCHEMAS[path]]["schema"]
    check = Draft4Validator(tolerant(schema))
    found = get(shops, f"/{path}", shop, per_page=100).json()
    assert found
    for thing in found:
        # An item's picture has an empty id where there is none; the schema has a number.
        for line in thing.get("line_items", ()):
            line["image"].pop("id", None)
        faults = [fault for fault in check.iter_errors(thing) if fault.path[0] not in ODD]
        assert [f"{list(fault.path)}: {fault.message[:150]}" for fault in faults] == []
        known = set(schema["properties"]) | UNNAMED.get(path, set()) | {"_links", "meta_data"}
        assert set(thing) - known == set()


def test_the_sales_report_has_its_shape(shops: TestClient, schemas: dict[str, Any]) -> None:
    report = get(shops, "/reports/sales", date_min="2026-10-01", date_max="2026-11-30").json()[0]
    told = schemas["report_sales"]["schema"]["properties"]
    # The schema says numbers of orders, the real one adds up amounts.
    for name in set(told) - {"total_refunds", "total_discount", "totals"}:
        assert isinstance(report[name], {"string": str, "integer": int}[told[name]["type"]]), name
    days = told["totals"]["additionalProperties"]["properties"]
    assert len(report["totals"]) == 61
    assert all(set(day) <= set(days) for day in report["totals"].values())


def test_only_real_parameters_choose(shops: TestClient, schemas: dict[str, Any]) -> None:
    """Whatever narrows a list exists at WooCommerce; a hyphen for the underscore narrows nothing."""
    for path, params in (
        ("/orders", ("modified_after", "modified_before", "after", "before")),
        ("/orders", ("dates_are_gmt", "status", "customer", "include", "exclude", "parent", "offset")),
        ("/customers", ("email", "include", "role")),
        ("/coupons", ("code", "modified_after")),
    ):
        endpoints = schemas[SCHEMAS[path[1:]]]["endpoints"]
        known = next(one["args"] for one in endpoints if "GET" in one["methods"])
        assert set(params) <= set(known)
    every = get(shops, "/orders").headers["x-wp-total"]
    late = "2026-11-20T00:00:00"
    assert get(shops, "/orders", **{"modified-after": late}).headers["x-wp-total"] == every
    narrowed = int(get(shops, "/orders", modified_after=late).headers["x-wp-total"])
    assert 0 < narrowed < int(every)


def test_dates_are_local_unless_said_otherwise(shops: TestClient) -> None:
    order = get(shops, "/orders", per_page=1, orderby="modified").json()[0]
    local, gmt = order["date_modified"], order["date_modified_gmt"]
    assert local > gmt, "Berlin is ahead"
    assert get(shops, "/orders", modified_after=gmt).headers["x-wp-total"] >= "1"
    assert get(shops, "/orders", modified_after=gmt, dates_are_gmt="true").headers["x-wp-total"] == "0"


@pytest.mark.parametrize(
    ("path", "params", "status", "code"),
    [
        ("/orders", {"per_page": 101}, 400, "rest_invalid_param"),
        ("/orders", {"modified_after": "yesterday"}, 400, "rest_invalid_param"),
        ("/orders", {"orderby": "colour"}, 400, "rest_invalid_param"),
        ("/orders/999999", {}, 404, "woocommerce_rest_shop_order_invalid_id"),
        ("/teapots", {}, 404, "rest_no_route"),
    ],
)
def test_refusals_have_their_words(shops: TestClient, path: str, params: Any, status: int, code: str) -> None:
    answer = get(shops, path, **params)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.json()["data"]["status"] == status


def test_keys_open_their_own_shop(shops: TestClient) -> None:
    eu, us = SHOPS.values()
    url = "/eu/wp-json/wc/v3/orders"
    assert shops.get(url).json()["code"] == "woocommerce_rest_cannot_view"
    assert shops.get(url, auth=(us.key, us.secret)).status_code == 401
    assert shops.get(url, auth=(eu.key, "wrong")).json()["message"] == "Consumer secret is invalid."
    params = {"consumer_key": eu.key, "consumer_secret": eu.secret}
    assert shops.get(url, params=params).status_code == 200, "hosts may strip the header"
    assert shops.get("/eu/wp-json/").json()["name"] == "Lampa Shop Europe"


def test_the_trash_is_left_out_and_its_page_answers(shops: TestClient) -> None:
    keys = SHOPS["woo_eu"]
    order = get(shops, "/orders", status="pending").json()[0]
    url = f"/eu/wp-json/wc/v3/orders/{order['id']}"
    assert shops.delete(url, auth=(keys.key, keys.secret)).status_code == 200
    assert order["id"] not in {one["id"] for one in get(shops, "/orders", per_page=100).json()}
    assert get(shops, f"/orders/{order['id']}").json()["status"] == "trash"
    assert (
        shops.request("DELETE", url, params={"force": "true"}, auth=(keys.key, keys.secret)).status_code
        == 200
    )
    assert get(shops, f"/orders/{order['id']}").status_code == 404


def write(shops: TestClient, method: str, path: str, body: Any, agent: str = "Tester/1") -> Any:
    keys = SHOPS["woo_eu"]
    url = f"/eu/wp-json/wc/v3{path}"
    return shops.request(method, url, json=body, auth=(keys.key, keys.secret), headers={"user-agent": agent})


def test_mails_leave_notes_of_who_asked(shops: TestClient, schemas: dict[str, Any]) -> None:
    order = get(shops, "/orders", status="completed", per_page=1).json()[0]
    path = f"/orders/{order['id']}"
    sent = write(shops, "POST", f"{path}/actions/send_order_details", {}, agent="Billhouse (action 1)")
    words = f"Order details sent to {order['billing']['email']}, via Billhouse (action 1)."
    assert sent.json() == {"message": words}
    assert (
        write(shops, "POST", f"{path}/actions/send_email", {"template_id": "customer_completed_order"})
        .json()["message"]
        .startswith('Email template "Completed order" sent to ')
    )
    notes = get(shops, f"{path}/notes").json()
    assert [note["note"] for note in notes][1] == words, "newest first"
    check = Draft4Validator(tolerant(schemas["order_note"]["schema"]))
    for note in notes:
        assert list(check.iter_errors(note)) == []
        assert set(note) - set(schemas["order_note"]["schema"]["properties"]) == {"_links"}
    assert get(shops, f"{path}/notes", type="customer").json() == []
    ids = [one["id"] for one in get(shops, f"{path}/actions/email_templates").json()]
    assert ids[:2] == ["customer_completed_order", "customer_invoice"]


@pytest.mark.parametrize(
    ("path", "body", "status", "code"),
    [
        (
            "/orders/{id}/actions/send_order_details",
            {"email": "x@example.org"},
            400,
            "~order_billing_email_exists",
        ),
        ("/orders/{id}/actions/send_order_details", {"email": "nobody"}, 400, "rest_invalid_param"),
        ("/orders/{id}/actions/send_email", {}, 400, "rest_missing_callback_param"),
        (
            "/orders/{id}/actions/send_email",
            {"template_id": "customer_failed_order"},
            400,
            "~invalid_email_template",
        ),
        ("/orders/999999/actions/send_order_details", {}, 404, "~not_found"),
        ("/orders/999999/subscriptions", {}, 404, "~order_invalid_id"),
        ("/orders/{id}", {"coupon_lines": [{"id": 3, "code": "harbour10"}]}, 400, "~coupon_item_id_readonly"),
        ("/orders/{id}", {"coupon_lines": [{"code": "nonsense"}]}, 400, "~invalid_coupon"),
        ("/orders/{id}", {"coupon_lines": [{"code": "summer"}]}, 400, "~invalid_coupon"),
    ],
)
def test_refused_writes_have_their_words(
    shops: TestClient, path: str, body: Any, status: int, code: str
) -> None:
    order = get(shops, "/orders", status="completed", per_page=1).json()[0]
    answer = write(shops, "POST", path.format(id=order["id"]), body)
    told = answer.json()["code"].replace("woocommerce_rest_", "~")
    assert (answer.status_code, told) == (status, code)
    assert get(shops, f"/orders/{order['id']}").json()["total"] == order["total"]


def test_subscriptions_are_made_of_an_order(shops: TestClient, schemas: dict[str, Any]) -> None:
    customer = get(shops, "/customers", per_page=1).json()[0]
    club, lamp = (get(shops, "/products", sku=sku).json()[0] for sku in ("CLUB-M", "LAMP-01"))
    lines = [{"product_id": club["id"], "quantity": 2}, {"product_id": lamp["id"], "quantity": 1}]
    body = {"customer_id": customer["id"], "created_via": "tester", "line_items": lines}
    order = write(shops, "POST", "/orders", body).json()
    mine = get(shops, "/orders", customer=customer["id"], created_via="tester").json()
    assert [one["id"] for one in mine] == [order["id"]]
    (made,) = write(shops, "POST", f"/orders/{order['id']}/subscriptions", {}).json()
    check = Draft4Validator(tolerant(schemas["subscription"]["schema"]))
    for line in made["line_items"]:
        line["image"].pop("id", None)
    assert [fault.message for fault in check.iter_errors(made) if fault.path[0] not in ODD] == []
    assert (made["status"], made["parent_id"], made["billing_period"]) == ("pending", order["id"], "month")
    assert [(line["product_id"], line["quantity"]) for line in made["line_items"]] == [(club["id"], 2)]
    again = write(shops, "POST", f"/orders/{order['id']}/subscriptions", {})
    assert (again.status_code, again.json()["code"]) == (404, "woocommerce_rest_invalid_order")
    other = write(shops, "POST", "/orders", {**body, "line_items": lines[1:]}).json()
    nothing = write(shops, "POST", f"/orders/{other['id']}/subscriptions", {})
    assert (nothing.status_code, nothing.content) == (204, b"")


def test_a_subscriptions_product_is_exchanged(shops: TestClient) -> None:
    found = get(shops, "/subscriptions", status="active", per_page=1).json()[0]
    club = get(shops, "/products", sku="CLUB-M").json()[0]
    path = f"/subscriptions/{found['id']}"
    lines = [
        {"id": found["line_items"][0]["id"], "quantity": 0},
        {"product_id": club["id"], "quantity": 3},
    ]
    changed = write(shops, "PUT", path, {"line_items": lines, "billing_period": "month"}).json()
    assert [line["quantity"] for line in changed["line_items"]] == [3]
    assert changed["total"] == "29.70"
    assert changed["next_payment_date_gmt"] == found["next_payment_date_gmt"]
    strange = write(shops, "PUT", path, {"line_items": [{"id": 999999, "quantity": 0}]})
    assert strange.json()["code"] == "woocommerce_rest_invalid_item_id"
