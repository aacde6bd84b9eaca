"""Braintree's counter: objects are made by the official SDK over its own transport, effects counted by it."""

from collections.abc import Callable, Mapping
from typing import Any

import braintree
from braintree import Subscription, Transaction

from actions import acts
from billing.ids import GatewayRef
from billing.money import Money
from billing.verbs import Verb
from tests.actions.counters import Case
from tests.conftest import Sandbox

EUR_20 = Money(2000, "EUR")
KEYS = {
    "merchant_id": "bt_sandbox_merchant",
    "public_key": "bt_sandbox_public",
    "private_key": "bt_sandbox_private",
}
TEXT = "The licence was delivered on 3 March; the log of downloads is quoted below."
PLAN, CHEAPER = "pro_month_eur", "basic_month_eur"


class Counter:
    """The account braintree_main of a sandbox."""

    account = "braintree_main"

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._url = f"{sandbox.url}/braintree"
        self.sdk = braintree.BraintreeGateway(braintree.Configuration(environment=_Place(self._url), **KEYS))
        self._path = f"/braintree/merchants/{KEYS['merchant_id']}"

    def settings(self) -> Mapping[str, Any]:
        return {
            "account": self.account,
            "title": "Braintree",
            **KEYS,
            "base_url": self._url,
            "requests_per_second": 100,
        }

    def case(self, verb: Verb) -> Case:
        prepared: Case = getattr(self, f"_{verb.value}")()
        return prepared

    def refused(self, verb: Verb) -> Case | None:
        match verb:
            case Verb.REFUND:
                return self._refund_of(self.sale())  # not settled yet
            case Verb.VOID:
                return self._void_of(self.sale(is_settled=True))
            case Verb.CAPTURE:
                return self._capture_of(self.sale())
            case Verb.CHARGE | Verb.AUTHORIZE:
                return self._sold_to(self.customer(card=None), verb)
            case Verb.CREATE_SUBSCRIPTION:
                return self._subscribed(self.customer(card=None))
            case Verb.CHANGE_PLAN | Verb.CANCEL_SUBSCRIPTION | Verb.RETRY_PAYMENT | Verb.APPLY_COUPON:
                made = self.subscription()
                self.sdk.subscription.cancel(made.id)
                return self._changed(verb, made)
            case Verb.RESUME_SUBSCRIPTION | Verb.REMOVE_COUPON:
                return self._changed(verb, self.subscription())
            case Verb.ACCEPT_DISPUTE | Verb.SUBMIT_EVIDENCE:
                quarrel = self.dispute()
                self._sandbox.control("act", vendor="braintree", deed="decide", id=quarrel, outcome="lost")
                return self._answered(verb, quarrel)
        return None

    def customer(self, card: str | None = "fake-valid-nonce") -> Any:
        """Make a customer, with a card."""
        params: dict[str, Any] = {"first_name": "Anna", "last_name": "Novak", "email": "anna@example.com"}
        if card:
            params["payment_method_nonce"] = card
        return self.sdk.customer.create(params).customer

    def sale(self, *, is_settled: bool = False, submit: bool = True, **more: Any) -> Any:
        """Sell for 49.00 EUR."""
        params = {
            "amount": "49.00", "payment_method_nonce": "fake-valid-nonce",
            "options": {"submit_for_settlement": submit}, **more,
        }  # fmt: skip
        made = self.sdk.transaction.sale(params).transaction
        return self.sdk.testing.settle_transaction(made.id).transaction if is_settled else made

    def subscription(self, plan: str = PLAN, **more: Any) -> Any:
        """Begin a subscription whose first month is paid."""
        token = self.customer().credit_cards[0].token
        params = {"plan_id": plan, "payment_method_token": token, **more}
        return self.sdk.subscription.create(params).subscription

    def dispute(self) -> str:
        """Let a bank dispute a settled sale."""
        sale = self.sale(is_settled=True)
        made = self._sandbox.control(
            "act", vendor="braintree", deed="dispute", id=sale.id, reason="not_recognized"
        )
        return str(made["id"])

    def _case(self, id: str, act: Any, count: Callable[[], int], path: str, method: str = "PUT") -> Case:
        return Case(GatewayRef("braintree", self.account, id), act, count, self._path + path, method)

    def _refund(self) -> Case:
        return self._refund_of(self.sale(is_settled=True))

    def _refund_of(self, sale: Any) -> Case:
        return self._case(
            sale.id,
            acts.Refund(amount=EUR_20),
            lambda: len(self.sdk.transaction.find(sale.id).refund_ids),
            f"/transactions/{sale.id}/refund",
            "POST",
        )

    def _void(self) -> Case:
        return self._void_of(self.sale())

    def _void_of(self, sale: Any) -> Case:
        return self._case(
            sale.id,
            acts.Void(),
            lambda: self._history(sale.id).count("voided"),
            f"/transactions/{sale.id}/void",
        )

    def _capture(self) -> Case:
        return self._capture_of(self.sale(submit=False))

    def _capture_of(self, sale: Any) -> Case:
        def count() -> int:
            found = self.sdk.transaction.find(sale.id)
            return self._history(sale.id).count("submitted_for_settlement") * int(found.amount == 20)

        path = f"/transactions/{sale.id}/submit_for_settlement"
        return self._case(sale.id, acts.Capture(amount=EUR_20), count, path)

    def _history(self, id: str) -> list[str]:
        return [event.status for event in self.sdk.transaction.find(id).status_history]

    def _charge(self) -> Case:
        return self._sold_to(self.customer(), Verb.CHARGE)

    def _authorize(self) -> Case:
        return self._sold_to(self.customer(), Verb.AUTHORIZE)

    def _sold_to(self, customer: Any, verb: Verb) -> Case:
        kind = acts.Charge if verb is Verb.CHARGE else acts.Authorize
        wanted = (
            Transaction.Status.SubmittedForSettlement
            if verb is Verb.CHARGE
            else Transaction.Status.Authorized
        )

        def count() -> int:
            found = self.sdk.transaction.search(braintree.TransactionSearch.customer_id == customer.id)
            return sum(one.status == wanted and one.amount == 20 for one in found.items)

        act = kind(amount=EUR_20, description="Icons, made to order")
        return self._case(customer.id, act, count, "/transactions", "POST")

    def _change_email(self) -> Case:
        made, wanted = self.customer(), "anna.nova@example.com"
        return self._case(
            made.id,
            acts.ChangeEmail(email=wanted),
            lambda: int(self.sdk.customer.find(made.id).email == wanted),
            f"/customers/{made.id}",
        )

    def _create_subscription(self) -> Case:
        return self._subscribed(self.customer())

    def _subscribed(self, customer: Any) -> Case:
        tokens = [card.token for card in customer.credit_cards]

        def count() -> int:
            found = self.sdk.subscription.search(braintree.SubscriptionSearch.plan_id == PLAN)
            return sum(one.payment_method_token in tokens for one in found.items)

        act = acts.CreateSubscription(plan_id=PLAN, coupon_id="welcome5")
        return self._case(customer.id, act, count, "/subscriptions", "POST")

    def _change_plan(self) -> Case:
        return self._changed(Verb.CHANGE_PLAN, self.subscription())

    def _cancel_subscription(self) -> Case:
        return self._changed(Verb.CANCEL_SUBSCRIPTION, self.subscription())

    def _resume_subscription(self) -> Case:
        made = self.subscription()
        self.sdk.subscription.update(made.id, {"number_of_billing_cycles": 1})
        return self._changed(Verb.RESUME_SUBSCRIPTION, made)

    def _apply_coupon(self) -> Case:
        return self._changed(Verb.APPLY_COUPON, self.subscription())

    def _remove_coupon(self) -> Case:
        made = self.subscription(discounts={"add": [{"inherited_from_id": "loyal10"}]})
        return self._changed(Verb.REMOVE_COUPON, made)

    def _retry_payment(self) -> Case:
        made = self.subscription()
        self.sdk.testing.make_past_due(made.id)
        return self._changed(Verb.RETRY_PAYMENT, made)

    def _changed(self, verb: Verb, made: Any) -> Case:
        act, path, done = _CHANGES[verb]
        method = "POST" if verb is Verb.RETRY_PAYMENT else "PUT"
        was = int(done(self.sdk.subscription.find(made.id)))
        return self._case(
            made.id,
            act,
            lambda: int(done(self.sdk.subscription.find(made.id))) - was,
            path.format(id=made.id),
            method,
        )

    def _accept_dispute(self) -> Case:
        return self._answered(Verb.ACCEPT_DISPUTE, self.dispute())

    def _submit_evidence(self) -> Case:
        return self._answered(Verb.SUBMIT_EVIDENCE, self.dispute())

    def _answered(self, verb: Verb, id: str) -> Case:
        def count() -> int:
            found = self.sdk.dispute.find(id)
            if verb is Verb.ACCEPT_DISPUTE:
                return [event.status for event in found.status_history].count("accepted")
            sent = [piece for piece in found.evidence if piece.sent_to_processor_at]
            return sum(piece.comment == TEXT for piece in sent)

        if verb is Verb.ACCEPT_DISPUTE:
            return self._case(id, acts.AcceptDispute(), count, f"/disputes/{id}/accept")
        return self._case(id, acts.SubmitEvidence(text=TEXT), count, f"/disputes/{id}/finalize")


