"""Acting from the panel: once, with a reason, on the record with its ticket, and by whom the role allows."""

import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Engine

from billing.errors import OutcomeUnknown, Refused
from billing.money import Money
from billing.vocabulary import ActionStatus
from tests.dashboards.conftest import FakeStripe
from tests.portal.panel.conftest import Open, Page, drafts_of, entries

RENEWAL, FIRST, SUB, MARIA = (
    f"stripe:stripe_eu:{name}" for name in ("ch_renewal", "ch_first", "sub_maria", "cus_maria")
)
WHY = {"reason": "not_used", "note": "", "confirmed": "on"}


def draft_of(page: Page, verb: str = "refund", ref: str = RENEWAL) -> str:
    [draft] = drafts_of(page.form(verb, ref))
    return draft


def test_a_form_says_what_will_happen(open_zendesk: Open) -> None:
    page = open_zendesk("1")
    html = page.form("refund", RENEWAL)
    assert re.search(r'name="amount" value="29.00"', html)
    assert (
        "29.00 EUR goes back to Visa •4242 through Stripe Europe; banks take 5 to 10 days. Nothing is left to "
        "refund after that. The invoice LAMPA-0002 stays paid." in html
    )
    assert ">Refund 29.00 EUR</button>" in html
    assert "I have confirmed that this is Maria Kowalska" in html
    [draft] = drafts_of(html)
    told = page.post("preview", draft=draft, values={"amount": "20.5"}).json()
    assert told["label"] == "Refund 20.50 EUR"
    assert "8.50 EUR stays refundable." in told["words"]
    told = page.post("preview", draft=draft, values={"amount": "30"}).json()
    assert (told["is_ready"], told["words"]) == (
        False,
        "30.00 EUR is more than what can still be refunded: 29.00 EUR.",
    )


def test_a_refund_is_made_once_recorded_with_its_ticket_and_shown_at_once(
    open_zendesk: Open, stripe: FakeStripe, engine: Engine
) -> None:
    page = open_zendesk("1")
    draft = draft_of(page)
    answer = page.act(draft, amount="5", **WHY).json()
    assert answer["status"] == "succeeded"
    assert "5.00 EUR refunded through Stripe." in answer["html"]
    assert "25.00 EUR refunded" in answer["html"]
    assert "<b>Ana</b>: 5.00 EUR refunded" in answer["html"]
    again = page.act(draft, amount="5", **WHY).json()
    assert again["status"] == "succeeded"
    assert len(stripe.refunds) == 1
    assert stripe.charges["ch_renewal"] == (Money(4900, "EUR"), Money(2500, "EUR"))
    confirmed, asked, done = entries(engine)
    assert [one["type"] for one in (confirmed, asked, done)] == [
        "customer.match.confirmed",
        "charge.refund.requested",
        "charge.refund.succeeded",
    ]
    assert {one["ticket"] for one in (confirmed, asked, done)} == {"zendesk:zendesk:1"}
    assert {one["actor"] for one in (confirmed, asked, done)} == {"ana@lampa.example"}
    assert {one["channel"] for one in (confirmed, asked, done)} == {"panel"}
    assert (asked["reason"], asked["snapshot"]) == ("not_used", "serve-1")
    assert confirmed["object_ref"] == MARIA


def test_ten_clicks_at_once_are_one_refund(open_zendesk: Open, stripe: FakeStripe) -> None:
    page = open_zendesk("1")
    draft = draft_of(page)
    with ThreadPoolExecutor(5) as pool:
        answers = list(pool.map(lambda _: page.act(draft, amount="5", **WHY), range(10)))
    assert {answer.status_code for answer in answers} == {200}
    assert len(stripe.refunds) == 1
    assert stripe.charges["ch_renewal"][1] == Money(2500, "EUR")


def test_who_the_customer_is_must_be_confirmed_first(
    open_zendesk: Open, stripe: FakeStripe, engine: Engine
) -> None:
    page = open_zendesk("1")
    draft = draft_of(page)
    answer = page.act(draft, amount="5", reason="not_used").json()
    assert "Confirm first that this is the customer" in answer["form"]
    assert stripe.refunds == {}
    assert entries(engine) == []
    assert page.act(draft, amount="5", **WHY).json()["status"] == "succeeded"
    assert "confirmed by ana@lampa.example" in page.view()
    html = page.form("refund", FIRST)
    assert "I have confirmed" not in html, "once a ticket is enough"
    assert "I have confirmed" in open_zendesk("6").form("refund", FIRST, customer=MARIA), "not on another one"


def test_a_reason_is_required(open_zendesk: Open, stripe: FakeStripe) -> None:
    page = open_zendesk("1")
    draft = draft_of(page)
    for reason in ("", "because", "too_expensive"):
        answer = page.act(draft, amount="5", reason=reason, confirmed="on").json()
        assert "This needs a reason." in answer["form"]
    answer = page.act(draft, amount="5", reason="goodwill", confirmed="on").json()
    assert "needs a note" in answer["form"]
    assert stripe.refunds == {}
    [fresh] = drafts_of(answer["form"])
    answer = page.act(fresh, amount="5", reason="goodwill", note="a long outage").json()
    assert answer["status"] == "succeeded"


def test_what_is_above_the_limit_waits_for_another_person(open_zendesk: Open, stripe: FakeStripe) -> None:
    page = open_zendesk("1")
    answer = page.act(draft_of(page, ref=FIRST), amount="49", **WHY).json()
    assert answer["status"] == ActionStatus.AWAITING_APPROVAL.value
    assert "Waits for approval" in answer["html"]
    assert "Another person has to approve it" in answer["html"]
    assert "the refund of 49.00 EUR: waits for approval" in answer["html"]
    assert stripe.refunds == {}


