"""Every kind of answer against Stripe's schema of API 2026-10-28.endive; no field that the version dropped."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from openapi_schema_validator import OAS30Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT4

KINDS = {
    "balance_transactions": "balance_transaction", "charges": "charge", "coupons": "coupon",
    "credit_notes": "credit_note", "customers": "customer", "disputes": "dispute", "events": "event",
    "invoice_payments": "invoice_payment", "invoices": "invoice", "payment_intents": "payment_intent",
    "payouts": "payout", "prices": "price", "products": "product", "refunds": "refund",
    "subscriptions": "subscription", "tax_rates": "tax_rate",
}  # fmt: skip


@pytest.fixture(scope="module")
def document(specs: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((specs / "stripe.openapi.json").read_text())
    return found


@pytest.fixture(scope="module")
def faults(document: dict[str, Any]) -> Any:
    resource: Resource[Any] = Resource(contents=document, specification=DRAFT4)
    registry: Registry[Any] = Registry().with_resource("urn:stripe", resource)

    def find(kind: str, obj: dict[str, Any]) -> Iterator[str]:
        wanted = {"$ref": f"urn:stripe#/components/schemas/{kind}"}
        for error in OAS30Validator(wanted, registry=registry).iter_errors(without_nulls(obj)):
            yield f"{kind} {obj['id']} {list(error.absolute_path)}: {error.message[:200]}"
        unknown = set(obj) - set(document["components"]["schemas"][kind]["properties"])
        yield from (f"{kind} {obj['id']} has {name}, which the API does not" for name in unknown)

    return find


def without_nulls(value: Any) -> Any:
    """The schema's optional fields may be absent or null (see its provenance); required ones may be neither."""
    if isinstance(value, dict):
        return {name: without_nulls(part) for name, part in value.items() if part is not None}
    return [without_nulls(part) for part in value] if isinstance(value, list) else value


@pytest.mark.parametrize("path", KINDS)
@pytest.mark.parametrize("account", ["stripe_eu", "stripe_us"])
def test_lists_answer_in_stripes_shape(old_desk: Any, faults: Any, path: str, account: str) -> None:
    every = old_desk.every(f"/{path}", account, **({"status": "all"} if path == "subscriptions" else {}))
    assert every or (account, path) == ("stripe_us", "credit_notes")
    some = every[:: max(1, len(every) // 40)] if path not in ("refunds", "disputes") else every
    assert [fault for one in some for fault in faults(KINDS[path], one)] == []


def test_nested_objects_answer_in_stripes_shape(old_desk: Any, faults: Any) -> None:
    hanna = old_desk.every("/customers", email="hanna@vogel-partner.example")[0]["id"]
    invoice = old_desk.every("/invoices", customer=hanna)[0]["id"]
    subscription = old_desk.every("/subscriptions", customer=hanna)[0]["id"]
    maria = old_desk.every("/customers", email="maria@example.com")[0]["id"]
    note = old_desk.every("/credit_notes")[0]["id"]
    for kind, path, params in (
        ("line_item", f"/invoices/{invoice}/lines", {}),
        ("subscription_item", "/subscription_items", {"subscription": subscription}),
        ("tax_id", f"/customers/{maria}/tax_ids", {}),
        ("tax_id", "/tax_ids", {"owner[type]": "customer", "owner[customer]": maria}),
        ("credit_note_line_item", f"/credit_notes/{note}/lines", {}),
        ("payment_method", f"/customers/{maria}/payment_methods", {}),
    ):
        found = old_desk.every(path, **params)
        assert found, path
        assert [fault for one in found for fault in faults(kind, one)] == []


def test_errors_answer_in_stripes_shape(old_desk: Any, document: dict[str, Any]) -> None:
    with old_desk.http() as http:
        for path in ("/charges/ch_no", "/charges?limit=0"):
            schema = document["components"]["schemas"]["error"]["properties"]["error"]
            error = http.get(path).json()["error"]
            assert error["type"] in schema["properties"]["type"]["enum"]
            assert set(error) <= set(schema["properties"])


def test_query_parameters_are_those_of_the_api(old_desk: Any, document: dict[str, Any]) -> None:
    """Whatever filter the emulator lets through exists at Stripe: a filter of our invention would hide a fault."""
    with old_desk.http() as http:
        for path in KINDS:
            operation = document["paths"].get(f"/v1/{path}", {}).get("get")
            if operation is None:
                continue
            known = {parameter["name"] for parameter in operation["parameters"]}
            for name in (
                "customer",
                "status",
                "invoice",
                "charge",
                "type",
                "email",
                "subscription",
                "payment_intent",
            ):
                answer = http.get(f"/{path}", params={name: "zzz"})
                if name not in known:
                    assert answer.json()["error"]["code"] == "parameter_unknown", (path, name)
