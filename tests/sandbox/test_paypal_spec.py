"""Answers of the emulated PayPal against PayPal's own schemas (API specifications of February 2024)."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from openapi_schema_validator import OAS30Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT4

from tests.sandbox.paypal_desk import PaypalDesk, moment, paypal_desk

Check = Callable[[str, Any], list[str]]
DAY = 86_400

OBJECTS = {
    "capture": ("/v2/payments/captures", "payments.capture-2"),
    "refund": ("/v2/payments/refunds", "payments.refund"),
    "authorization": ("/v2/payments/authorizations", "payments.authorization-2"),
    "order": ("/v2/checkout/orders", "orders.order"),
    "subscription": ("/v1/billing/subscriptions", "subscriptions.subscription"),
    "plan": ("/v1/billing/plans", "subscriptions.plan"),
    "product": ("/v1/catalogs/products", "catalog.product"),
    "invoice": ("/v2/invoicing/invoices", "invoicing.invoice"),
    "dispute": ("/v1/customer/disputes", "disputes.dispute"),
    "event": ("/v1/notifications/webhooks-events", "webhooks.event"),
}
LISTS = {
    "/v1/billing/plans": "subscriptions.plan_collection",
    "/v1/catalogs/products": "catalog.product_collection",
    "/v2/invoicing/invoices": "invoicing.invoices",
    "/v1/customer/disputes": "disputes.dispute_search",
    "/v1/notifications/webhooks-events": "webhooks.EventList",
    "/v1/reporting/balances": "reporting.balances_response",
}


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PaypalDesk]:
    with paypal_desk(tmp_path_factory.mktemp("paypal")) as found:
        yield found


@pytest.fixture(scope="module")
def document(specs: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((specs / "paypal.openapi.json").read_text())
    return found


@pytest.fixture(scope="module")
def faults(document: dict[str, Any]) -> Check:
    resource: Resource[Any] = Resource(contents=document, specification=DRAFT4)
    registry: Registry[Any] = Registry().with_resource("urn:paypal", resource)

    def find(schema: str, body: Any) -> list[str]:
        wanted = {"$ref": f"urn:paypal#/components/schemas/{schema}"}
        found = OAS30Validator(wanted, registry=registry).iter_errors(body)
        return [f"{schema} {list(error.absolute_path)}: {error.message[:200]}" for error in found]

    return find


def properties(document: dict[str, Any], schema: dict[str, Any]) -> set[str]:
    """All fields that a schema knows, through its references."""
    if "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    found = set(schema.get("properties", {}))
    for part in (*schema.get("allOf", ()), *schema.get("oneOf", ()), *schema.get("anyOf", ())):
        found |= properties(document, part)
    return found


@pytest.mark.parametrize("kind", OBJECTS)
def test_objects_have_paypals_shape(
    desk: PaypalDesk, faults: Check, document: dict[str, Any], kind: str
) -> None:
    path, schema = OBJECTS[kind]
    rows = desk.state.list("paypal", "paypal_main", kind)
    assert rows
    known = properties(document, {"$ref": f"#/components/schemas/{schema}"})
    for row in rows[:60]:
        answer = desk.get(f"{path}/{row['id']}")
        assert faults(schema, answer) == []
        assert set(answer) - known - {"usage_type"} == set(), "a field that PayPal does not have"


@pytest.mark.parametrize("path", LISTS)
def test_lists_have_paypals_shape(desk: PaypalDesk, faults: Check, path: str) -> None:
    assert faults(LISTS[path], desk.get(path)) == []


def test_reports_have_paypals_shape(desk: PaypalDesk, faults: Check) -> None:
    now = desk.clock.timestamp()
    for n in range(14):
        bounds = {"start_date": moment(now - (n + 1) * 30 * DAY), "end_date": moment(now - n * 30 * DAY)}
        answer = desk.get("/v1/reporting/transactions", fields="all", page_size=500, **bounds)
        # The schema's pattern has no hyphen, which ids of subscriptions do have.
        found = [fault for fault in faults("reporting.search_response", answer) if "'I-" not in fault]
        assert found == []


def test_errors_have_paypals_shape(desk: PaypalDesk, faults: Check) -> None:
    assert faults("payments.error_404", desk.ask("GET", "/v2/payments/captures/NO").json()) == []
    day = {"start_date": "2026-01-01T00:00:00Z", "end_date": "2026-03-01T00:00:00Z"}
    answer = desk.ask("GET", "/v1/reporting/transactions", params=day)
    body = answer.json()
    assert {"name", "message", "debug_id", "details"} <= set(body)


def test_writes_answer_in_paypals_shape(desk: PaypalDesk, faults: Check) -> None:
    whole = {"prefer": "return=representation"}
    amount = {"amount": {"value": "1.00", "currency_code": "EUR"}}
    path = f"/v2/payments/captures/{desk.named('today0')}/refund"
    assert faults("payments.refund", desk.ask("POST", path, json=amount, headers=whole).json()) == []
    order = {"intent": "CAPTURE", "purchase_units": [{"amount": {"value": "9.00", "currency_code": "USD"}}]}
    assert (
        faults("orders.order", desk.ask("POST", "/v2/checkout/orders", json=order, headers=whole).json())
        == []
    )


def test_acts_answer_in_paypals_shape(desk: PaypalDesk, faults: Check) -> None:
    """Kept methods, captures in part, proposals, collections, evidence, invoices without recipient."""
    whole = {"prefer": "return=representation"}

    def post(path: str, body: Any) -> Any:
        answer = desk.ask("POST", path, json=body, headers=whole)
        assert answer.status_code < 300, answer.text
        return answer.json() if answer.content else None

    twenty = {"value": "20.00", "currency_code": "EUR"}
    source = {"payment_source": {"paypal": {"vault_id": desk.act(deed="vault")["id"]}}}
    unit = {"amount": twenty, "description": "Print", "custom_id": "act_3"}
    assert faults("orders.order_capture_request", source) == []
    order = post("/v2/checkout/orders", {"intent": "AUTHORIZE", "purchase_units": [unit]})
    held = post(f"/v2/checkout/orders/{order['id']}/authorize", source)
    assert faults("orders.order_authorize_response", held) == []
    (authorization,) = held["purchase_units"][0]["payments"]["authorizations"]
    part = {"amount": {**twenty, "value": "5.00"}, "invoice_id": "act_4"}
    assert faults("payments.capture_request", part) == []
    taken = post(f"/v2/payments/authorizations/{authorization['id']}/capture", part)
    assert faults("payments.capture-2", taken) == []
    now = desk.get(f"/v2/payments/authorizations/{authorization['id']}")
    assert (now["status"], faults("payments.authorization-2", now)) == ("PARTIALLY_CAPTURED", [])
    post(f"/v2/payments/captures/{taken['id']}/refund", {"custom_id": "act_5"})
    assert faults("orders.order", desk.get(f"/v2/checkout/orders/{order['id']}")) == []

    subscription = f"/v1/billing/subscriptions/{desk.named('paula')}"
    proposal = {"quantity": "2"}
    assert faults("subscriptions.subscription_revise_request", proposal) == []
    assert (
        faults("subscriptions.subscription_revise_response", post(f"{subscription}/revise", proposal)) == []
    )
    due = desk.get(subscription)["billing_info"]["outstanding_balance"]
    asked = {"note": "Again", "capture_type": "OUTSTANDING_BALANCE", "amount": due}
    assert faults("subscriptions.subscription_capture_request", asked) == []
    declined = post(f"{subscription}/capture", asked)
    assert (declined["status"], faults("subscriptions.transaction", declined)) == ("DECLINED", [])
    waiting = {"plan_id": desk.get(subscription)["plan_id"], "custom_id": "act_6"}
    assert faults("subscriptions.subscription_request_post", waiting) == []
    assert faults("subscriptions.subscription", post("/v1/billing/subscriptions", waiting)) == []

    draft = {
        "detail": {"currency_code": "EUR", "memo": "act_7"},
        "items": [{"name": "Print", "quantity": "1", "unit_amount": twenty}],
    }
    assert faults("invoicing.invoice", draft) == []
    invoice = post("/v2/invoicing/invoices", draft)
    assert faults("invoicing.invoice", invoice) == []
    sent = post(f"/v2/invoicing/invoices/{invoice['id']}/send", {"send_to_recipient": False})
    assert faults("invoicing.link_description", sent) == []
    assert faults("invoicing.invoices", post("/v2/invoicing/search-invoices", {"memo": "act_7"})) == []

    dispute = desk.act(deed="open_dispute", capture=desk.named("today0"))["id"]
    evidence = {"evidence_type": "OTHER", "notes": "It was delivered."}
    assert faults("disputes.evidence", evidence) == []
    done = post(f"/v1/customer/disputes/{dispute}/provide-evidence", {"evidences": [evidence]})
    assert faults("disputes.subsequent_action", done) == []
    assert faults("disputes.dispute", desk.get(f"/v1/customer/disputes/{dispute}")) == []
