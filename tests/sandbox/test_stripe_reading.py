"""Reading the emulated Stripe: pages, filters, expansion, nested lists, refusals; by the official SDK."""

from typing import Any

import httpx
import pytest
import stripe

from sandbox import ledger

LISTS = (
    "charges", "customers", "invoices", "refunds", "payment_intents", "balance_transactions", "invoice_payments",
    "payouts", "disputes", "credit_notes", "products", "prices", "coupons", "tax_rates",
)  # fmt: skip


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize("account", ["stripe_eu", "stripe_us"])
def test_auto_paging_finds_every_object_once_newest_first(old_desk: Any, name: str, account: str) -> None:
    listed = getattr(old_desk.client(account).v1, name).list({"limit": 37})
    found = [(one.created, one.id) for one in listed.auto_paging_iter()]
    assert len({id for _, id in found}) == len(found) == ledger.counts(old_desk.state)[account].get(name, 0)
    assert [at for at, _ in found] == sorted((at for at, _ in found), reverse=True)


def test_pages_go_both_ways(old_desk: Any) -> None:
    with old_desk.http() as http:
        first = http.get("/charges", params={"limit": 5}).json()
        second = http.get("/charges", params={"limit": 5, "starting_after": first["data"][-1]["id"]}).json()
        back = http.get("/charges", params={"limit": 5, "ending_before": second["data"][0]["id"]}).json()
    assert first["has_more"]
    assert back["data"] == first["data"]
    assert not back["has_more"]


def test_created_bounds_are_exact(old_desk: Any) -> None:
    charges = old_desk.every("/charges")
    middle = charges[len(charges) // 2]["created"]
    for sign, keep in (
        ("gt", lambda at: at > middle), ("gte", lambda at: at >= middle),
        ("lt", lambda at: at < middle), ("lte", lambda at: at <= middle),
    ):  # fmt: skip
        found = old_desk.every("/charges", **{f"created[{sign}]": middle})
        assert [one["id"] for one in found] == [one["id"] for one in charges if keep(one["created"])]


def test_filters_by_reference_and_by_state(old_desk: Any) -> None:
    maria = old_desk.eu.v1.customers.list({"email": "maria@example.com"}).data[0]
    charges = old_desk.every("/charges", customer=maria.id)
    assert charges == [one for one in old_desk.every("/charges") if one["customer"] == maria.id]
    invoices = old_desk.every("/invoices", customer=maria.id, status="open")
    assert [one["status"] for one in invoices] == ["open"]
    intent = charges[0]["payment_intent"]
    asked = {"payment[type]": "payment_intent", "payment[payment_intent]": intent}
    by_intent = old_desk.every("/invoice_payments", **asked)
    assert [one["payment"]["payment_intent"] for one in by_intent] == [intent]
    refunds = [one["type"] for one in old_desk.every("/balance_transactions", type="refund")]
    assert refunds
    assert set(refunds) == {"refund"}


def test_canceled_subscriptions_show_only_when_asked_for(old_desk: Any) -> None:
    shown = old_desk.every("/subscriptions")
    every = old_desk.every("/subscriptions", status="all")
    canceled = old_desk.every("/subscriptions", status="canceled")
    assert canceled
    assert {one["id"] for one in every} == {one["id"] for one in shown} | {one["id"] for one in canceled}
    assert "canceled" not in {one["status"] for one in shown}
    assert {"active", "trialing", "past_due", "canceled"} <= {one["status"] for one in every} | {"trialing"}


def test_nested_lists_are_cut_to_ten_and_continue_at_their_own_address(old_desk: Any) -> None:
    hanna = old_desk.eu.v1.customers.list({"email": "hanna@vogel-partner.example"}).data[0]
    invoice = old_desk.every("/invoices", customer=hanna.id)[0]
    assert invoice["lines"]["has_more"]
    assert len(invoice["lines"]["data"]) == 10
    every = old_desk.every(f"/invoices/{invoice['id']}/lines")
    assert [line["id"] for line in every[:10]] == [line["id"] for line in invoice["lines"]["data"]]
    assert sum(line["amount"] for line in every) == invoice["subtotal"]
    subscription = old_desk.every("/subscriptions", customer=hanna.id)[0]
    items = old_desk.every("/subscription_items", subscription=subscription["id"])
    assert subscription["items"]["has_more"]
    assert len(items) == 13
    assert items[:10] == subscription["items"]["data"]


def test_expansion_replaces_ids_and_shows_hidden_lists(old_desk: Any) -> None:
    maria = old_desk.every("/customers", email="maria@example.com", **{"expand[]": "data.tax_ids"})[0]
    assert maria["tax_ids"]["data"][0]["value"] == "PL5252344078"
    wanted = [
        "data.customer",
        "data.balance_transaction",
        "data.refunds",
        "data.payment_intent.latest_charge",
    ]
    with old_desk.http() as http:
        found = http.get("/charges", params={"customer": maria["id"], "expand[]": wanted}).json()["data"]
    refunded = next(one for one in found if one["amount_refunded"])
    assert refunded["customer"]["email"] == "maria@example.com"
    assert refunded["balance_transaction"]["fee"] > 0
    assert [one["amount"] for one in refunded["refunds"]["data"]] == [2000]
    assert refunded["payment_intent"]["latest_charge"]["id"] == refunded["id"]
    invoice = old_desk.every("/invoices", customer=maria["id"], **{"expand[]": "data.payments"})[0]
    assert invoice["payments"]["data"][0]["invoice"] == invoice["id"]


def test_a_path_that_leads_nowhere_cannot_be_expanded(old_desk: Any) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="cannot be expanded"):
        old_desk.eu.v1.charges.list({"expand": ["data.invoice"]})


