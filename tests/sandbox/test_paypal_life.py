"""What may be done at the emulated PayPal, and what its rules refuse; the ledger keeps up."""

import base64
import json
import zlib
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from sandbox import ledger
from sandbox.paypal import webhooks
from sandbox.paypal.accounts import MAIN
from tests.sandbox.paypal_desk import PaypalDesk, paypal_desk

WHOLE = {"prefer": "return=representation"}


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[PaypalDesk]:
    with paypal_desk(tmp_path, 15) as found:
        yield found


def booked(desk: PaypalDesk, measure: str) -> dict[str, Decimal]:
    return ledger.major(desk.state, "paypal", MAIN.name, measure)


def refund(
    desk: PaypalDesk, label: str, value: str | None = None, currency: str = "EUR", **headers: str
) -> Any:
    body = {} if value is None else {"amount": {"value": value, "currency_code": currency}}
    path = f"/v2/payments/captures/{desk.named(label)}/refund"
    return desk.ask("POST", path, json=body, headers={**WHOLE, **headers})


def test_parts_of_a_payment_are_refunded_until_nothing_is_left(desk: PaypalDesk) -> None:
    before = booked(desk, "refunded")["EUR"]
    first = refund(desk, "today0", "4.00").json()
    assert (first["status"], first["seller_payable_breakdown"]["total_refunded_amount"]["value"]) == (
        "COMPLETED",
        "4.00",
    )
    capture = desk.get(f"/v2/payments/captures/{desk.named('today0')}")
    assert capture["status"] == "PARTIALLY_REFUNDED"
    path = f"/v2/payments/captures/{capture['id']}/refund"
    too_much = {"amount": {"value": "11.01", "currency_code": "EUR"}}
    assert desk.refused("POST", path, json=too_much) == (422, "REFUND_AMOUNT_EXCEEDED")
    other = {"amount": {"value": "1.00", "currency_code": "USD"}}
    assert desk.refused("POST", path, json=other) == (422, "REFUND_CAPTURE_CURRENCY_MISMATCH")
    assert refund(desk, "today0").json()["amount"]["value"] == "11.00"
    assert desk.refused("POST", path) == (422, "CAPTURE_FULLY_REFUNDED")
    assert booked(desk, "refunded")["EUR"] - before == Decimal("15.00")


def test_rules_of_refunds(desk: PaypalDesk) -> None:
    yen = {"amount": {"value": "10.50", "currency_code": "JPY"}}
    path = "/v2/payments/captures/{}/refund"
    assert desk.refused("POST", path.format(desk.named("today1")), json=yen) == (
        422,
        "DECIMALS_NOT_SUPPORTED",
    )
    assert desk.refused("POST", path.format(desk.named("maria_old"))) == (422, "REFUND_TIME_LIMIT_EXCEEDED")
    charged_back = path.format(desk.named("ruben_disputed"))
    assert desk.refused("POST", charged_back) == (422, "REFUND_NOT_PERMITTED_DUE_TO_CHARGEBACK")
    assert desk.refused("POST", path.format(desk.named("echeck"))) == (422, "PENDING_CAPTURE")


def test_a_request_id_does_a_deed_once(desk: PaypalDesk) -> None:
    before = booked(desk, "refunded")["EUR"]
    first = refund(desk, "today0", "2.00", **{"paypal-request-id": "act_1"})
    again = refund(desk, "today0", "2.00", **{"paypal-request-id": "act_1"})
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["id"] == again.json()["id"]
    assert booked(desk, "refunded")["EUR"] - before == Decimal("2.00")
    desk.days_pass(46)
    late = refund(desk, "today0", "2.00", **{"paypal-request-id": "act_1"})
    assert late.status_code == 201, "request ids of payments are kept for 45 days"


def test_a_refund_that_fails_makes_the_money_refundable_again(desk: PaypalDesk) -> None:
    before = booked(desk, "refunded")["EUR"]
    desk.act(deed="refund", label="today0", amount="3.00", fate="fails_later")
    given = desk.get("/v1/notifications/webhooks-events", event_type="PAYMENT.CAPTURE.REFUNDED")["events"][0]
    assert booked(desk, "refunded")["EUR"] - before == Decimal("3.00"), "pending money counts"
    desk.days_pass(5)
    assert desk.get(f"/v2/payments/refunds/{given['resource']['id']}")["status"] == "FAILED"
    assert desk.get(f"/v2/payments/captures/{desk.named('today0')}")["status"] == "COMPLETED"


