"""The refund dialog: one sentence before, the outcome in words after, and the screen right at once."""

import pytest
from sqlalchemy import Engine
from streamlit.testing.v1 import AppTest

from billing.errors import OutcomeUnknown, Refused, Transient
from billing.money import Money
from billing.store import audit, transaction
from tests.dashboards.conftest import FakeStripe, Open, texts

RENEWAL = "refund-stripe:stripe_eu:ch_renewal"


def open_dialog(app: AppTest, key: str = RENEWAL) -> AppTest:
    return app.button(key=key).click().run()


def fill(app: AppTest, amount: str, reason: str | None = "duplicate", note: str = "") -> AppTest:
    next(i for i in app.text_input if i.label.startswith("Amount")).set_value(amount)
    next(i for i in app.text_input if i.label.startswith("Note")).set_value(note)
    next(i for i in app.text_input if i.label.startswith("Ticket")).set_value("8841")
    if reason:
        app.selectbox[0].set_value(reason)
    return app.run()


def confirm(app: AppTest) -> AppTest:
    return next(b for b in app.button if b.key and b.key.startswith("refund-now")).click().run()


def confirm_button(app: AppTest) -> tuple[str, bool]:
    button = next(b for b in app.button if b.key and b.key.startswith("refund-now"))
    return button.label, button.disabled


def types(engine: Engine) -> list[str]:
    with transaction(engine) as connection:
        return [entry["type"] for entry in audit.entries(connection)]


def test_a_sentence_says_what_will_happen(open_app: Open) -> None:
    app = open_dialog(open_app(q="maria@example.com"))
    said = texts(app)
    assert "49.00 EUR paid by Visa •4242, 29.00 EUR refundable now" in said
    assert (
        "**29.00 EUR** goes back to Visa •4242 through Stripe Europe; banks take 5 to 10 days. "
        "Nothing is left to refund after that. The invoice LAMPA-0002 stays paid." in said
    )
    assert confirm_button(app) == ("Refund 29.00 EUR", True)
    app = fill(app, "20.5")
    assert "**20.50 EUR** goes back" in texts(app)
    assert "8.50 EUR stays refundable" in texts(app)
    assert confirm_button(app) == ("Refund 20.50 EUR", False)


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("29.01", "more than what can still be refunded"),
        ("0", "more than zero"),
        ("-5", "more than zero"),
        ("5.001", "does not fit EUR"),
        ("1,000", "two ways"),
        ("all", "not an amount"),
        ("", "not an amount"),
        ("NaN", "not an amount"),
        ("1e1", "amount"),
    ],
)
def test_an_amount_that_is_none_is_said_and_cannot_be_confirmed(
    open_app: Open, typed: str, words: str
) -> None:
    app = fill(open_dialog(open_app(q="maria@example.com")), typed)
    assert words in texts(app)
    assert confirm_button(app) == ("Refund …", True)


def test_a_refund_is_made_recorded_and_shown_at_once(
    open_app: Open, stripe: FakeStripe, engine: Engine
) -> None:
    app = confirm(fill(open_dialog(open_app(q="maria@example.com")), "5", note="charged twice"))
    assert app.success[0].value.replace("\\", "").startswith("5.00 EUR refunded through Stripe.")
    said = texts(app)
    assert ":gray-badge[25.00 EUR refunded]" in said
    assert "24.00 EUR refundable" in said
    assert "2 charges, 25.00 EUR refunded" in said
    assert "**73.00** :small[:gray[EUR]]" in said
    assert stripe.charges["ch_renewal"] == (Money(4900, "EUR"), Money(2500, "EUR"))
    with transaction(engine) as connection:
        done, asked = audit.entries(connection)
    assert (asked["type"], done["type"]) == ("charge.refund.requested", "charge.refund.succeeded")
    assert (asked["actor"], asked["role"], asked["channel"]) == ("ana@lampa.example", "agent", "dashboard")
    assert (asked["reason"], asked["ticket"], asked["snapshot"]) == ("duplicate", "8841", "serve-1")
    assert asked["data"]["note"] == "charged twice"
    assert asked["data"]["before"] == {"amount_refunded": 2000}
    assert done["data"]["after"] == {"amount_refunded": 2500}
    assert not app.run().success  # told once


