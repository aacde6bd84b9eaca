"""The same person's other customers: how they were matched, a switch, links and unlinks on the record."""

import pytest
from sqlalchemy import Engine

from billing.store import audit, people, transaction
from tests.dashboards.conftest import Open, texts

MARIA, MARIO, KENJI = (f"stripe:stripe_eu:cus_{name}" for name in ("maria", "mario", "kenji"))


def test_others_are_shown_with_how_they_were_matched_and_can_be_opened(open_app: Open) -> None:
    app = open_app(q="maria@example.com")
    said = texts(app)
    assert "Also the same person" in said
    assert ":orange-badge[matched by e-mail]" in said
    app.button(key=f"switch-{MARIO}").click().run()
    assert "### Mario *Bold* Rossi" in texts(app)
    assert app.query_params["customer"] == MARIO


def test_a_role_that_may_not_link_only_looks(open_app: Open) -> None:
    app = open_app("chen", q="maria@example.com")
    assert f"switch-{MARIO}" in [b.key for b in app.button]
    assert not [b for b in app.button if b.label in ("Unlink…", "Link another customer…")]
    assert "Same person" not in texts(open_app("chen", q="kenji@example.com"))


def test_unlinking_needs_a_reason_and_shows_at_once(open_app: Open, engine: Engine) -> None:
    app = open_app(q="maria@example.com")
    app.button(key=f"unlink-{MARIO}").click().run()
    assert app.button(key="person-now").disabled
    app.text_input(key="person-reason").set_value("Father and daughter").run()
    app.button(key="person-now").click().run()
    assert "are not one person" in app.success[0].value
    assert "No other customer is known" in texts(app)
    with transaction(engine) as connection:
        [statement] = people.statements(connection)
        [entry] = audit.entries(connection)
    assert (statement.kind, statement.a, statement.b) == ("unlink", MARIA, MARIO)
    assert (entry["type"], entry["actor"], entry["role"]) == (
        "customer.unlinked",
        "ana@lampa.example",
        "agent",
    )


def test_linking_finds_the_other_and_shows_them_at_once(open_app: Open, engine: Engine) -> None:
    app = open_app(q="maria@example.com")
    app.button(key="link-another").click().run()
    app.text_input(key="person-typed").set_value("maria@example.com").run()
    assert "No other customer is found" in texts(app), "she is no other than herself"
    app.text_input(key="person-typed").set_value("kenji@example.com").run()
    app.text_input(key="person-reason").set_value("She wrote from both addresses").run()
    app.button(key="person-now").click().run()
    assert ":green-badge[linked by ana@lampa.example]" in texts(app)
    with transaction(engine) as connection:
        [statement] = people.statements(connection)
    assert (statement.kind, {statement.a, statement.b}) == ("link", {MARIA, KENJI})


@pytest.mark.parametrize("name", ["ch_renewal", "cus_maria"])
def test_the_whole_sentence_is_shown_with_tax(open_app: Open, name: str) -> None:
    assert "incl. 9.16 EUR VAT (23 %)" in texts(open_app(q=name))
