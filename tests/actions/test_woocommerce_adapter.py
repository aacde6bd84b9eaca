"""What is particular to shops: no keys, refusals with 500, plug-ins behind them, states that PHP would crash on."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from actions import acts
from actions.adapters.woocommerce import connect
from actions.ports import Effect, GatewayActions, Order
from billing.errors import OutcomeUnknown, Refused
from billing.ids import GatewayRef, new_action_id
from billing.money import Money
from billing.settings_model import Settings
from billing.verbs import ObjectKind, Verb
from billing.vocabulary import EffectStatus
from tests.actions.conftest import STAFF
from tests.actions.counters.woocommerce import Counter
from tests.conftest import Sandbox

API = "/woocommerce/eu/wp-json/wc/v3"


@dataclass
class Shop:
    """The adapter of woo_eu, and the shop itself."""

    adapter: GatewayActions
    till: Counter
    sandbox: Sandbox

    def order(self, thing: Any, act: Any, action_id: str | None = None) -> Order:
        target = GatewayRef("woocommerce", "woo_eu", str(thing["id"]))
        return Order(action_id or new_action_id(), target, act, acts.amount_of(act), "requested_by_customer")

    def send(self, thing: Any, act: Any) -> Effect:
        return self.adapter.handlers[act.verb].send(self.order(thing, act))

    def writes(self) -> list[str]:
        """The paths of everything but reading that reached the shop since `forget`."""
        sent = self.sandbox.control(f"requests?prefix={API}")
        return [one["path"].removeprefix(API) for one in sent if one["method"] != "GET"]

    def forget(self) -> None:
        self.sandbox.forget("requests")


@pytest.fixture
def shop(emulator: Sandbox) -> Iterator[Shop]:
    emulator.forget("faults")
    till = Counter(emulator)
    settings = Settings.model_validate({**STAFF, "gateways": {"woocommerce": [till.settings()]}})
    yield Shop(connect(settings)["woo_eu"], till, emulator)
    emulator.forget("faults")


def eur(text: str) -> Money:
    return Money.parse(text, "EUR")


def test_too_much_is_refused_with_500_and_not_sent_again(shop: Shop) -> None:
    order = shop.till.order()
    shop.forget()
    with pytest.raises(Refused, match="Invalid refund amount") as told:
        shop.send(order, acts.Refund(amount=eur("89.01")))
    assert told.value.code == "woocommerce_rest_cannot_create_order_refund"
    assert shop.writes() == [f"/orders/{order['id']}/refunds"]


def test_nothing_is_never_refunded(shop: Shop) -> None:
    """The shop would record a refund of 0.00."""
    order = shop.till.order()
    shop.forget()
    with pytest.raises(Refused):
        shop.send(order, acts.Refund(amount=eur("0")))
    assert shop.writes() == []


def test_a_plug_in_that_cannot_refund_is_told_with_the_other_way(shop: Shop) -> None:
    for method in ("bacs", ""):
        with pytest.raises(Refused, match="manual refund in the shop's admin"):
            shop.send(shop.till.order(payment_method=method), acts.Refund(amount=eur("20")))


def test_several_refunds_until_nothing_is_left(shop: Shop) -> None:
    order = shop.till.order()
    made = [shop.send(order, acts.Refund(amount=eur(text))) for text in ("20", "20", "49")]
    assert [effect.amount for effect in made] == [eur("20"), eur("20"), eur("49")]
    assert len({effect.made_id for effect in made}) == 3
    live = shop.adapter.read(ObjectKind.CHARGE, str(order["id"]))
    assert (live.status, live.ceilings[Verb.REFUND]) == ("refunded", eur("0"))
    assert live.why_not(Verb.REFUND) == "All 89.00 EUR of this charge are refunded already."


def test_a_refund_is_known_by_its_reason_and_pending_until_the_plug_in_confirmed_it(shop: Shop) -> None:
    """PHP may die after the refund was saved with its reason, and before its meta_data or its confirmation."""
    order, action = shop.till.order(), new_action_id()
    body = {"amount": "20.00", "reason": f"Duplicate charge (billhouse {action})", "api_refund": False}
    shop.till.ask("POST", f"/orders/{order['id']}/refunds", body)
    request = shop.order(order, acts.Refund(amount=eur("20")), action)
    found = shop.adapter.handlers[Verb.REFUND].find(request)
    assert found is not None
    assert (found.status, found.amount) == (EffectStatus.PENDING, eur("20"))
    shop.forget()
    assert shop.adapter.handlers[Verb.REFUND].send(request).status is EffectStatus.PENDING
    assert shop.writes() == []


def test_an_error_that_is_not_the_shops_own_leaves_the_outcome_open(shop: Shop) -> None:
    order = shop.till.order()
    where = f"{API}/orders/{order['id']}/refunds"
    shop.sandbox.control("faults", path=where, method="POST", kind="500")
    shop.forget()
    with pytest.raises(OutcomeUnknown):
        shop.send(order, acts.Refund(amount=eur("20")))
    assert len(shop.writes()) == 1


def test_an_order_that_was_paid_meanwhile_is_not_cancelled(shop: Shop) -> None:
    order = shop.till.order()
    with pytest.raises(Refused, match="waits for its payment"):
        shop.send(order, acts.Void())
    with pytest.raises(Refused, match="unpaid"):
        shop.send(order, acts.ApplyCoupon(coupon_id=str(shop.till.coupon()["id"])))
    assert shop.till.ask("GET", f"/orders/{order['id']}")["status"] == "processing"


def test_another_address_would_be_written_into_the_order(shop: Shop) -> None:
    order = shop.till.order(status="pending")
    shop.forget()
    with pytest.raises(Refused, match="own address"):
        shop.send(order, acts.SendInvoice(to="tax@example.org"))
    assert shop.writes() == []
    bare = shop.till.order(status="pending", billing={})
    with pytest.raises(Refused, match="does not have an email"):
        shop.send(bare, acts.SendInvoice())
    assert shop.send(bare, acts.SendInvoice(to="tax@example.org")).status is EffectStatus.SUCCEEDED


def test_coupons_price_an_unpaid_order_anew(shop: Shop) -> None:
    order, first, second = shop.till.order(status="pending"), shop.till.coupon(), shop.till.coupon()
    shop.send(order, acts.ApplyCoupon(coupon_id=str(first["id"])))
    twice = shop.send(order, acts.ApplyCoupon(coupon_id=str(second["id"])))
    assert twice.after is not None
    assert twice.after["coupons"] == [first["code"], second["code"]]
    assert twice.explanation == "72.09 EUR are to be paid now"
    none = shop.send(order, acts.RemoveCoupon())
    assert none.explanation == "89.00 EUR are to be paid now"
    assert shop.till.ask("GET", f"/coupons/{first['id']}")["usage_count"] == 0
    expired = shop.till.ask("GET", "/coupons", code="summer")[0]
    with pytest.raises(Refused, match="has expired"):
        shop.send(order, acts.ApplyCoupon(coupon_id=str(expired["id"])))


def test_a_request_is_in_the_currency_and_amount_that_was_asked(shop: Shop) -> None:
    """No tax is put on top, although the customer's country has a rate."""
    customer = shop.till.customer()
    asked = acts.RequestPayment(amount=Money(1234, "USD"), description="Repair")
    effect = shop.send(customer, asked)
    made = shop.till.ask("GET", f"/orders/{effect.made_id}")
    assert (made["total"], made["total_tax"], made["currency"], made["status"]) == (
        "12.34", "0.00", "USD", "pending",
    )  # fmt: skip
    assert (effect.url, effect.amount) == (made["payment_url"], asked.amount)


