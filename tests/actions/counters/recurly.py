"""Recurly's counter: objects are made by plain HTTP, for its SDK cannot be pointed at a sandbox."""

import itertools
from collections.abc import Callable, Mapping
from typing import Any
from uuid import uuid4

import httpx

from actions import acts
from billing.ids import GatewayRef
from billing.money import Money
from billing.verbs import Verb
from tests.actions.counters import Case
from tests.conftest import Sandbox

EUR_20 = Money(2000, "EUR")
GOOD, BAD = "4111111111111111", "4000000000000002"
_codes = itertools.count(1)
Thing = dict[str, Any]


class Counter:
    """The site recurly_main of a sandbox."""

    account = "recurly_main"

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._url = f"{sandbox.url}/recurly"
        self.http = httpx.Client(
            base_url=self._url, auth=("recurly_sandbox_key", ""), timeout=30,
            headers={"accept": "application/vnd.recurly.v2021-02-25"},
        )  # fmt: skip

    def settings(self) -> Mapping[str, Any]:
        return {
            "account": self.account,
            "title": "Recurly",
            "api_key": "recurly_sandbox_key",
            "base_url": self._url,
            "requests_per_second": 200,
        }

    def case(self, verb: Verb) -> Case:
        prepared: Case = getattr(self, f"_{verb.value}")()
        return prepared

    def refused(self, verb: Verb) -> Case | None:
        match verb:
            case Verb.REFUND:
                return self._refund_of(self.held())
            case Verb.VOID | Verb.CAPTURE:
                taken = self.paid()["transactions"][0]
                act = acts.Void() if verb is Verb.VOID else acts.Capture()
                return self._of_charge(taken, act, "cancel/", lambda: 0)
            case Verb.AUTHORIZE | Verb.CHARGE:
                case, poor = self.case(verb), self.customer(card=None)
                return Case(self.ref(poor["id"]), case.act, lambda: 0, case.path)
            case (
                Verb.CREATE_SUBSCRIPTION
                | Verb.REQUEST_PAYMENT
                | Verb.CARD_UPDATE_LINK
                | Verb.SET_TAX_DETAILS
                | Verb.CHANGE_EMAIL
            ):
                return self._closed(self.case(verb))
            case Verb.RESUME_SUBSCRIPTION:
                act_ = acts.ResumeSubscription()
                return self._of_subscription(self.subscription(), act_, "resume", lambda _: False)
            case Verb.MARK_UNCOLLECTIBLE | Verb.RETRY_PAYMENT:
                case = self.case(verb)
                self.send("PUT", f"/invoices/{case.target.id}/mark_failed")
                return Case(case.target, case.act, lambda: 0, case.path, case.method)
            case _:
                case = self.case(verb)
                self.send("DELETE", f"/subscriptions/{case.target.id}?refund=none")
                return Case(case.target, case.act, lambda: 0, case.path, case.method)

    def send(self, method: str, path: str, body: Thing | None = None) -> Thing:
        answer = self.http.request(method, path, json=body)
        assert answer.is_success, answer.text
        found: Thing = answer.json()
        return found

    def every(self, path: str) -> list[Thing]:
        found: list[Thing] = self.send("GET", f"{path}{'&' if '?' in path else '?'}limit=200")["data"]
        return found

    def customer(self, card: str | None = GOOD, country: str = "DE") -> Thing:
        """An account; in Germany its purchases are taxed."""
        billing = {"billing_info": {"number": card}} if card else {}
        return self.send(
            "POST",
            "/accounts",
            {
                "code": f"c{next(_codes)}-{uuid4().hex[:8]}",
                "email": "maria@example.com",
                "address": {"street1": "Old Street 1", "city": "Berlin", "country": country},
                **billing,
            },
        )

    def paid(self, amount: str = "49.00", **more: Any) -> Thing:
        """A paid charge invoice of a new account, which pays no tax."""
        return self.bought(self.customer(country="AR"), amount, **more)

    def bought(self, account: Thing, amount: str = "49.00", **more: Any) -> Thing:
        invoice: Thing = self._basket("/purchases", account, amount, **more)["charge_invoice"]
        return invoice

    def held(self) -> Thing:
        """An authorization of 49.00 EUR."""
        made = self._basket("/purchases/authorize", self.customer(country="AR"), "49.00")
        [transaction] = made["charge_invoice"]["transactions"]
        return dict(transaction)

    def subscription(self, **more: Any) -> Thing:
        account = self.customer()
        wish = {"account": {"code": account["code"]}, "plan_code": "solo-monthly", "currency": "EUR", **more}
        return self.send("POST", "/subscriptions", wish)

    def coupon(self, resource: str = "subscription") -> Thing:
        return self.send(
            "POST",
            "/coupons",
            {
                "code": f"K{next(_codes)}{uuid4().hex[:6]}",
                "name": "Ten off",
                "discount_type": "percent",
                "discount_percent": 10,
                "redemption_resource": resource,
            },
        )

    def _basket(self, path: str, account: Thing, amount: str, **more: Any) -> Thing:
        item = {"type": "charge", "currency": "EUR", "unit_amount": float(amount), "description": "Kit"}
        body = {"currency": "EUR", "account": {"code": account["code"]}, "line_items": [item], **more}
        return self.send("POST", path, body)

    def ref(self, object_id: str) -> GatewayRef:
        return GatewayRef("recurly", self.account, object_id)

    def _closed(self, case: Case) -> Case:
        self.send("DELETE", f"/accounts/{case.target.id}")
        return case

    def _refund(self) -> Case:
        return self._refund_of(self.paid()["transactions"][0])

    def _refund_of(self, taken: Thing) -> Case:
        invoice = (taken["invoice"] or {}).get("id")

        def count() -> int:
            credits_ = self.every(f"/invoices/{invoice}/related_invoices") if invoice else []
            return sum(
                one["type"] == "refund" and one["status"] == "success" and one["amount"] == 20.0
                for credit in credits_
                for one in credit["transactions"]
            )

        act = acts.Refund(amount=EUR_20)
        return Case(self.ref(taken["id"]), act, count, f"/recurly/invoices/{invoice}/refund")

    def _void(self) -> Case:
        held = self.held()

        def count() -> int:
            return int(self.send("GET", f"/transactions/{held['id']}")["status"] == "void")

        return self._of_charge(held, acts.Void(), "cancel/", count)

    def _capture(self) -> Case:
        held = self.held()
        path = f"/accounts/{held['account']['id']}/transactions?type=capture"
        return self._of_charge(held, acts.Capture(), "capture", lambda: len(self.every(path)))

    def _of_charge(self, taken: Thing, act: acts.Act, step: str, count: Callable[[], int]) -> Case:
        return Case(self.ref(taken["id"]), act, count, f"/recurly/purchases/{taken['id']}/{step}")

    def _authorize(self) -> Case:
        act = acts.Authorize(amount=EUR_20, description="Deposit")
        return self._purchase(act, "authorization", "/recurly/purchases/authorize")

    def _charge(self) -> Case:
        act = acts.Charge(amount=EUR_20, description="Extra hour")
        return self._purchase(act, "purchase", "/recurly/purchases")

    def _purchase(self, act: acts.Act, kind: str, path: str) -> Case:
        account = self.customer()["id"]

        def count() -> int:
            made = self.every(f"/accounts/{account}/transactions?type={kind}")
            return sum(one["status"] == "success" and one["amount"] == 20.0 for one in made)

        return Case(self.ref(account), act, count, path)

    def _request_payment(self) -> Case:
        account = self.customer()["id"]
        act = acts.RequestPayment(amount=EUR_20, description="Extra hour")

        def count() -> int:
            made = self.every(f"/accounts/{account}/invoices?type=charge")
            return sum(one["collection_method"] == "manual" and one["total"] == 20.0 for one in made)

        return Case(self.ref(account), act, count, "/recurly/purchases")

    def _card_update_link(self) -> Case:
        """The page is there already and its address is put together from what is read: nothing is ever made."""
        path = "/recurly/sites"

        def read() -> int:
            return sum(one["status"] == 200 for one in self._sandbox.control(f"requests?prefix={path}"))

        before = read()
        account = self.customer()["id"]
        return Case(
            self.ref(account), acts.CardUpdateLink(), lambda: min(1, read() - before), path, method="GET"
        )

    def _set_tax_details(self) -> Case:
        address = acts.Address(line1="New Street 2", city="Wien", postal_code="1010", country="AT")
        act = acts.SetTaxDetails(tax_id="ATU12345678", company="Kowalska GmbH", address=address)

        def done(account: Thing) -> bool:
            found = (account["vat_number"], account["company"], account["address"]["street1"])
            return found == ("ATU12345678", "Kowalska GmbH", "New Street 2")

        return self._of_account(act, done)

    def _change_email(self) -> Case:
        return self._of_account(
            acts.ChangeEmail(email="new@example.com"), lambda one: one["email"] == "new@example.com"
        )

    def _of_account(self, act: acts.Act, done: Callable[[Thing], bool]) -> Case:
        account = self.customer()["id"]
        path = f"/accounts/{account}"
        return Case(
            self.ref(account), act, lambda: int(done(self.send("GET", path))), f"/recurly{path}", method="PUT"
        )

    def _create_subscription(self) -> Case:
        account = self.customer()["id"]
        plan = self.send("GET", "/plans/code-solo-monthly")["id"]
        path = f"/accounts/{account}/subscriptions"
        act = acts.CreateSubscription(plan_id=plan, quantity=2)
        return Case(self.ref(account), act, lambda: len(self.every(path)), "/recurly/subscriptions")

    def _change_plan(self) -> Case:
        plan = self.send("GET", "/plans/code-studio-monthly")["id"]
        act = acts.ChangePlan(plan_id=plan, quantity=3)

        def done(now: Thing) -> bool:
            return bool(now["plan"]["id"] == plan and now["quantity"] == 3)

        return self._of_subscription(self.subscription(), act, "change", done, method="POST")

    def _pause_subscription(self) -> Case:
        act = acts.PauseSubscription()
        return self._of_subscription(
            self.subscription(), act, "pause", lambda now: bool(now["remaining_pause_cycles"])
        )

    def _resume_subscription(self) -> Case:
        found = self.subscription()
        self.send("PUT", f"/subscriptions/{found['id']}/cancel")
        act = acts.ResumeSubscription()
        return self._of_subscription(found, act, "reactivate", lambda now: bool(now["state"] == "active"))

    def _cancel_subscription(self) -> Case:
        act = acts.CancelSubscription(at_period_end=True)
        return self._of_subscription(
            self.subscription(), act, "cancel", lambda now: bool(now["state"] == "canceled")
        )

    def _of_subscription(
        self, found: Thing, act: acts.Act, step: str, done: Callable[[Thing], bool], method: str = "PUT"
    ) -> Case:
        path = f"/subscriptions/{found['id']}"
        return Case(
            self.ref(found["id"]),
            act,
            lambda: int(done(self.send("GET", path))),
            f"/recurly{path}/{step}",
            method=method,
        )

    def _apply_coupon(self) -> Case:
        found, coupon = self.subscription(), self.coupon()
        path = f"/accounts/{found['account']['id']}/coupon_redemptions/active"

        def count() -> int:
            redeemed: list[Thing] = self.send("GET", path)["data"]
            return sum(one["subscription_id"] == found["id"] for one in redeemed)

        act = acts.ApplyCoupon(coupon_id=coupon["id"])
        return Case(self.ref(found["id"]), act, count, f"/recurly{path}")

    def _remove_coupon(self) -> Case:
        found, coupon = self.subscription(), self.coupon()
        account = f"/accounts/{found['account']['id']}/coupon_redemptions"
        wish = {"coupon_id": coupon["id"], "currency": "EUR", "subscription_id": found["id"]}
        made = self.send("POST", f"{account}/active", wish)
        path = f"/recurly/subscriptions/{found['id']}/coupon_redemptions/{made['id']}"

        def count() -> int:
            return sum(one["state"] == "inactive" for one in self.every(account))

        return Case(self.ref(found["id"]), acts.RemoveCoupon(), count, path, method="DELETE")

    def _mark_uncollectible(self) -> Case:
        return self._of_invoice(acts.MarkUncollectible(), "mark_failed", "failed")

    def _retry_payment(self) -> Case:
        return self._of_invoice(acts.RetryPayment(), "collect", "paid")

    def _of_invoice(self, act: acts.Act, step: str, state: str) -> Case:
        """An invoice that Recurly would collect by itself in five days."""
        path = f"/invoices/{self.paid(net_terms=5)['id']}"
        return Case(
            self.ref(path.rpartition("/")[2]),
            act,
            lambda: int(self.send("GET", path)["state"] == state),
            f"/recurly{path}/{step}",
            method="PUT",
        )
