"""What the panel shows: the ticket's requester and nobody else, what the role may do, and hostile text as text."""

import pytest

from billing.errors import Transient
from tests.portal.panel.conftest import FakeDesk, Open


def test_the_requesters_billing_is_shown(open_zendesk: Open) -> None:
    html = open_zendesk("1").view()
    assert "Maria Kowalska" in html
    assert "matched by e-mail" in html
    assert "Past due 49.00 EUR since 12 Nov 2026" in html
    assert "Visa •4242 declined on 12 Nov 2026: Your card has insufficient funds." in html
    assert "20.00 EUR refunded" in html
    assert "LAMPA-0002" in html
    assert "PL5252344078" in html
    assert "ana@lampa.example" in html


def test_a_stranger_is_never_shown(open_zendesk: Open) -> None:
    page = open_zendesk("1")
    answer = page.post("view", customer="stripe:stripe_eu:cus_kenji")
    assert answer.status_code == 404
    assert "Kenji" not in answer.text
    answer = page.post("form", verb="refund", ref="stripe:stripe_eu:ch_kenji")
    assert answer.status_code == 404
    assert "Kenji" not in open_zendesk("3").view()
    assert "Nobody is billed under nobody@example.com" in open_zendesk("3").view()
    assert "has no e-mail address" in open_zendesk("5").view()


def test_several_customers_can_be_switched_between(open_zendesk: Open) -> None:
    page = open_zendesk("6")
    html = page.view()
    assert "Maria Kowalska" in html, "who paid last is shown first"
    assert 'value="stripe:stripe_eu:cus_kenji"' in html
    assert "<h1>Kenji Sato</h1>" in page.view(customer="stripe:stripe_eu:cus_kenji")
    assert "<h1>Mario *Bold* Rossi</h1>" in page.view(customer="stripe:stripe_eu:cus_mario"), "same person"


def test_who_is_only_named_in_the_text_is_marked_so(open_zendesk: Open) -> None:
    html = open_zendesk("7").view()
    assert "Maria Kowalska" in html
    assert '<span class="pill bad">named in the text by id, not the sender&#39;s address</span>' in html
    form = open_zendesk("7").form("refund", "stripe:stripe_eu:ch_renewal")
    assert "I have confirmed that this is Maria Kowalska" in form


def test_a_guest_is_shown(open_zendesk: Open) -> None:
    html = open_zendesk("2").view()
    assert "12.500 <small>KWD</small>" in html
    assert "Desk lamp [x](https://evil.example) $1$" in html


def test_a_role_sees_what_it_may_do_and_no_more(open_zendesk: Open) -> None:
    html = open_zendesk("1", agent="11").view()
    assert 'data-verb="refund"' in html
    assert 'data-verb="cancel_subscription"' in html
    assert 'data-verb="pause_subscription"' not in html
    assert "This charge was never paid" in html
    html = open_zendesk("1", agent="12").view()
    assert "Maria Kowalska" in html
    assert "data-verb" not in html


def test_hostile_text_stays_text(open_zendesk: Open) -> None:
    html = open_zendesk("4").view()
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
    for markup in ("<script", "<img", "<b>DE1", "javascript:"):
        assert markup not in html
    assert "onerror=alert(1)&gt;" in html


def test_a_ticket_is_read_once_a_minute(open_zendesk: Open, desks: dict[str, FakeDesk]) -> None:
    page = open_zendesk("1")
    page.view()
    page.view()
    assert desks["zendesk"].asked == ["1"]


def test_a_helpdesk_that_does_not_answer_is_said(open_zendesk: Open, desks: dict[str, FakeDesk]) -> None:
    desks["zendesk"].error = Transient("Zendesk: no answer.")
    answer = open_zendesk("1").post("view")
    assert (answer.status_code, answer.json()) == (503, {"error": "Zendesk: no answer."})


def test_long_lists_are_cut_and_can_be_shown_whole(
    open_zendesk: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("portal.panel.reading.FEW", 2)
    page = open_zendesk("1")
    html = page.view()
    assert "All 3 charges" in html
    assert "12 Sep – 12 Oct" not in html
    assert "12 Sep – 12 Oct" in page.view(all=True)
