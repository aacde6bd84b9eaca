"""Stripe's counter: objects are made by the official SDK."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import stripe

from actions import acts
from billing.ids import GatewayRef
from billing.money import Money
from billing.verbs import Verb
from tests.actions.counters import Case
from tests.conftest import Sandbox

EUR_20 = Money(2000, "EUR")


class Counter:
    """The account stripe_eu of a sandbox."""

    account = "stripe_eu"

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._url = f"{sandbox.url}/stripe"
        self.sdk = stripe.StripeClient("sk_test_sandbox_eu", base_addresses={"api": self._url})

    def settings(self) -> Mapping[str, Any]:
        return {
            "account": self.account,
            "title": "Stripe Europe",
            "secret_key": "sk_test_sandbox_eu",
            "base_url": self._url,
            "requests_per_second": 100,
        }

    def case(self, verb: Verb) -> Case:
        prepared: Case = getattr(self, f"_{verb.value}")()
        return prepared

    def refused(self, verb: Verb) -> Case | None:
        match verb:
            case Verb.REFUND:
                return self._refund_of(str(self._intent(capture_method="manual").latest_charge))
            case Verb.VOID | Verb.CAPTURE:
                return self._of_intent(self._intent(), acts.Void() if verb is Verb.VOID else acts.Capture())
            case Verb.CANCEL_SUBSCRIPTION | Verb.CHANGE_PLAN | Verb.PAUSE_SUBSCRIPTION | Verb.APPLY_COUPON:
                case = self.case(verb)
                self.sdk.v1.subscriptions.cancel(case.target.id)
                return case
            case Verb.RESUME_SUBSCRIPTION:
                return self._of_subscription(self._subscription(), acts.ResumeSubscription(), lambda _: False)
            case Verb.MARK_UNCOLLECTIBLE | Verb.RETRY_PAYMENT:
                case = self.case(verb)
                self.sdk.v1.invoices.void_invoice(case.target.id)
                return case
            case Verb.ACCEPT_DISPUTE | Verb.SUBMIT_EVIDENCE:
                case = self.case(verb)
                self.sdk.v1.disputes.close(case.target.id)
                return Case(case.target, case.act, lambda: 0, case.path)
        return None

    def _intent(self, **more: Any) -> stripe.PaymentIntent:
        params = {
            "amount": 4900,
            "currency": "eur",
            "payment_method": "pm_card_visa",
            "confirm": True,
            **more,
        }
        return self.sdk.v1.payment_intents.create(params)  # type: ignore[arg-type] - plain parameters

    def _refund(self) -> Case:
        return self._refund_of(str(self._intent().latest_charge))

    def _refund_of(self, charge: str) -> Case:
        return Case(
            GatewayRef("stripe", self.account, charge),
            acts.Refund(amount=EUR_20),
            lambda: len(self.sdk.v1.refunds.list({"charge": charge, "limit": 100}).data),
            "/stripe/v1/refunds",
        )

    def _void(self) -> Case:
        return self._of_intent(self._intent(capture_method="manual"), acts.Void())

    def _capture(self) -> Case:
        return self._of_intent(self._intent(capture_method="manual"), acts.Capture(amount=EUR_20))

    def _of_intent(self, intent: stripe.PaymentIntent, act: acts.Void | acts.Capture) -> Case:
        def count() -> int:
            now = self.sdk.v1.payment_intents.retrieve(intent.id)
            if isinstance(act, acts.Void):
                return int(now.status == "canceled")
            return int(now.amount_received == EUR_20.minor)

        step = "cancel" if isinstance(act, acts.Void) else "capture"
        path = f"/stripe/v1/payment_intents/{intent.id}/{step}"
        return Case(GatewayRef("stripe", self.account, str(intent.latest_charge)), act, count, path)

    def _send_receipt(self) -> Case:
        charge = str(self._intent().latest_charge)

        def count() -> int:
            return int(self.sdk.v1.charges.retrieve(charge).receipt_email == "new@example.com")

        path = f"/stripe/v1/charges/{charge}"
        return self._case(charge, acts.SendReceipt(to="new@example.com"), count, path)

    def _customer(self) -> stripe.Customer:
        customer = self.sdk.v1.customers.create(
            {"email": "maria@example.com", "payment_method": "pm_card_visa"}
        )
        return customer

    def _authorize(self) -> Case:
        return self._payment(acts.Authorize(amount=EUR_20, description="Deposit"), "requires_capture")

    def _charge(self) -> Case:
        return self._payment(acts.Charge(amount=EUR_20, description="Extra hour"), "succeeded")

    def _payment(self, act: acts.Authorize | acts.Charge, status: str) -> Case:
        customer = self._customer().id

        def count() -> int:
            made = self.sdk.v1.payment_intents.list({"customer": customer}).data
            return sum(intent.status == status and intent.amount == EUR_20.minor for intent in made)

        return self._case(customer, act, count, "/stripe/v1/payment_intents")

    def _request_payment(self) -> Case:
        customer = self._customer().id
        act = acts.RequestPayment(amount=EUR_20, description="Extra hour")

        def count() -> int:
            return len(self.sdk.v1.checkout.sessions.list({"customer": customer}).data)

        return self._case(customer, act, count, "/stripe/v1/checkout/sessions")

    def _card_update_link(self) -> Case:
        path = "/stripe/v1/billing_portal/sessions"

        def made() -> int:
            return sum(one["status"] == 200 for one in self._sandbox.control(f"requests?prefix={path}"))

        before = made()
        case = self._case(self._customer().id, acts.CardUpdateLink(), lambda: made() - before, path)
        return replace(case, is_findable=False)

    def _set_tax_details(self) -> Case:
        customer = self._customer().id
        address = acts.Address(line1="Lindenallee 1", postal_code="10115", city="Berlin", country="DE")
        act = acts.SetTaxDetails(tax_id="DE811907980", company="Lampa GmbH", address=address)

        def count() -> int:
            ids = self.sdk.v1.customers.tax_ids.list(customer).data
            name = self.sdk.v1.customers.retrieve(customer).name
            return sum(one.value == "DE811907980" for one in ids) if name == "Lampa GmbH" else 0

        return self._case(customer, act, count, f"/stripe/v1/customers/{customer}/tax_ids")

    def _change_email(self) -> Case:
        customer = self._customer().id

        def count() -> int:
            return int(self.sdk.v1.customers.retrieve(customer).email == "new@example.com")

        act = acts.ChangeEmail(email="new@example.com")
        return self._case(customer, act, count, f"/stripe/v1/customers/{customer}")

    def _create_subscription(self) -> Case:
        customer = self._customer().id
        act = acts.CreateSubscription(plan_id=self._prices()[0], quantity=2)

        def count() -> int:
            return len(self.sdk.v1.subscriptions.list({"customer": customer}).data)

        return self._case(customer, act, count, "/stripe/v1/subscriptions")

    def _prices(self) -> list[str]:
        """Monthly prices in EUR, of different plans."""
        found = self.sdk.v1.prices.list({"limit": 100, "currency": "eur"}).data
        return [one.id for one in found if one.recurring and one.recurring.interval == "month"]

    def _subscription(self, customer: str | None = None) -> str:
        params: Any = {"customer": customer or self._customer().id, "items": [{"price": self._prices()[0]}]}
        return self.sdk.v1.subscriptions.create(params).id

    def _of_subscription(
        self,
        subscription: str,
        act: acts.Act,
        is_so: Callable[[stripe.Subscription], bool],
        method: str = "POST",
    ) -> Case:
        def count() -> int:
            return int(is_so(self.sdk.v1.subscriptions.retrieve(subscription)))

        path = f"/stripe/v1/subscriptions/{subscription}"
        return replace(self._case(subscription, act, count, path), method=method)

    def _change_plan(self) -> Case:
        other = self._prices()[1]
        act = acts.ChangePlan(plan_id=other)
        return self._of_subscription(
            self._subscription(), act, lambda sub: _item(sub)["price"]["id"] == other
        )

    def _pause_subscription(self) -> Case:
        act = acts.PauseSubscription()
        return self._of_subscription(self._subscription(), act, lambda sub: sub.pause_collection is not None)

    def _resume_subscription(self) -> Case:
        subscription = self._subscription()
        params: Any = {"cancel_at_period_end": True, "pause_collection": {"behavior": "void"}}
        self.sdk.v1.subscriptions.update(subscription, params)
        return self._of_subscription(
            subscription,
            acts.ResumeSubscription(),
            lambda sub: sub.pause_collection is None and not sub.cancel_at_period_end,
        )

    def _cancel_subscription(self) -> Case:
        act = acts.CancelSubscription(at_period_end=False)
        return self._of_subscription(
            self._subscription(), act, lambda sub: sub.status == "canceled", "DELETE"
        )

    def _coupon(self) -> str:
        return self.sdk.v1.coupons.create({"percent_off": 10, "duration": "forever"}).id

    def _apply_coupon(self) -> Case:
        act = acts.ApplyCoupon(coupon_id=self._coupon())
        return self._of_subscription(self._subscription(), act, lambda sub: bool(sub.discounts))

    def _remove_coupon(self) -> Case:
        subscription = self._subscription()
        params: Any = {"discounts": [{"coupon": self._coupon()}]}
        self.sdk.v1.subscriptions.update(subscription, params)
        return self._of_subscription(subscription, acts.RemoveCoupon(), lambda sub: not sub.discounts)

    def _invoice(self, *, is_paid: bool) -> str:
        """A paid invoice, or one whose payment was declined once and would go through now."""
        customer = self._customer().id
        if not is_paid:
            self.sdk.v1.payment_methods.attach("pm_card_chargeCustomerFail", {"customer": customer})
        invoice = str(self.sdk.v1.subscriptions.retrieve(self._subscription(customer)).latest_invoice)
        if not is_paid:
            self.sdk.v1.payment_methods.attach("pm_card_visa", {"customer": customer})
        return invoice

    def _send_invoice(self) -> Case:
        invoice = self._invoice(is_paid=True)

        def count() -> int:
            sent = self.sdk.v1.events.list({"type": "invoice.sent", "limit": 100}).data
            return sum(event.data.object["id"] == invoice for event in sent)

        path = f"/stripe/v1/invoices/{invoice}/send"
        return self._case(invoice, acts.SendInvoice(), count, path)

    def _mark_uncollectible(self) -> Case:
        return self._of_invoice(acts.MarkUncollectible(), "mark_uncollectible", "uncollectible")

    def _retry_payment(self) -> Case:
        return self._of_invoice(acts.RetryPayment(), "pay", "paid")

    def _of_invoice(self, act: acts.Act, step: str, status: str) -> Case:
        invoice = self._invoice(is_paid=False)

        def count() -> int:
            return int(self.sdk.v1.invoices.retrieve(invoice).status == status)

        return self._case(invoice, act, count, f"/stripe/v1/invoices/{invoice}/{step}")

    def _dispute(self) -> str:
        charge = str(self._intent(payment_method="pm_card_createDispute").latest_charge)
        return self.sdk.v1.disputes.list({"charge": charge}).data[0].id

    def _accept_dispute(self) -> Case:
        dispute = self._dispute()

        def count() -> int:
            return int(self.sdk.v1.disputes.retrieve(dispute).status == "lost")

        return self._case(dispute, acts.AcceptDispute(), count, f"/stripe/v1/disputes/{dispute}/close")

    def _submit_evidence(self) -> Case:
        dispute = self._dispute()

        def count() -> int:
            return self.sdk.v1.disputes.retrieve(dispute).evidence_details.submission_count

        act = acts.SubmitEvidence(text="The customer used the service on 12 May; see the log.")
        return self._case(dispute, act, count, f"/stripe/v1/disputes/{dispute}")

    def _case(self, id: str, act: acts.Act, count: Callable[[], int], path: str) -> Case:
        return Case(GatewayRef("stripe", self.account, id), act, count, path)


def _item(sub: stripe.Subscription) -> Any:
    return sub.to_dict()["items"]["data"][0]