def test_the_deleted_customer_is_a_stub_and_in_no_list(old_desk: Any) -> None:
    event = old_desk.eu.v1.events.list({"type": "customer.deleted"}).data[0]
    otto = event.data.object["id"]
    assert old_desk.eu.v1.customers.retrieve(otto).to_dict() == {
        "id": otto,
        "object": "customer",
        "deleted": True,
    }
    assert otto not in {one["id"] for one in old_desk.every("/customers")}
    assert old_desk.every("/charges", customer=otto)
    with pytest.raises(stripe.InvalidRequestError, match="No such customer"):
        old_desk.eu.v1.customers.list({"starting_after": otto})


def test_events_reach_back_thirty_days(old_desk: Any) -> None:
    events = old_desk.every("/events")
    assert min(one["created"] for one in events) >= old_desk.clock.timestamp() - 30 * 86_400
    types = {one["type"] for one in events}
    assert {
        "charge.succeeded", "charge.failed", "charge.refunded", "charge.dispute.created", "invoice.finalized",
        "invoice.paid", "invoice.payment_failed", "customer.subscription.updated", "payout.paid", "refund.created",
        "refund.failed", "customer.deleted", "credit_note.created", "payment_intent.succeeded",
    } <= types  # fmt: skip
    some = old_desk.every("/events", **{"types[]": ["charge.refunded", "refund.failed"]})
    assert {one["type"] for one in some} == {"charge.refunded", "refund.failed"}
    assert some == [one for one in events if one["type"] in ("charge.refunded", "refund.failed")]
    group = old_desk.every("/events", type="charge.dispute.*")
    assert group == [one for one in events if one["type"].startswith("charge.dispute.")]


@pytest.mark.parametrize(
    ("path", "params", "status", "code", "param"),
    [
        ("/charges/ch_no", {}, 404, "resource_missing", "id"),
        ("/charges", {"limit": 0}, 400, "parameter_invalid_integer", "limit"),
        ("/charges", {"limit": 101}, 400, "parameter_invalid_integer", "limit"),
        ("/charges", {"limit": "ten"}, 400, "parameter_invalid_integer", "limit"),
        ("/charges", {"invoice": "in_1"}, 400, "parameter_unknown", "invoice"),
        ("/charges", {"starting_after": "ch_no"}, 400, "resource_missing", "starting_after"),
        ("/charges", {"customer": "cus_no"}, 404, "resource_missing", "customer"),
        ("/refunds", {"charge": "ch_no"}, 404, "resource_missing", "charge"),
        ("/subscription_items", {}, 400, "parameter_missing", "subscription"),
    ],
)
def test_refusals_have_stripes_shape(
    old_desk: Any, path: str, params: dict[str, Any], status: int, code: str, param: str
) -> None:
    with old_desk.http() as http:
        answer = http.get(path, params=params)
    error = answer.json()["error"]
    assert (answer.status_code, error["code"], error["param"]) == (status, code, param)
    assert error["type"] == "invalid_request_error"
    assert answer.headers["request-id"].startswith("req_")


def test_keys_versions_and_unknown_addresses(old_desk: Any) -> None:
    wrong = stripe.StripeClient("sk_test_wrong_key", base_addresses={"api": f"{old_desk.url}/stripe"})
    with pytest.raises(stripe.AuthenticationError, match="Invalid API Key provided"):
        wrong.v1.charges.list()
    assert httpx.get(f"{old_desk.url}/stripe/v1/charges").status_code == 401
    bearer = {"authorization": "Bearer sk_test_sandbox_us", "stripe-version": "2026-03-25.dahlia"}
    answer = httpx.get(f"{old_desk.url}/stripe/v1/account", headers=bearer)
    assert answer.headers["stripe-version"] == "2026-03-25.dahlia"
    assert answer.json()["country"] == "US"
    bad = httpx.get(f"{old_desk.url}/stripe/v1/account", headers={**bearer, "stripe-version": "newest"})
    assert (bad.status_code, bad.json()["error"]["message"]) == (400, "Invalid Stripe API version: newest")
    nothing = httpx.get(f"{old_desk.url}/stripe/v1/nothing", headers=bearer, params={})
    assert nothing.status_code == 404
    assert "Unrecognized request URL (GET: /v1/nothing)" in nothing.json()["error"]["message"]


def test_the_account_opens_before_its_first_charge(old_desk: Any) -> None:
    with old_desk.http() as http:
        created = http.get("/account").json()["created"]
    assert created <= min(one["created"] for one in old_desk.every("/customers"))


def test_the_balance_is_what_the_transactions_sum_to(old_desk: Any) -> None:
    with old_desk.http("stripe_us") as http:
        balance = http.get("/balance").json()
    sums: dict[str, int] = {}
    for one in old_desk.every("/balance_transactions", "stripe_us"):
        sums[one["currency"]] = sums.get(one["currency"], 0) + one["net"]
    told: dict[str, int] = {}
    for entry in (*balance["available"], *balance["pending"]):
        told[entry["currency"]] = told.get(entry["currency"], 0) + entry["amount"]
    assert told == sums
