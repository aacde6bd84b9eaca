"""PayPal's counter: objects are made by plain HTTP; what only a buyer can do is done by the sandbox's control."""

from collections.abc import Callable, Mapping
from typing import Any

import httpx

from actions import acts
from billing.ids import GatewayRef
from billing.money import Money
from billing.verbs import Verb
from tests.actions.counters import Case
from tests.conftest import Sandbox

EUR_20 = Money(2000, "EUR")
CLIENT = ("paypal_sandbox_client", "paypal_sandbox_secret")
PAYER = "PAYER23456789"


class Counter:
    """The account paypal_main of a sandbox."""

    account = "paypal_main"

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._url = f"{sandbox.url}/paypal"
        self.http = httpx.Client(
            base_url=self._url, headers={"Prefer": "return=representation"}, timeout=30
        )  # of the vendor's own API
        token = self.http.post(
            "/v1/oauth2/token", auth=CLIENT, data={"grant_type": "client_credentials"}
        ).json()["access_token"]
        self.http.headers["Authorization"] = f"Bearer {token}"

    def settings(self) -> Mapping[str, Any]:
        return {
            "account": self.account,
            "title": "PayPal",
            "client_id": CLIENT[0],
            "client_secret": CLIENT[1],
            "base_url": self._url,
            "requests_per_second": 100,
        }

    def case(self, verb: Verb) -> Case:
        prepared: Case = getattr(self, f"_{verb.value}")()
        return prepared

    def refused(self, verb: Verb) -> Case | None:
        match verb:
            case Verb.REFUND:
                return self._refund_of(self.authorization())
            case Verb.VOID | Verb.CAPTURE:
                act = acts.Void() if verb is Verb.VOID else acts.Capture()
                return self._of_authorization(self.capture(), act)
            case Verb.CHARGE | Verb.AUTHORIZE:
                return self._stored(verb, is_empty=True)
            case Verb.PAUSE_SUBSCRIPTION | Verb.CANCEL_SUBSCRIPTION | Verb.CHANGE_PLAN | Verb.RETRY_PAYMENT:
                return self._of_subscription(verb, self.subscription(is_ended=True))
            case Verb.RESUME_SUBSCRIPTION:
                return self._of_subscription(verb, self.subscription())
            case Verb.SEND_INVOICE:
                invoice = self.invoice()
                self.post(f"/v2/invoicing/invoices/{invoice}/payments", {"method": "CASH"})
                return self._of_invoice(invoice)
            case Verb.ACCEPT_DISPUTE | Verb.SUBMIT_EVIDENCE:
                dispute = self.dispute()
                self.post(f"/v1/customer/disputes/{dispute}/accept-claim", {"note": "Done by hand."})
                return self._of_dispute(verb, dispute)
        return None

    def get(self, path: str, **params: str) -> Any:
        answer = self.http.get(path, params=params)
        answer.raise_for_status()
        return answer.json()

    def post(self, path: str, body: Mapping[str, Any]) -> Any:
        answer = self.http.post(path, json=body)
        answer.raise_for_status()
        return answer.json() if answer.content else {}

    def deed(self, name: str, **args: Any) -> str:
        """Let a buyer do something; returns the id of what it is about, or a number."""
        return str(self._sandbox.control("act", vendor="paypal", deed=name, **args)["id"])

    def capture(self) -> str:
        """Sell something for 49.00 EUR."""
        order = self._order("CAPTURE")
        self.deed("approve_order", id=order)
        done = self.post(f"/v2/checkout/orders/{order}/capture", {})
        return str(done["purchase_units"][0]["payments"]["captures"][0]["id"])

    def authorization(self) -> str:
        """Reserve 49.00 EUR."""
        order = self._order("AUTHORIZE")
        self.deed("approve_order", id=order)
        done = self.post(f"/v2/checkout/orders/{order}/authorize", {})
        return str(done["purchase_units"][0]["payments"]["authorizations"][0]["id"])

    def subscription(self, *, is_ended: bool = False, is_due: bool = False) -> str:
        """Let somebody subscribe to the first plan; is_due: its second payment failed."""
        made = self.post("/v1/billing/subscriptions", {"plan_id": self.plans()[0]})
        self.deed("approve_subscription", id=made["id"])
        if is_due:
            self.deed("empty_purse", id=made["id"])
            self.deed("fill_purse", id=made["id"])
            self._tick()
        if is_ended:
            self.post(f"/v1/billing/subscriptions/{made['id']}/cancel", {"reason": "By hand."})
        return str(made["id"])

    def plans(self) -> list[str]:
        """The plans in EUR of one product."""
        found = [
            self.get(f"/v1/billing/plans/{plan['id']}")
            for plan in self.get("/v1/billing/plans", page_size="20")["plans"]
        ]
        in_eur = [plan for plan in found if _currency(plan) == "EUR" and len(plan["billing_cycles"]) == 1]
        return [plan["id"] for plan in in_eur if plan["product_id"] == in_eur[0]["product_id"]]

    def invoice(self) -> str:
        """Issue an invoice of 20.00 EUR."""
        item = {"name": "Print", "quantity": "1", "unit_amount": {"currency_code": "EUR", "value": "20.00"}}
        body = {
            "detail": {"currency_code": "EUR"},
            "primary_recipients": [{"billing_info": {"email_address": "bea@example.com"}}],
            "items": [item],
        }
        made = self.post("/v2/invoicing/invoices", body)["id"]
        self.post(f"/v2/invoicing/invoices/{made}/send", {"send_to_recipient": False})
        self._tick()
        return str(made)

    def dispute(self) -> str:
        """Let a buyer complain about a capture."""
        return self.deed("open_dispute", capture=self.capture())

    def ref(self, object_id: str) -> GatewayRef:
        return GatewayRef("paypal", self.account, object_id)

    def _tick(self) -> None:
        """PayPal's moments are whole seconds: what is done next must be later to be told apart."""
        self._sandbox.control("clock", advance_seconds=1)

    def _order(self, intent: str) -> str:
        unit = {"amount": {"currency_code": "EUR", "value": "49.00"}, "description": "Brand kit"}
        made = self.post("/v2/checkout/orders", {"intent": intent, "purchase_units": [unit]})
        return str(made["id"])

    def _refund(self) -> Case:
        return self._refund_of(self.capture())

    def _refund_of(self, charge: str) -> Case:
        def count() -> int:
            capture = self.http.get(f"/v2/payments/captures/{charge}")
            if capture.status_code == 404:  # the one that is refused is an authorization
                return 0
            order = capture.json()["supplementary_data"]["related_ids"]["order_id"]
            payments = self.get(f"/v2/checkout/orders/{order}")["purchase_units"][0]["payments"]
            return len(payments.get("refunds", []))

        path = f"/paypal/v2/payments/captures/{charge}/refund"
        return Case(self.ref(charge), acts.Refund(amount=EUR_20), count, path)

    def _void(self) -> Case:
        return self._of_authorization(self.authorization(), acts.Void())

    def _capture(self) -> Case:
        return self._of_authorization(self.authorization(), acts.Capture(amount=EUR_20))

    def _of_authorization(self, charge: str, act: acts.Void | acts.Capture) -> Case:
        def count() -> int:
            answer = self.http.get(f"/v2/payments/authorizations/{charge}")
            if answer.status_code == 404:  # the one that is refused is no authorization
                return 0
            if isinstance(act, acts.Void):
                return int(answer.json()["status"] == "VOIDED")
            order = answer.json()["supplementary_data"]["related_ids"]["order_id"]
            payments = self.get(f"/v2/checkout/orders/{order}")["purchase_units"][0]["payments"]
            return sum(one["amount"]["value"] == "20.00" for one in payments.get("captures", []))

        step = "void" if isinstance(act, acts.Void) else "capture"
        return Case(self.ref(charge), act, count, f"/paypal/v2/payments/authorizations/{charge}/{step}")

    def _charge(self) -> Case:
        return self._stored(Verb.CHARGE)

    def _authorize(self) -> Case:
        return self._stored(Verb.AUTHORIZE)

    def _stored(self, verb: Verb, *, is_empty: bool = False) -> Case:
        method, text = self.deed("vault", is_empty=is_empty), f"Print of {self.deed('vault')}"
        make = acts.Charge if verb is Verb.CHARGE else acts.Authorize
        kind = "CAPTURE.COMPLETED" if verb is Verb.CHARGE else "AUTHORIZATION.CREATED"

        def count() -> int:
            """Payments whose order has the text of this case."""
            found = self.get(
                "/v1/notifications/webhooks-events", event_type=f"PAYMENT.{kind}", page_size="300"
            )
            related = [
                event["resource"].get("supplementary_data", {"related_ids": {}}) for event in found["events"]
            ]
            orders = [one["related_ids"]["order_id"] for one in related if "order_id" in one["related_ids"]]
            units = [self.get(f"/v2/checkout/orders/{order}")["purchase_units"][0] for order in orders[:5]]
            return sum(unit["description"] == text for unit in units)

        act = make(amount=EUR_20, description=text, method_id=method)
        step = "capture" if verb is Verb.CHARGE else "authorize"
        return Case(self.ref(PAYER), act, count, f"/paypal/v2/checkout/orders/*/{step}")

    def _request_payment(self) -> Case:
        text = f"Workshop {self.deed('vault')}"

        def count() -> int:
            listed = self.get("/v2/invoicing/invoices", page_size="20")["items"]
            found = [self.get(f"/v2/invoicing/invoices/{one['id']}") for one in listed]
            return sum(one["items"][0]["name"] == text and one["status"] == "SENT" for one in found)

        act = acts.RequestPayment(amount=EUR_20, description=text)
        return Case(self.ref("bea@example.com"), act, count, "/paypal/v2/invoicing/invoices/*/send")

    def _create_subscription(self) -> Case:
        before = self._subscriptions()
        act = acts.CreateSubscription(plan_id=self.plans()[0])
        return Case(
            self.ref(PAYER), act, lambda: self._subscriptions() - before, "/paypal/v1/billing/subscriptions"
        )

    def _subscriptions(self) -> int:
        kind = "BILLING.SUBSCRIPTION.CREATED"
        found = self.get("/v1/notifications/webhooks-events", event_type=kind, page_size="300")
        return len(found["events"])

    def _pause_subscription(self) -> Case:
        return self._of_subscription(Verb.PAUSE_SUBSCRIPTION, self.subscription())

    def _resume_subscription(self) -> Case:
        subscription = self.subscription()
        self.post(f"/v1/billing/subscriptions/{subscription}/suspend", {"reason": "By hand."})
        return self._of_subscription(Verb.RESUME_SUBSCRIPTION, subscription)

    def _cancel_subscription(self) -> Case:
        return self._of_subscription(Verb.CANCEL_SUBSCRIPTION, self.subscription())

    def _change_plan(self) -> Case:
        return self._of_subscription(Verb.CHANGE_PLAN, self.subscription())

    def _retry_payment(self) -> Case:
        return self._of_subscription(Verb.RETRY_PAYMENT, self.subscription(is_due=True))

    def _of_subscription(self, verb: Verb, subscription: str) -> Case:
        path = f"/v1/billing/subscriptions/{subscription}"
        began_as = self.get(path)["status"]
        steps: dict[Verb, tuple[acts.Act, str, Callable[[Any], int]]] = {
            Verb.PAUSE_SUBSCRIPTION: (acts.PauseSubscription(), "suspend", _is("SUSPENDED", began_as)),
            Verb.RESUME_SUBSCRIPTION: (acts.ResumeSubscription(), "activate", _is("ACTIVE", began_as)),
            Verb.CANCEL_SUBSCRIPTION: (
                acts.CancelSubscription(at_period_end=False),
                "cancel",
                _is("CANCELLED", began_as),
            ),
            # What waits for the subscriber no object of the API shows.
            Verb.CHANGE_PLAN: (
                acts.ChangePlan(plan_id=self.plans()[-1]),
                "revise",
                lambda _now: int(self.deed("revisions", id=subscription)),
            ),
            Verb.RETRY_PAYMENT: (
                acts.RetryPayment(),
                "capture",
                lambda _now: self._payments(subscription) - 1,
            ),
        }
        act, step, count = steps[verb]
        return Case(
            self.ref(subscription),
            act,
            lambda: count(self.get(path)),
            f"/paypal{path}/{step}",
            is_findable=verb is not Verb.CHANGE_PLAN,
        )

    def _payments(self, subscription: str) -> int:
        bounds = {"start_time": "2020-01-01T00:00:00Z", "end_time": "2099-01-01T00:00:00Z"}
        told = self.get(f"/v1/billing/subscriptions/{subscription}/transactions", **bounds)
        return sum(one["status"] == "COMPLETED" for one in told["transactions"])

    def _send_invoice(self) -> Case:
        return self._of_invoice(self.invoice())

    def _of_invoice(self, invoice: str) -> Case:
        path = f"/v2/invoicing/invoices/{invoice}"
        before = self.get(path)["detail"]["metadata"]["last_sent_time"]

        def count() -> int:
            return int(self.get(path)["detail"]["metadata"]["last_sent_time"] != before)

        return Case(self.ref(invoice), acts.SendInvoice(), count, f"/paypal{path}/remind")

    def _accept_dispute(self) -> Case:
        return self._of_dispute(Verb.ACCEPT_DISPUTE, self.dispute())

    def _submit_evidence(self) -> Case:
        return self._of_dispute(Verb.SUBMIT_EVIDENCE, self.dispute())

    def _of_dispute(self, verb: Verb, dispute: str) -> Case:
        path = f"/v1/customer/disputes/{dispute}"
        if verb is Verb.ACCEPT_DISPUTE:
            began_as = self.get(path)["status"]

            def accepted() -> int:
                return int(self.get(path)["status"] == "RESOLVED" != began_as)

            return Case(self.ref(dispute), acts.AcceptDispute(), accepted, f"/paypal{path}/accept-claim")
        return Case(
            self.ref(dispute),
            acts.SubmitEvidence(text="It was delivered on 3 May; the log of downloads says so."),
            lambda: len(self.get(path).get("evidences", [])),
            f"/paypal{path}/provide-evidence",
        )


def _is(wanted: str, began_as: str) -> Callable[[Any], int]:
    return lambda now: int(now["status"] == wanted != began_as)


def _currency(plan: Any) -> str:
    return str(plan["billing_cycles"][-1]["pricing_scheme"]["fixed_price"]["currency_code"])