def test_the_vat_number_goes_where_the_shops_plug_in_keeps_it(shop: Shop) -> None:
    customer = shop.till.customer()
    path = f"/customers/{customer['id']}"
    meta = [{"key": "billing_vat_number", "value": "DE1"}]
    shop.till.ask("PUT", path, {"meta_data": meta})
    shop.send(customer, acts.SetTaxDetails(tax_id="DE811907980"))
    kept = {entry["key"]: entry["value"] for entry in shop.till.ask("GET", path)["meta_data"]}
    assert kept["billing_vat_number"] == "DE811907980"
    assert "vat_number" not in kept


def test_a_subscription_begins_when_its_first_order_is_paid(shop: Shop) -> None:
    customer, plan = shop.till.customer(), shop.till.ask("GET", "/products", sku="CLUB-M")[0]
    effect = shop.send(customer, acts.CreateSubscription(plan_id=str(plan["id"])))
    assert effect.explanation is not None
    assert effect.url is not None
    path = f"/subscriptions/{effect.made_id}"
    first = shop.till.ask("GET", path)["parent_id"]
    assert f"/order-pay/{first}/" in effect.url
    shop.till.ask("PUT", f"/orders/{first}", {"status": "processing", "payment_method": "stripe"})
    begun = shop.till.ask("GET", path)
    assert (begun["status"], begun["requires_manual_renewal"]) == ("active", False)
    with pytest.raises(Refused, match="trial"):
        shop.send(customer, acts.CreateSubscription(plan_id=str(plan["id"]), trial_days=7))