class _Place(braintree.Environment):  # type: ignore[misc] # the SDK has no types
    """The sandbox below its path /braintree."""

    def __init__(self, url: str) -> None:
        rest = url.removeprefix("http://")
        super().__init__("sandbox", rest, "", "", False, None)
        self._rest = rest

    @property
    def server_and_port(self) -> str:
        return self._rest


# Verb -> the act, the path of its request, how often it has taken effect on the subscription that is given.
_CHANGES: dict[Verb, tuple[Any, str, Callable[[Any], int]]] = {
    Verb.CHANGE_PLAN: (
        acts.ChangePlan(plan_id=CHEAPER),
        "/subscriptions/{id}",
        lambda one: int(one.plan_id == CHEAPER and one.price == 19),
    ),
    Verb.CANCEL_SUBSCRIPTION: (
        acts.CancelSubscription(at_period_end=False),
        "/subscriptions/{id}/cancel",
        lambda one: int(one.status == Subscription.Status.Canceled),
    ),
    Verb.RESUME_SUBSCRIPTION: (
        acts.ResumeSubscription(),
        "/subscriptions/{id}",
        lambda one: int(one.never_expires),
    ),
    Verb.APPLY_COUPON: (
        acts.ApplyCoupon(coupon_id="loyal10"),
        "/subscriptions/{id}",
        lambda one: [discount.id for discount in one.discounts].count("loyal10"),
    ),
    Verb.REMOVE_COUPON: (
        acts.RemoveCoupon(),
        "/subscriptions/{id}",
        lambda one: int(not one.discounts),
    ),
    Verb.RETRY_PAYMENT: (
        acts.RetryPayment(),
        "/transactions",
        lambda one: len(one.transactions),
    ),
}