def test_an_order_is_approved_by_its_buyer_and_captured_once(desk: PaypalDesk) -> None:
    unit = {
        "amount": {"value": "20.00", "currency_code": "EUR"},
        "description": "Print",
        "custom_id": "act_2",
    }
    order = desk.ask(
        "POST", "/v2/checkout/orders", json={"intent": "CAPTURE", "purchase_units": [unit]}
    ).json()
    path = f"/v2/checkout/orders/{order['id']}/capture"
    assert order["status"] == "CREATED"
    assert desk.refused("POST", path) == (422, "ORDER_NOT_APPROVED")
    desk.act(deed="approve_order", id=order["id"])
    done = desk.ask("POST", path, headers=WHOLE).json()
    (capture,) = done["purchase_units"][0]["payments"]["captures"]
    assert (done["status"], capture["status"], capture["custom_id"]) == ("COMPLETED", "COMPLETED", "act_2")
    assert desk.refused("POST", path) == (422, "ORDER_ALREADY_CAPTURED")


def test_reserved_money_is_captured_or_let_go_not_both(desk: PaypalDesk) -> None:
    held = f"/v2/payments/authorizations/{desk.named('held')}"
    assert desk.ask("POST", f"{held}/capture").status_code == 201
    assert desk.refused("POST", f"{held}/void") == (422, "PREVIOUSLY_CAPTURED")
    assert desk.refused("POST", f"/v2/payments/authorizations/{desk.named('void')}/capture") == (
        422,
        "AUTHORIZATION_VOIDED",
    )


def test_a_subscription_lives_by_itself(desk: PaypalDesk) -> None:
    path = f"/v1/billing/subscriptions/{desk.named('kenji')}"
    before = desk.get(path)["billing_info"]
    desk.days_pass(32)
    after = desk.get(path)["billing_info"]
    assert (
        after["cycle_executions"][0]["cycles_completed"]
        == before["cycle_executions"][0]["cycles_completed"] + 1
    )
    assert desk.ask("POST", f"{path}/cancel", json={"reason": "enough"}).status_code == 204
    canceled = desk.get(path)
    assert (canceled["status"], canceled["status_change_note"]) == ("CANCELLED", "enough")
    assert "next_billing_time" not in canceled["billing_info"]
    assert desk.refused("POST", f"{path}/cancel", json={"reason": "again"}) == (
        422,
        "SUBSCRIPTION_STATUS_INVALID",
    )


def test_subscriptions_are_in_every_state(desk: PaypalDesk) -> None:
    wanted = {
        "kenji": "ACTIVE", "ruben": "SUSPENDED", "otis": "CANCELLED", "tess": "EXPIRED",
        "nobody": "APPROVAL_PENDING",
    }  # fmt: skip
    found = {label: desk.get(f"/v1/billing/subscriptions/{desk.named(label)}") for label in wanted}
    assert {label: one["status"] for label, one in found.items()} == wanted
    paula = desk.get(f"/v1/billing/subscriptions/{desk.named('paula')}")["billing_info"]
    assert paula["failed_payments_count"] > 0
    ines = desk.get(f"/v1/billing/subscriptions/{desk.named('ines')}")["billing_info"]
    assert ines["cycle_executions"][0]["cycles_remaining"] == 1, "in its trial"


def test_a_dispute_is_accepted(desk: PaypalDesk) -> None:
    id = desk.act(deed="open_dispute", capture=desk.named("today0"))["id"]
    assert (
        desk.ask("POST", f"/v1/customer/disputes/{id}/accept-claim", json={"note": "sorry"}).status_code
        == 200
    )
    found = desk.get(f"/v1/customer/disputes/{id}")
    assert (found["status"], found["dispute_outcome"]["outcome_code"]) == ("RESOLVED", "ACCEPTED")


def test_invoices_go_through_their_states(desk: PaypalDesk) -> None:
    before = booked(desk, "invoiced").get("EUR", Decimal(0))
    path = f"/v2/invoicing/invoices/{desk.named('nord_draft')}"
    assert desk.refused("POST", f"{path}/cancel") == (422, "CANT_CANCEL_INVOICE")
    assert desk.ask("POST", f"{path}/send").status_code == 200
    sent = desk.get(path)
    assert booked(desk, "invoiced")["EUR"] - before == Decimal(sent["amount"]["value"])
    assert desk.ask("POST", f"{path}/payments", json={"method": "CASH"}).status_code == 200
    assert desk.get(path)["status"] == "MARKED_AS_PAID"
    assert desk.refused("DELETE", path) == (422, "CANNOT_DELETE_INVOICE")