def test_the_end_of_a_period_can_be_taken_back_or_brought_forward(shop: Shop) -> None:
    found = shop.till.subscription("active")
    path = f"/subscriptions/{found['id']}"
    shop.send(found, acts.CancelSubscription(at_period_end=True))
    assert (
        shop.adapter.read(ObjectKind.SUBSCRIPTION, str(found["id"])).why_not(Verb.RESUME_SUBSCRIPTION) is None
    )
    shop.send(found, acts.ResumeSubscription())
    again = shop.till.ask("GET", path)
    assert (again["status"], again["next_payment_date_gmt"], again["end_date_gmt"]) == (
        "active", found["next_payment_date_gmt"], "",
    )  # fmt: skip
    shop.send(found, acts.CancelSubscription(at_period_end=True))
    shop.send(found, acts.CancelSubscription(at_period_end=False))
    assert shop.till.ask("GET", path)["status"] == "cancelled"


def test_an_unpaid_renewal_leaves_no_period_to_wait_for(shop: Shop) -> None:
    found = shop.till.subscription("on-hold")
    meta = [{"key": "_subscription_renewal", "value": str(found["id"])}]
    shop.till.order(status="failed", meta_data=meta)
    live = shop.adapter.read(ObjectKind.SUBSCRIPTION, str(found["id"]))
    assert live.status == "on-hold: renewal unpaid"
    shop.forget()
    with pytest.raises(Refused, match="no paid period"):
        shop.send(found, acts.CancelSubscription(at_period_end=True))
    assert shop.writes() == []


def test_a_plan_changes_without_proration_only(shop: Shop) -> None:
    found, year = shop.till.subscription("active"), shop.till.ask("GET", "/products", sku="PASS-Y")[0]
    lamp = shop.till.ask("GET", "/products", sku="LAMP-01")[0]
    shop.forget()
    with pytest.raises(Refused, match="without proration"):
        shop.send(found, acts.ChangePlan(plan_id=str(year["id"])))
    with pytest.raises(Refused, match="no subscription"):
        shop.send(found, acts.ChangePlan(plan_id=str(lamp["id"]), is_prorated=False))
    assert shop.writes() == []
    changed = shop.send(found, acts.ChangePlan(plan_id=str(year["id"]), quantity=2, is_prorated=False))
    assert changed.after is not None
    assert (changed.after["total"], changed.after["billing_period"]) == ("480.00", "year")
    assert changed.after["next_payment_date_gmt"] == found["next_payment_date_gmt"]