def test_a_whole_refund_leaves_no_button(open_app: Open) -> None:
    app = confirm(fill(open_dialog(open_app(q="maria@example.com")), "29"))
    assert RENEWAL not in [b.key for b in app.button]
    assert ":gray-badge[refunded]" in texts(app)


def test_keep_changes_nothing(open_app: Open, stripe: FakeStripe, engine: Engine) -> None:
    app = fill(open_dialog(open_app(q="maria@example.com")), "5")
    app.button(key="refund-keep").click().run()
    assert types(engine) == []
    assert not stripe.refunds


def test_what_policy_denies_is_said_in_the_dialog_and_recorded(
    open_app: Open, stripe: FakeStripe, engine: Engine
) -> None:
    app = fill(open_dialog(open_app(q="maria@example.com")), "5", reason="goodwill")
    confirm(app)
    assert "needs a note" in texts(app)
    assert types(engine) == ["charge.refund.denied"]
    assert not stripe.refunds
    app = confirm(fill(app, "5", reason="goodwill", note="a long outage"))
    assert "5.00 EUR refunded" in texts(app)


def test_a_charge_that_changed_meanwhile_must_be_confirmed_again(open_app: Open, stripe: FakeStripe) -> None:
    app = fill(open_dialog(open_app(q="maria@example.com")), "5")
    stripe.charges["ch_renewal"] = (Money(4900, "EUR"), Money(4500, "EUR"))
    confirm(app)
    assert "4.00 EUR is possible now, not 29.00 EUR" in texts(app)
    assert not stripe.refunds
    assert confirm_button(app)[0] == "Refund 4.00 EUR"


def test_the_dialog_opens_with_what_the_gateway_says_now(open_app: Open, stripe: FakeStripe) -> None:
    stripe.charges["ch_renewal"] = (Money(4900, "EUR"), Money(4900, "EUR"))
    app = open_dialog(open_app(q="maria@example.com"))
    assert "0.00 EUR refundable now" in texts(app)
    assert not [b for b in app.button if b.key and b.key.startswith("refund-now")]


def test_a_gateway_that_does_not_answer_is_said_when_the_dialog_opens(
    open_app: Open, stripe: FakeStripe
) -> None:
    stripe.read_error = Transient("Stripe: no connection.")
    app = open_dialog(open_app(q="maria@example.com"))
    assert "could not be read at the gateway just now" in texts(app)


def test_an_unknown_outcome_is_said_and_closes_the_charge_to_another_try(
    open_app: Open, stripe: FakeStripe, engine: Engine
) -> None:
    stripe.error = OutcomeUnknown("Stripe gave no clear answer.")
    app = confirm(fill(open_dialog(open_app(q="maria@example.com")), "5"))
    assert "We do not know yet whether the refund of 5.00 EUR went through" in texts(app)
    assert app.button(key=RENEWAL).disabled
    assert ":red-badge[5.00 EUR refund open]" in texts(app)
    assert types(engine) == ["charge.refund.unknown", "charge.refund.requested"]


def test_a_refusal_is_said_and_can_be_tried_anew(open_app: Open, stripe: FakeStripe) -> None:
    stripe.error = Refused("Stripe: the balance is too low.", "balance_insufficient")
    app = confirm(fill(open_dialog(open_app(q="maria@example.com")), "5"))
    assert "5.00 EUR was not refunded; nothing moved." in texts(app)
    stripe.error = None
    app = confirm(fill(open_dialog(app), "5"))
    assert "5.00 EUR refunded" in texts(app)


def test_yen_have_no_decimals_and_dinars_three(open_app: Open, stripe: FakeStripe) -> None:
    app = open_dialog(open_app(q="kenji@example.com"), "refund-stripe:stripe_eu:ch_kenji")
    assert next(i for i in app.text_input if i.label.startswith("Amount")).value == "5400"
    app = open_dialog(open_app("dora", q="guest@example.com"), "refund-stripe:stripe_eu:ch_guest")
    app = confirm(fill(app, "2.125"))
    assert "2.125 KWD refunded" in texts(app)
    assert "10.375 KWD refundable" in texts(app)