def test_an_invoice_adds_up(desk: PaypalDesk) -> None:
    for invoice in desk.get("/v2/invoicing/invoices", page_size=100)["items"]:
        whole = desk.get(f"/v2/invoicing/invoices/{invoice['id']}")
        parts = whole["amount"]["breakdown"]
        taxes = sum(Decimal(item["tax"]["amount"]["value"]) for item in whole["items"] if "tax" in item)
        assert Decimal(parts["tax_total"]["value"]) == taxes
        added = Decimal(0) if whole["configuration"]["tax_inclusive"] else taxes
        discount = parts.get("discount", {}).get("invoice_discount", {}).get("amount", {}).get("value", "0")
        total = Decimal(parts["item_total"]["value"]) + added + Decimal(discount)
        assert Decimal(whole["amount"]["value"]) == total


def test_a_webhook_is_signed_with_the_certificates_key(desk: PaypalDesk) -> None:
    event = desk.get("/v1/notifications/webhooks-events")["events"][0]["id"]
    letter = webhooks.letter(desk.state, MAIN.name, event)
    assert letter is not None
    headers, body = letter
    pem = desk.http.get(headers["paypal-cert-url"]).content
    key = x509.load_pem_x509_certificate(pem).public_key()
    assert isinstance(key, rsa.RSAPublicKey)
    text = "|".join(
        (
            headers["paypal-transmission-id"],
            headers["paypal-transmission-time"],
            "WH-SANDBOX",
            str(zlib.crc32(body)),
        )
    )
    key.verify(
        base64.b64decode(headers["paypal-transmission-sig"]),
        text.encode(),
        padding.PKCS1v15(),
        hashes.SHA256(),
    )
    asked = {
        "auth_algo": headers["paypal-auth-algo"],
        "cert_url": headers["paypal-cert-url"],
        "transmission_id": headers["paypal-transmission-id"],
        "transmission_sig": headers["paypal-transmission-sig"],
        "transmission_time": headers["paypal-transmission-time"],
        "webhook_id": "WH-SANDBOX",
    }
    raw = json.dumps(asked)[:-1].encode() + b', "webhook_event":' + body + b"}"
    path = "/v1/notifications/verify-webhook-signature"
    assert desk.ask("POST", path, content=raw).json() == {"verification_status": "SUCCESS"}
    rewritten = json.dumps({**asked, "webhook_event": json.loads(body)})
    assert desk.ask("POST", path, content=rewritten).json() == {"verification_status": "FAILURE"}, (
        "other bytes"
    )


def test_the_same_seed_makes_the_same_company(tmp_path: Path) -> None:
    found = []
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        with paypal_desk(tmp_path / name, 20) as one:
            found.append((ledger.rows(one.state), one.named("maria"), one.named("nord_open")))
    assert found[0] == found[1]


def test_reserved_money_is_taken_in_parts(desk: PaypalDesk) -> None:
    held = f"/v2/payments/authorizations/{desk.named('held')}"

    def part(value: str, **more: Any) -> dict[str, Any]:
        return {"amount": {"value": value, "currency_code": "EUR"}, **more}

    assert desk.ask("POST", f"{held}/capture", json=part("100.00", invoice_id="one")).status_code == 201
    assert desk.get(held)["status"] == "PARTIALLY_CAPTURED"
    assert desk.refused("POST", f"{held}/capture", json=part("10.00", invoice_id="one")) == (
        422,
        "DUPLICATE_INVOICE_ID",
    )
    assert desk.refused("POST", f"{held}/capture", json=part("150.00")) == (
        422,
        "MAX_CAPTURE_AMOUNT_EXCEEDED",
    )
    assert desk.ask("POST", f"{held}/capture", json=part("50.00", final_capture=True)).status_code == 201
    assert desk.get(held)["status"] == "CAPTURED"
    assert desk.refused("POST", f"{held}/capture", json=part("1.00")) == (
        422,
        "AUTHORIZATION_ALREADY_CAPTURED",
    )


def test_a_kept_method_pays_an_order_once(desk: PaypalDesk) -> None:
    unit = {"amount": {"value": "20.00", "currency_code": "EUR"}, "description": "Print"}
    asked = {"intent": "CAPTURE", "purchase_units": [unit]}
    path = f"/v2/checkout/orders/{desk.ask('POST', '/v2/checkout/orders', json=asked).json()['id']}/capture"
    before = booked(desk, "charged")["EUR"]

    def source(vault: str) -> dict[str, Any]:
        return {"payment_source": {"paypal": {"vault_id": vault}}}

    assert desk.refused("POST", path, json=source("nonsense")) == (422, "TOKEN_ID_NOT_FOUND")
    empty = desk.act(deed="vault", is_empty=True)["id"]
    assert desk.refused("POST", path, json=source(empty)) == (422, "INSTRUMENT_DECLINED")
    good = source(desk.act(deed="vault")["id"])
    assert desk.ask("POST", path, json=good).status_code == 201
    assert desk.refused("POST", path, json=good) == (422, "ORDER_ALREADY_CAPTURED")
    assert booked(desk, "charged")["EUR"] - before == Decimal("20.00")


