"""Look up: what an agent types, and the one page that answers it."""

from datetime import timedelta
from pathlib import Path

import pytest

from billing import clock
from tests.dashboards.conftest import Open, texts


def test_an_empty_search_says_what_can_be_typed(open_app: Open) -> None:
    app = open_app()
    assert "Type an e-mail address" in texts(app)
    assert "Maria" not in texts(app)


@pytest.mark.parametrize(
    ("typed", "claim"),
    [
        ("maria@example.com", "matched by e-mail"),
        ("  MARIA@example.com ", "matched by e-mail"),
        ("cus_maria", "exact"),
        ("ch_renewal", "exact"),
        ("pi_ch_renewal", "exact"),
        ("re_maria", "exact"),
        ("sub_maria", "exact"),
        ("lampa-0002", "exact"),
        ("Kowalska", "matched by name"),
    ],
)
def test_one_answer_is_shown_whole_with_how_it_was_matched(open_app: Open, typed: str, claim: str) -> None:
    said = texts(open_app(q=typed))
    assert "### Maria Kowalska" in said
    assert claim in said


def test_the_page_says_who_what_is_wrong_and_what_they_have(open_app: Open) -> None:
    app = open_app(q="maria@example.com")
    said = texts(app)
    assert "Past due 49.00 EUR since 12 Nov 2026" in app.error[0].value.replace("\\", "")
    assert "insufficient funds" in app.error[0].value
    assert "Pro monthly" in said
    assert "renews 12 Dec 2026" in said
    assert "**78.00** :small[:gray[EUR]]" in said
    assert "2 charges, 20.00 EUR refunded" in said
    assert "PL5252344078" in said
    assert ":gray-badge[20.00 EUR refunded]" in said
    assert "29.00 EUR refundable" in said
    assert "invoice LAMPA-0002" in said
    assert [tab.label for tab in app.tabs] == [
        "Charges 3",
        "Invoices 3",
        "Disputes 0",
        "Documents 0",
        "Timeline 3",
    ]
    invoices = app.dataframe[0].value
    assert list(invoices["Number"]) == ["LAMPA-0003", "LAMPA-0002", "LAMPA-0001"]
    assert list(invoices["Due"]) == ["49.00 EUR", "0.00 EUR", "0.00 EUR"]


def test_charges_come_newest_first_and_only_what_is_refundable_has_a_button(open_app: Open) -> None:
    app = open_app(q="maria@example.com")
    assert [b.key for b in app.button if b.label == "Refund…"] == [
        "refund-stripe:stripe_eu:ch_renewal",
        "refund-stripe:stripe_eu:ch_first",
    ]


def test_a_role_that_may_not_refund_has_no_button(open_app: Open) -> None:
    app = open_app("chen", q="maria@example.com")
    assert "Maria Kowalska" in texts(app)
    assert not [b for b in app.button if b.label == "Refund…"]


def test_several_answers_are_a_list_to_choose_from(open_app: Open) -> None:
    app = open_app(q="mar")
    assert "2 customers" in texts(app)
    app.button(key="open-stripe:stripe_eu:cus_mario").click().run()
    assert "### Mario *Bold* Rossi" in texts(app)
    assert app.query_params["customer"] == "stripe:stripe_eu:cus_mario"


def test_a_new_search_leaves_the_open_customer(open_app: Open) -> None:
    app = open_app(q="mar", customer="stripe:stripe_eu:cus_mario")
    assert "### Mario" in texts(app)
    app.text_input(key="q").set_value("kenji@example.com").run()
    assert "### Kenji Sato" in texts(app)
    assert "customer" not in app.query_params


def test_a_link_alone_opens_a_customer(open_app: Open) -> None:
    said = texts(open_app(customer="stripe:stripe_eu:cus_kenji"))
    assert "### Kenji Sato" in said
    assert "**5,400** :small[:gray[JPY]]" in said


def test_a_dispute_is_told_before_anything_else(open_app: Open) -> None:
    app = open_app(q="kenji@example.com")
    assert "Dispute of 5,400 JPY needs a response" in app.error[0].value.replace("\\", "")
    assert "due by 1 Dec 2026" in app.error[0].value


@pytest.mark.parametrize("typed", ["guest@example.com", "ch_guest"])
def test_a_guest_is_shown_with_their_charges(open_app: Open, typed: str) -> None:
    said = texts(open_app(q=typed))
    assert "guest" in said
    assert "Desk lamp" in said
    assert "**12.500** :small[:gray[KWD]]" in said


def test_what_a_customer_wrote_is_never_markup(open_app: Open) -> None:
    raw = "\n".join(element.value for element in open_app(q="guest@example.com").markdown)
    assert r"\[x\]\(" in raw
    assert "https://evil" not in raw
    assert "evil" in raw
    assert r"\$1\$" in raw


@pytest.mark.parametrize("typed", ["nobody@example.com", "ch_999999", "'; drop table charges", "%", "_"])
def test_nobody_is_said_in_words(open_app: Open, typed: str) -> None:
    app = open_app(q=typed)
    assert "Nobody matches" in texts(app)
    assert not app.exception


def test_an_unknown_customer_in_a_link_is_said(open_app: Open) -> None:
    app = open_app(customer="stripe:stripe_eu:cus_nobody")
    assert "No customer" in app.error[0].value


def test_as_of_turns_amber_after_an_hour(open_app: Open) -> None:
    def badge() -> str:
        return next(m.value for m in open_app(q="maria@example.com").markdown if "as of" in m.value)

    assert badge().startswith(":gray-badge[")
    later = clock.now() + timedelta(minutes=61)
    try:
        clock.replace(lambda: later)
        assert badge().startswith(":orange-badge[")
        assert "1 h ago" in badge()
    finally:
        clock.replace(None)


def test_nothing_published_yet_is_said(open_app: Open, config_path: Path) -> None:
    (config_path.parent / "warehouse" / "CURRENT").unlink()
    app = open_app(q="maria@example.com")
    assert "Nothing is published yet" in app.info[0].value
