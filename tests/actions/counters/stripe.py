"""Stripe's counter: objects are made by the official SDK."""

from collections.abc import Mapping
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
                charge = self._intent(capture_method="manual").latest_charge
                return self._refund_of(str(charge))
            case Verb.VOID | Verb.CAPTURE:
                intent = self._intent()
                return self._of_intent(intent, acts.Void() if verb is Verb.VOID else acts.Capture())
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