def test_an_outstanding_balance_is_collected_up_to_what_is_due(desk: PaypalDesk) -> None:
    path = f"/v1/billing/subscriptions/{desk.named('paula')}"
    desk.act(deed="fill_purse", id=desk.named("paula"))
    due = Decimal(desk.get(path)["billing_info"]["outstanding_balance"]["value"])

    def asked(value: Decimal, currency: str = "EUR") -> dict[str, Any]:
        amount = {"value": str(value), "currency_code": currency}
        return {"note": "Again", "capture_type": "OUTSTANDING_BALANCE", "amount": amount}

    assert desk.refused("POST", f"{path}/capture", json=asked(due + 1)) == (
        422,
        "AMOUNT_GREATER_THAN_OUTSTANDING_BALANCE",
    )
    assert desk.refused("POST", f"{path}/capture", json=asked(due, "USD")) == (422, "CURRENCY_MISMATCH")
    assert desk.ask("POST", f"{path}/capture", json=asked(due)).json()["status"] == "COMPLETED"
    assert desk.refused("POST", f"{path}/capture", json=asked(Decimal(1))) == (
        422,
        "ZERO_OUTSTANDING_BALANCE",
    )


def test_a_subscription_that_could_not_pay_is_not_activated_before_it_has(desk: PaypalDesk) -> None:
    path = f"/v1/billing/subscriptions/{desk.named('ruben')}"
    assert desk.refused("POST", f"{path}/activate", json={"reason": "Again"}) == (
        422,
        "SUBSCRIPTION_CANNOT_BE_ACTIVATED",
    )
    desk.act(deed="fill_purse", id=desk.named("ruben"))
    due = desk.get(path)["billing_info"]["outstanding_balance"]
    asked = {"note": "Again", "capture_type": "OUTSTANDING_BALANCE", "amount": due}
    assert desk.ask("POST", f"{path}/capture", json=asked).status_code == 200
    assert desk.ask("POST", f"{path}/activate", json={"reason": "Again"}).status_code == 204


def test_a_proposal_changes_nothing_before_its_subscriber_agrees(desk: PaypalDesk) -> None:
    path = f"/v1/billing/subscriptions/{desk.named('kenji')}"
    before = desk.get(path)
    other = desk.state.get_setting("paypal.plan.school_usd")
    assert desk.refused("POST", f"{path}/revise", json={"plan_id": other}) == (
        422,
        "PLAN_PRODUCT_NOT_COMPATIBLE",
    )
    assert desk.ask("POST", f"{path}/revise", json={"quantity": "3"}).status_code == 200
    assert desk.get(path) == before
    desk.act(deed="approve_revision", id=desk.named("kenji"))
    assert desk.get(path)["quantity"] == "3"


def test_an_invoice_is_reminded_while_it_is_unpaid(desk: PaypalDesk) -> None:
    draft, open_ = (f"/v2/invoicing/invoices/{desk.named(label)}" for label in ("nord_draft", "nord_open"))
    assert desk.refused("POST", f"{draft}/remind", json={}) == (422, "CANNOT_REMIND_INVOICE")
    before = desk.get(open_)["detail"]["metadata"]["last_sent_time"]
    assert desk.ask("POST", f"{open_}/send").status_code == 200, "sending again has no effect"
    assert desk.get(open_)["detail"]["metadata"]["last_sent_time"] == before
    stranger = {"additional_recipients": ["stranger@example.com"]}
    assert desk.refused("POST", f"{open_}/remind", json=stranger) == (400, "INVALID_PARAMETER_VALUE")
    assert desk.ask("POST", f"{open_}/remind", json={}).status_code == 204
    assert desk.get(open_)["detail"]["metadata"]["last_sent_time"] > before


def test_evidence_comes_as_a_form_and_only_while_paypal_waits_for_it(desk: PaypalDesk) -> None:
    id = desk.act(deed="open_dispute", capture=desk.named("today0"))["id"]
    path = f"/v1/customer/disputes/{id}/provide-evidence"
    told = json.dumps({"evidences": [{"evidence_type": "OTHER", "notes": "Delivered, signed by Zoë."}]})
    form = {"input": (None, told, "application/json")}
    assert desk.refused("POST", path, json={}) == (400, "MISSING_REQUIRED_PARAMETER")
    assert desk.ask("POST", path, files=form).status_code == 200
    found = desk.get(f"/v1/customer/disputes/{id}")
    assert (found["status"], found["evidences"][0]["notes"]) == ("UNDER_REVIEW", "Delivered, signed by Zoë.")
    assert desk.refused("POST", path, files=form) == (422, "INVALID_DISPUTE_STATE")
