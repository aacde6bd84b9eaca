"""Every kind of answer against Recurly's own schema of v2021-02-25; no field, filter or path of our invention."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from openapi_schema_validator import OAS30Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT4

from sandbox.recurly.endpoints import ROUTES
from sandbox.recurly.permitted import PERMITTED
from tests.sandbox.recurly_desk import Desk, recurly_desk

SCHEMAS = {
    "accounts": "Account", "subscriptions": "Subscription", "invoices": "Invoice", "transactions": "Transaction",
    "credit_payments": "CreditPayment", "plans": "Plan", "coupons": "Coupon", "sites": "Site",
}  # fmt: skip


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with recurly_desk(tmp_path_factory.mktemp("recurly")) as found:
        yield found


@pytest.fixture(scope="module")
def document(specs: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((specs / "recurly.openapi.json").read_text())
    return found


def properties(document: dict[str, Any], schema: dict[str, Any]) -> set[str]:
    if "$ref" in schema:
        return properties(document, document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]])
    parts = [properties(document, part) for part in schema.get("allOf", ())]
    return set(schema.get("properties", {})).union(*parts)


def without_nulls(value: Any) -> Any:
    """The schema does not say what may be null; what is null is as if absent."""
    if isinstance(value, dict):
        return {name: without_nulls(part) for name, part in value.items() if part is not None}
    return [without_nulls(part) for part in value] if isinstance(value, list) else value


@pytest.fixture(scope="module")
def faults(document: dict[str, Any]) -> Any:
    resource: Resource[Any] = Resource(contents=document, specification=DRAFT4)
    registry: Registry[Any] = Registry().with_resource("urn:recurly", resource)

    def find(schema: str, thing: dict[str, Any]) -> Iterator[str]:
        wanted = {"$ref": f"urn:recurly#/components/schemas/{schema}"}
        for error in OAS30Validator(wanted, registry=registry).iter_errors(without_nulls(thing)):
            # Upstream writes some patterns as Ruby does, between slashes, which JSON Schema takes for characters.
            if error.validator == "pattern" and re.search(
                str(error.validator_value).strip("/"), str(error.instance)
            ):
                continue
            yield f"{schema} {list(error.absolute_path)}: {error.message[:200]}"
        known = properties(document, {"$ref": f"#/components/schemas/{schema}"})
        yield from (f"{schema} has {name}, which the API does not" for name in set(thing) - known)

    return find


@pytest.mark.parametrize("name", SCHEMAS)
def test_lists_answer_in_recurlys_shape(desk: Desk, faults: Any, name: str) -> None:
    every = desk.every(f"/{name}")
    assert every
    assert [fault for one in every for fault in faults(SCHEMAS[name], one)] == []


def test_single_objects_are_those_of_the_lists(desk: Desk) -> None:
    for name in SCHEMAS:
        if name != "sites":
            one = desk.every(f"/{name}")[0]
            assert desk.get(f"/{name}/{one['id']}") == one


def test_an_invoices_other_lines_have_their_list(desk: Desk, faults: Any) -> None:
    long = next(one for one in desk.every("/invoices") if one["has_more_line_items"])
    lines = desk.every(f"/invoices/{long['id']}/line_items")
    assert len(lines) > len(long["line_items"])
    assert [fault for one in lines for fault in faults("LineItem", one)] == []
    balance = desk.get("/accounts/code-ivo/balance")
    assert list(faults("AccountBalance", balance)) == []
    assert balance["balances"] == [
        {
            "currency": "EUR",
            "amount": -30.0,
            "processing_prepayment_amount": 0.0,
            "available_credit_amount": 30.0,
        }
    ]


def test_writes_answer_in_recurlys_shape(desk: Desk, faults: Any) -> None:
    account = desk.send("POST", "/accounts", {"code": "spec", "email": "spec@example.com"}).json()
    assert list(faults("Account", account)) == []
    bought = {
        "account": {"code": "hugo"}, "currency": "EUR",
        "line_items": [{"description": "Brand kit", "type": "charge", "unit_amount": 10.5, "currency": "EUR"}],
    }  # fmt: skip
    sold = desk.send("POST", "/purchases", bought).json()
    assert list(faults("InvoiceCollection", sold)) == []
    paid = next(one for one in desk.every("/invoices", type="charge") if one["state"] == "paid")
    credit = desk.send("POST", f"/invoices/{paid['id']}/refund", {"type": "amount", "amount": 1.25})
    assert credit.status_code == 201
    assert list(faults("Invoice", credit.json())) == []


def test_what_can_be_done_answers_in_recurlys_shape(desk: Desk, faults: Any) -> None:
    """Every endpoint that an agent's act needs, with its status, against the schema of its answer."""
    card = {"billing_info": {"number": "4111111111111111"}}
    account = desk.send("POST", "/accounts", {"code": "verbs", **card}).json()
    item = {"description": "Kit", "type": "charge", "unit_amount": 10, "currency": "EUR"}
    basket = {"account": {"code": "verbs"}, "currency": "EUR", "line_items": [item], "customer_notes": "Ours"}
    by_hand = {**basket, "collection_method": "manual", "net_terms": 14}
    wish = {"account": {"code": "verbs"}, "plan_code": "solo-monthly", "currency": "EUR"}
    coupon = {"code": "SPEC", "name": "Spec", "discount_type": "percent", "discount_percent": 5}
    plan = desk.get("/plans/code-studio-monthly")["id"]

    def told(schema: str, method: str, path: str, body: Any = None, status: int = 200) -> dict[str, Any]:
        answer = desk.send(method, path, body)
        assert answer.status_code == status, answer.text
        found: dict[str, Any] = answer.json()
        assert list(faults(schema, found)) == []
        return found

    told("InvoiceCollection", "POST", "/purchases/preview", basket)
    later = told("InvoiceCollection", "POST", "/purchases", {**basket, "net_terms": 3}, 201)["charge_invoice"]
    told("Invoice", "PUT", f"/invoices/{later['id']}/collect")
    owed = told("InvoiceCollection", "POST", "/purchases", by_hand, 201)["charge_invoice"]
    told("Invoice", "PUT", f"/invoices/{owed['id']}", {"customer_notes": "Other"})
    told("Invoice", "PUT", f"/invoices/{owed['id']}/mark_failed")
    for step in ("capture", "cancel/"):
        [held] = told("InvoiceCollection", "POST", "/purchases/authorize", basket)["charge_invoice"][
            "transactions"
        ]
        assert list(faults("Transaction", held)) == []
        told("InvoiceCollection", "POST", f"/purchases/{held['id']}/{step}")
    begun = told("Subscription", "POST", "/subscriptions", wish, 201)
    path = f"/subscriptions/{begun['id']}"
    told("SubscriptionChange", "POST", f"{path}/change", {"plan_id": plan, "timeframe": "now"}, 201)
    redeemed = told("Coupon", "POST", "/coupons", {**coupon, "redemption_resource": "subscription"}, 201)
    active = f"/accounts/{account['id']}/coupon_redemptions/active"
    body = {"coupon_id": redeemed["id"], "subscription_id": begun["id"]}
    redemption = told("CouponRedemption", "POST", active, body)
    assert desk.get(path)["coupon_redemptions"][0]["id"] == redemption["id"]
    assert [one["id"] for one in desk.get(active)["data"]] == [redemption["id"]]
    told("CouponRedemption", "DELETE", f"{path}/coupon_redemptions/{redemption['id']}")
    for verb in ("pause", "cancel", "reactivate"):
        told(
            "Subscription", "PUT", f"{path}/{verb}", {"remaining_pause_cycles": 2} if verb == "pause" else {}
        )
    told("Subscription", "DELETE", f"{path}?refund=none")
    [credit] = desk.every(f"/accounts/{account['id']}/invoices", type="credit")
    assert list(faults("Invoice", credit)) == []