def test_a_role_may_not_more_by_asking_for_it(open_zendesk: Open, stripe: FakeStripe, engine: Engine) -> None:
    reader = open_zendesk("1", agent="12")
    answer = reader.post("form", verb="refund", ref=RENEWAL)
    assert (answer.status_code, answer.json()["error"]) == (403, "The role reader may not refund.")
    anas = draft_of(open_zendesk("1"))
    answer = reader.act(anas, amount="5", **WHY)
    assert answer.status_code == 401
    assert "by another agent" in answer.json()["error"]
    assert stripe.refunds == {}
    assert entries(engine) == []


def test_a_form_is_of_its_ticket_alone(open_zendesk: Open, stripe: FakeStripe) -> None:
    draft = draft_of(open_zendesk("1"))
    answer = open_zendesk("6").act(draft, amount="5", **WHY)
    assert answer.status_code == 401
    assert stripe.refunds == {}


def test_an_unknown_outcome_is_said_and_nothing_more_can_be_done(
    open_zendesk: Open, stripe: FakeStripe
) -> None:
    stripe.error = OutcomeUnknown("Stripe gave no clear answer.")
    page = open_zendesk("1")
    draft = draft_of(page)
    answer = page.act(draft, amount="5", **WHY).json()
    assert answer["status"] == "unknown"
    assert "We do not know yet whether the refund of 5.00 EUR went through" in answer["html"]
    assert "Another action on this has no outcome yet" in answer["html"]
    stripe.error = None
    assert page.act(draft, amount="5", **WHY).json()["status"] == "unknown", "it is never sent twice"
    assert stripe.refunds == {}


def test_a_refusal_is_said(open_zendesk: Open, stripe: FakeStripe) -> None:
    stripe.error = Refused("Stripe: the balance is too low.", "balance_insufficient")
    page = open_zendesk("1")
    answer = page.act(draft_of(page), amount="5", **WHY).json()
    assert answer["status"] == "failed"
    assert "5.00 EUR was not refunded; nothing moved." in answer["html"]


def test_a_charge_that_changed_meanwhile_is_confirmed_again(open_zendesk: Open, stripe: FakeStripe) -> None:
    page = open_zendesk("1")
    draft = draft_of(page)
    stripe.charges["ch_renewal"] = (Money(4900, "EUR"), Money(4500, "EUR"))
    answer = page.act(draft, amount="5", **WHY).json()
    assert "4.00 EUR is possible now, not 29.00 EUR" in answer["form"]
    [fresh] = drafts_of(answer["form"])
    assert page.act(fresh, amount="4", **WHY).json()["status"] == "succeeded"


def test_what_cannot_be_done_now_opens_no_form(open_zendesk: Open, stripe: FakeStripe) -> None:
    stripe.charges["ch_renewal"] = (Money(4900, "EUR"), Money(4900, "EUR"))
    html = open_zendesk("1").form("refund", RENEWAL)
    assert "All 49.00 EUR of this charge are refunded already." in html
    assert drafts_of(html) == []


@pytest.mark.parametrize(
    ("verb", "ref", "values", "words"),
    [
        ("cancel_subscription", SUB, {"when": "now", "reason": "too_expensive"}, "Subscription cancelled"),
    ],
)
def test_other_verbs_work_too(
    open_zendesk: Open, verb: str, ref: str, values: dict[str, str], words: str
) -> None:
    page = open_zendesk("1")
    answer = page.act(draft_of(page, verb, ref), confirmed="on", **values).json()
    assert answer["status"] == "succeeded", answer
    assert words in answer["html"]


@pytest.mark.parametrize(
    ("verb", "ref", "asks"),
    [
        ("change_plan", SUB, ["Pro (49.00 EUR)", 'name="is_prorated" value="on" checked', 'name="quantity"']),
        ("change_email", MARIA, ['name="email" value="maria@example.com"']),
        ("request_payment", MARIA, ['value="EUR" selected', 'name="description"']),
        ("cancel_subscription", SUB, ["With the period that is paid (12 Dec 2026)", 'type="radio"']),
    ],
)
def test_each_verb_asks_for_what_it_needs(
    open_zendesk: Open,
    stripe: FakeStripe,
    verb: str,
    ref: str,
    asks: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from actions import live

    monkeypatch.setattr(stripe, "read", lambda kind, object_id: live.Live(kind, object_id, "known"))
    html = open_zendesk("1").form(verb, ref)
    for words in asks:
        assert words in html


def test_a_verb_that_is_none_or_does_not_fit_is_refused(open_zendesk: Open) -> None:
    page = open_zendesk("1")
    assert page.post("form", verb="steal", ref=RENEWAL).status_code == 400
    assert page.post("form", verb="refund", ref=SUB).status_code == 404
    assert page.post("form", verb="refund", ref="stripe:stripe_eu:ch_none").status_code == 404
    assert page.post("form", verb=["refund"], ref={}).status_code == 400


def test_a_note_for_colleagues_is_recorded_with_its_ticket(open_zendesk: Open, engine: Engine) -> None:
    page = open_zendesk("1")
    answer = page.post("note", text="Called back, <b>calm</b> again.")
    assert "noted: Called back, &lt;b&gt;calm&lt;/b&gt; again." in answer.json()["html"]
    [entry] = entries(engine)
    assert (entry["type"], entry["ticket"], entry["object_ref"]) == (
        "customer.note.added",
        "zendesk:zendesk:1",
        MARIA,
    )
    assert page.post("note", text=" ").status_code == 403
    assert page.post("note", text="x", customer="stripe:stripe_eu:cus_kenji").status_code == 404
    reader = open_zendesk("1", agent="12")
    assert "Add a note" not in reader.view()
    assert reader.post("note", text="x").status_code == 403
