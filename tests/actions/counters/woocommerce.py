"""WooCommerce's counter: objects are made by plain httpx, in the shop woo_eu."""

from collections.abc import Callable, Mapping
from itertools import count
from typing import Any

import httpx

from actions import acts
from billing.ids import GatewayRef
from billing.money import Money
from billing.verbs import Verb
from tests.actions.counters import Case
from tests.conftest import Sandbox

EUR_20 = Money(2000, "EUR")
_API = "/woocommerce/eu/wp-json/wc/v3"
_NUMBERS = count(1)


class Counter:
    """The shop woo_eu of a sandbox."""

    account = "woo_eu"

    def __init__(self, sandbox: Sandbox) -> None:
        self._url = f"{sandbox.url}/woocommerce/eu"
        self._http = httpx.Client(auth=("ck_sandbox_eu", "cs_sandbox_eu"))

    def settings(self) -> Mapping[str, Any]:
        return {
            "account": self.account,
            "title": "Lampa Shop Europe",
            "consumer_key": "ck_sandbox_eu",
            "consumer_secret": "cs_sandbox_eu",
            "base_url": self._url,
            "requests_per_second": 100,
        }

    def case(self, verb: Verb) -> Case:
        prepared: Case = getattr(self, f"_{verb.value}")()
        return prepared

    def refused(self, verb: Verb) -> Case | None:
        match verb:
            case Verb.REFUND | Verb.SEND_RECEIPT:
                return self._of(verb, self.order(status="pending"))
            case Verb.VOID | Verb.APPLY_COUPON | Verb.REMOVE_COUPON:
                return self._of(verb, self.order())
            case Verb.SEND_INVOICE:
                return self._of(verb, self.order(status="cancelled"))
            case Verb.CHANGE_EMAIL:
                return self._change_email(taken=self.customer()["email"])
            case Verb.CREATE_SUBSCRIPTION:
                return self._create_subscription(plan=self._product("LAMP-01"))
            case Verb.CHANGE_PLAN | Verb.PAUSE_SUBSCRIPTION | Verb.CANCEL_SUBSCRIPTION:
                return self._turned(verb, self.subscription("cancelled"))
            case Verb.RESUME_SUBSCRIPTION:
                return self._turned(verb, self.subscription("active"))
        return None

    def ask(self, method: str, path: str, body: Any = None, **params: Any) -> Any:
        """What the shop's API answers."""
        url = f"{self._url}/wp-json/wc/v3{path}"
        answer = self._http.request(method, url, json=body, params=params)
        answer.raise_for_status()
        return answer.json()

    def customer(self) -> dict[str, Any]:
        """A new customer, with an address in Germany."""
        email = f"buyer{next(_NUMBERS)}@example.net"
        billing = {"first_name": "Ute", "email": email, "country": "DE", "address_1": "Lampenweg 1"}
        made: dict[str, Any] = self.ask("POST", "/customers", {"email": email, "billing": billing})
        return made

    def order(self, **more: Any) -> dict[str, Any]:
        """A new order over a lamp of 89.00 EUR, paid by card if nothing else is said."""
        body = {
            "status": "processing",
            "payment_method": "stripe",
            "billing": {"email": "guest@example.org", "country": "DE"},
            "line_items": [{"product_id": int(self._product("LAMP-01")), "quantity": 1}],
            **more,
        }
        made: dict[str, Any] = self.ask("POST", "/orders", body)
        return made

    def subscription(self, status: str) -> dict[str, Any]:
        """A new monthly subscription, paid until 2027."""
        body = {
            "status": "active",
            "customer_id": self.customer()["id"],
            "billing_period": "month",
            "billing_interval": 1,
            "next_payment_date": "2027-01-15 00:00:00",
            "line_items": [{"product_id": int(self._product("CLUB-M")), "quantity": 1}],
        }
        made = self.ask("POST", "/subscriptions", body)
        if status != "active":
            made = self.ask("PUT", f"/subscriptions/{made['id']}", {"transition_status": status})
        found: dict[str, Any] = made
        return found

    def coupon(self) -> dict[str, Any]:
        """A new coupon of 10 %."""
        code = f"ten-{next(_NUMBERS)}"
        body = {"code": code, "discount_type": "percent", "amount": "10"}
        made: dict[str, Any] = self.ask("POST", "/coupons", body)
        return made

    def _product(self, sku: str) -> str:
        return str(self.ask("GET", "/products", sku=sku)[0]["id"])

    def _target(self, thing: Mapping[str, Any]) -> GatewayRef:
        return GatewayRef("woocommerce", self.account, str(thing["id"]))

    def _of(self, verb: Verb, order: Mapping[str, Any]) -> Case:
        """A verb on an order."""
        path = f"/orders/{order['id']}"
        target = self._target(order)
        match verb:
            case Verb.REFUND:
                where = f"{_API}{path}/refunds"
                act = acts.Refund(amount=EUR_20)
                return Case(target, act, lambda: len(self.ask("GET", f"{path}/refunds")), where)
            case Verb.SEND_RECEIPT:
                return self._mailed(order, acts.SendReceipt())
            case Verb.SEND_INVOICE:
                return self._mailed(order, acts.SendInvoice())
            case Verb.VOID:
                return self._put(path, target, acts.Void(), lambda now: now["status"] == "cancelled")
            case Verb.APPLY_COUPON:
                coupon = self.coupon()
                act_on = acts.ApplyCoupon(coupon_id=str(coupon["id"]))
                return self._put(path, target, act_on, lambda now: self._has(now, coupon["code"]))
            case _:
                return self._put(path, target, acts.RemoveCoupon(), lambda now: not now["coupon_lines"])

    @staticmethod
    def _has(order: Mapping[str, Any], code: str) -> bool:
        return [line["code"] for line in order["coupon_lines"]].count(code) == 1

    def _put(
        self,
        path: str,
        target: GatewayRef,
        act: Any,
        is_reached: Callable[[Any], bool],
    ) -> Case:
        """A verb that brings what is at `path` into another state by PUT."""
        return Case(
            target, act, lambda: int(is_reached(self.ask("GET", path))), f"{_API}{path}", method="PUT"
        )

    def _mailed(self, order: Mapping[str, Any], act: acts.SendReceipt | acts.SendInvoice) -> Case:
        path = f"/orders/{order['id']}"

        def letters() -> int:
            notes = self.ask("GET", f"{path}/notes")
            return sum(note["note"].startswith("Order details sent") for note in notes)

        return Case(self._target(order), act, letters, f"{_API}{path}/actions/send_order_details")

    def _refund(self) -> Case:
        return self._of(Verb.REFUND, self.order())

    def _void(self) -> Case:
        return self._of(Verb.VOID, self.order(status="on-hold"))

    def _send_receipt(self) -> Case:
        return self._of(Verb.SEND_RECEIPT, self.order())

    def _send_invoice(self) -> Case:
        return self._of(Verb.SEND_INVOICE, self.order(status="pending"))

    def _apply_coupon(self) -> Case:
        return self._of(Verb.APPLY_COUPON, self.order(status="pending"))

    def _remove_coupon(self) -> Case:
        lines = [{"code": self.coupon()["code"]}]
        return self._of(Verb.REMOVE_COUPON, self.order(status="pending", coupon_lines=lines))

    def _request_payment(self) -> Case:
        customer = self.customer()
        act = acts.RequestPayment(amount=EUR_20, description="Repair")

        def requests() -> int:
            listed = self.ask("GET", "/orders", customer=customer["id"])
            return sum((one["total"], one["needs_payment"]) == ("20.00", True) for one in listed)

        return Case(self._target(customer), act, requests, f"{_API}/orders")

    def _set_tax_details(self) -> Case:
        customer = self.customer()
        address = acts.Address(line1="Hafen 2", postal_code="20457", city="Hamburg", country="DE")
        act = acts.SetTaxDetails(tax_id="DE811907980", company="Ute GmbH", address=address)

        def is_set(now: Any) -> bool:
            numbers = {meta["key"]: meta["value"] for meta in now["meta_data"]}
            billing = now["billing"]
            place = (billing["company"], billing["address_1"], billing["city"])
            return numbers.get("vat_number") == "DE811907980" and place == ("Ute GmbH", "Hafen 2", "Hamburg")

        return self._put(f"/customers/{customer['id']}", self._target(customer), act, is_set)

    def _change_email(self, taken: str | None = None) -> Case:
        customer = self.customer()
        email = taken or f"new{next(_NUMBERS)}@example.net"

        def is_set(now: Any) -> bool:
            return bool(now["email"] == now["billing"]["email"] == email)

        act = acts.ChangeEmail(email=email)
        return self._put(f"/customers/{customer['id']}", self._target(customer), act, is_set)

    def _create_subscription(self, plan: str | None = None) -> Case:
        customer = self.customer()
        act = acts.CreateSubscription(plan_id=plan or self._product("CLUB-M"), quantity=2)

        def begun() -> int:
            listed = self.ask("GET", "/subscriptions", customer=customer["id"])
            assert len(self.ask("GET", "/orders", customer=customer["id"])) <= 1, "one first order at most"
            return sum(one["line_items"][0]["quantity"] == 2 for one in listed)

        return Case(self._target(customer), act, begun, f"{_API}/orders/*/subscriptions")

    def _turned(self, verb: Verb, found: Mapping[str, Any]) -> Case:
        """A verb on a subscription."""
        act, is_reached = {
            Verb.CHANGE_PLAN: (
                acts.ChangePlan(plan_id=self._product("PASS-Y"), is_prorated=False),
                lambda now: (now["billing_period"], now["total"]) == ("year", "240.00"),
            ),
            Verb.PAUSE_SUBSCRIPTION: (
                acts.PauseSubscription(),
                lambda now: (now["status"], now["suspension_count"]) == ("on-hold", 1),
            ),
            Verb.RESUME_SUBSCRIPTION: (
                acts.ResumeSubscription(),
                lambda now: now["status"] == "active" and found["status"] != "active",
            ),
            Verb.CANCEL_SUBSCRIPTION: (
                acts.CancelSubscription(at_period_end=True),
                lambda now: (now["status"], now["end_date_gmt"]) == ("pending-cancel", "2027-01-15T00:00:00"),
            ),
        }[verb]
        return self._put(f"/subscriptions/{found['id']}", self._target(found), act, is_reached)

    def _change_plan(self) -> Case:
        return self._turned(Verb.CHANGE_PLAN, self.subscription("active"))

    def _pause_subscription(self) -> Case:
        return self._turned(Verb.PAUSE_SUBSCRIPTION, self.subscription("active"))

    def _resume_subscription(self) -> Case:
        return self._turned(Verb.RESUME_SUBSCRIPTION, self.subscription("on-hold"))

    def _cancel_subscription(self) -> Case:
        return self._turned(Verb.CANCEL_SUBSCRIPTION, self.subscription("active"))