def test_a_declined_card_answers_in_recurlys_shape(desk: Desk, faults: Any) -> None:
    desk.send(
        "POST", "/accounts", {"code": "poor", "billing_info": {"number": "4000000000000002"}}
    ).raise_for_status()
    wish = {"account": {"code": "poor"}, "plan_code": "solo-monthly", "currency": "EUR"}
    answer = desk.send("POST", "/subscriptions", wish, key="poor")
    assert answer.status_code == 422
    error = answer.json()["error"]
    assert list(faults("ErrorMayHaveTransaction", error)) == []
    declined = desk.get(f"/transactions/{error['transaction_error']['transaction_id']}")
    assert (declined["status"], declined["invoice"]) == ("declined", None)
    again = desk.send("POST", "/subscriptions", wish, key="poor")
    assert (again.json(), again.headers["idempotency-prior"]) == (answer.json(), "true")
    assert len(desk.every("/accounts/code-poor/transactions")) == 1


def test_a_request_holds_no_field_that_the_api_lacks(desk: Desk, document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    for name, fields in PERMITTED.items():
        assert fields == properties(document, schemas[name]), name
    invoice = desk.every("/invoices", type="charge")[0]["id"]
    for method, path in (
        ("POST", "/purchases"), ("POST", "/subscriptions"), ("PUT", "/accounts/code-hugo"),
        ("POST", f"/invoices/{invoice}/refund"),
    ):  # fmt: skip
        error = desk.send(method, path, {"colour": "red"})
        assert (error.status_code, error.json()["error"]["type"]) == (400, "bad_request")


def test_errors_answer_in_recurlys_shape(desk: Desk, document: dict[str, Any]) -> None:
    kinds = document["components"]["schemas"]["ErrorTypeEnum"]["enum"]
    for path in ("/accounts/nobody", "/accounts?limit=0", "/invoices?begin_time=never", "/plans?color=red"):
        error = desk.http.get(path).json()["error"]
        assert error["type"] in kinds
        assert set(error) == {"type", "message", "params"}


def test_every_path_and_filter_is_the_apis(desk: Desk, document: dict[str, Any]) -> None:
    def plain(path: str) -> str:
        return "/".join("{}" if part.startswith("{") else part for part in path.split("/"))

    theirs = {(plain(path), method) for path, methods in document["paths"].items() for method in methods}
    assert {(plain(path), method.lower()) for method, path, _, _ in ROUTES} <= theirs
    parameters = document["components"]["parameters"]
    for name in set(SCHEMAS) - {"sites"}:
        given = document["paths"][f"/{name}"]["get"]["parameters"]
        known = {parameters[one["$ref"].rsplit("/", 1)[1]]["name"] for one in given}
        for word in ("state", "type", "success", "email", "currency", "status", "updated_since"):
            if word not in known:
                assert desk.http.get(f"/{name}", params={word: "x"}).status_code == 400, (name, word)
