"""What each verb asks for, and what is typed: an act, or a sentence; and one sentence of what every act will do."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from actions import acts, inputs
from actions.effects import effect
from actions.inputs import InputKind
from billing.errors import Terminal
from billing.money import Money
from billing.verbs import Verb

ROW = {
    "gateway": "stripe", "account": "eu", "customer_ref": "stripe:eu:cus_1", "currency": "EUR",
    "email": "a@b.example", "tax_id": None, "address_line1": "Road 1", "address_postal_code": "1",
    "address_city": "Town",
    "address_country": "de", "current_period_end_at": datetime(2026, 12, 12, tzinfo=UTC), "method_brand": "visa",
    "method_last4": "4242",
}  # fmt: skip
MOST = Money(2900, "EUR")


class Stock:
    """A reader that knows two plans, a coupon and the currencies of a customer."""

    def rows(self, query: str, params: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
        if "from products" in query:
            pro = {"product_id": "pro", "name": "Pro", "price_minor": 4900, "currency": "EUR"}
            return [pro, {"product_id": "free", "name": "Free", "price_minor": None, "currency": None}]
        if "from coupons" in query:
            return [{"coupon_id": "C20", "code": "C20", "name": None}]
        return [{"currency": "PLN"}, {"currency": "EUR"}]

    def close(self) -> None:
        """Nothing to let go of."""


TYPED: dict[Verb, dict[str, str]] = {
    Verb.REQUEST_PAYMENT: {"amount": "5", "currency": "PLN", "description": "Two lamps"},
    Verb.CHARGE: {"amount": "5", "currency": "PLN", "description": "Two lamps"},
    Verb.AUTHORIZE: {"amount": "5", "currency": "PLN", "description": "Two lamps"},
    Verb.CREATE_SUBSCRIPTION: {"plan": "pro", "trial_days": "14"},
    Verb.CHANGE_PLAN: {"plan": "pro"},
    Verb.APPLY_COUPON: {"coupon": "C20"},
    Verb.SUBMIT_EVIDENCE: {"text": "It was delivered."},
}


@pytest.mark.parametrize("verb", Verb)
def test_every_verb_can_be_typed_and_says_what_it_does(verb: Verb) -> None:
    asked = inputs.inputs(Stock(), verb, MOST, ROW)
    assert len({one.name for one in asked}) == len(asked)
    for one in asked:
        assert one.label
        if one.kind is InputKind.RADIO:
            assert one.value in {choice.key for choice in one.choices}
    typed = {one.name: one.value for one in asked} | TYPED.get(verb, {})
    act = inputs.read(verb, typed, MOST, ROW)
    assert act.verb is verb
    words = effect(act, MOST, ROW, "Stripe Europe")
    assert words.endswith(".")
    assert "**" not in words, "plain text; markup is the screen's"


@pytest.mark.parametrize(
    ("verb", "typed", "words"),
    [
        (Verb.REFUND, {"amount": "29.01"}, "more than what can still be refunded: 29.00 EUR"),
        (Verb.CAPTURE, {"amount": "30"}, "more than what is possible: 29.00 EUR"),
        (Verb.REFUND, {"amount": "0"}, "more than zero"),
        (Verb.REFUND, {}, "is not an amount"),
        (Verb.CHARGE, {"amount": "5", "currency": "EUR"}, "the customer reads it"),
        (Verb.CHARGE, {"amount": "5", "currency": "???", "description": "x"}, "currency"),
        (Verb.CHANGE_PLAN, {}, "Choose a plan"),
        (Verb.CHANGE_PLAN, {"plan": "pro", "quantity": "-1"}, "not a whole number"),
        (Verb.CHANGE_PLAN, {"plan": "pro", "quantity": "0"}, "quantity"),
        (Verb.CREATE_SUBSCRIPTION, {"plan": "pro", "trial_days": "²"}, "not a whole number"),
        (Verb.CANCEL_SUBSCRIPTION, {"when": "tomorrow"}, "when it is to end"),
        (Verb.APPLY_COUPON, {"coupon": " "}, "Choose a coupon"),
        (Verb.CHANGE_EMAIL, {"email": "nobody"}, "email"),
        (Verb.SUBMIT_EVIDENCE, {"text": " "}, "what the bank should know"),
        (Verb.SET_TAX_DETAILS, {"line1": "Road", "country": "Germany"}, "country"),
    ],
)
def test_what_is_missing_or_wrong_is_said(verb: Verb, typed: dict[str, str], words: str) -> None:
    with pytest.raises(Terminal, match=words):
        inputs.read(verb, typed, MOST, ROW)


def test_what_was_typed_is_what_is_done() -> None:
    plan = inputs.read(Verb.CHANGE_PLAN, {"plan": "pro", "plan_id": "own", "quantity": "3"}, None, ROW)
    assert plan == acts.ChangePlan(plan_id="own", quantity=3, is_prorated=False)
    tax = inputs.read(Verb.SET_TAX_DETAILS, {"tax_id": " DE1 ", "country": "de"}, None, ROW)
    assert tax == acts.SetTaxDetails(tax_id="DE1", company=None, address=None)
    cancel = inputs.read(Verb.CANCEL_SUBSCRIPTION, {"when": "later"}, None, ROW)
    assert cancel == acts.CancelSubscription(at_period_end=True)


def test_a_refunds_sentence_tells_what_is_left_and_of_the_invoice() -> None:
    paid = {"number": "LAMPA-0002", "status": "paid"}
    act = acts.Refund(amount=Money(2000, "EUR"))
    assert effect(act, MOST, ROW, "Stripe Europe", paid) == (
        "20.00 EUR goes back to Visa •4242 through Stripe Europe; banks take 5 to 10 days. "
        "9.00 EUR stays refundable. The invoice LAMPA-0002 stays paid."
    )
