"""Saying who is who: the role decides, both customers must be known, and refusals stand on the record too."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Engine

from actions import linking
from billing.errors import NotAllowed, NotFound, Terminal
from billing.settings_model import Settings
from billing.store import audit, people, transaction
from billing.store.audit import Actor
from billing.vocabulary import Channel

A, B = "stripe:stripe_eu:cus_a", "stripe:paypal_main:cus_b"


class Copy:
    """A published copy that knows two customers."""

    def rows(self, _query: str, params: dict[str, Any]) -> list[dict[str, Any]]:
        return [{"customer_ref": ref} for ref in (A, B) if ref == params["ref"]]

    def close(self) -> None:
        """Nothing to let go of."""


@pytest.fixture
def settings() -> Settings:
    return Settings.model_validate(
        {
            "company": {"name": "L", "address": ["x"], "country": "DE", "email": "b@lampa.example"},
            "roles": {"agent": {"may": ["look_up", "link"]}, "finance": {"may": ["look_up"]}},
            "people": [
                {"email": "ana@lampa.example", "role": "agent"},
                {"email": "chen@lampa.example", "role": "finance"},
            ],
        }
    )


def by(name: str) -> Actor:
    return Actor(f"{name}@lampa.example", "admin", Channel.CLI)  # a role of yesterday: it is looked up anew


def types(engine: Engine) -> list[str]:
    with transaction(engine) as connection:
        return [row["type"] for row in audit.entries(connection)]


def test_a_role_with_the_verb_links_and_takes_it_back(engine: Engine, settings: Settings) -> None:
    said = linking.link(engine, settings, Copy(), f" {A} ", B, "Same phone number", by("ana"))
    assert (said.a, said.b, said.actor) == (A, B, "ana@lampa.example")
    linking.undo(engine, settings, B, A, "A mistake", by("ana"))
    assert types(engine) == ["customer.link.undone", "customer.linked"]
    with transaction(engine) as connection:
        assert people.statements(connection) == []
        assert {row["role"] for row in audit.entries(connection)} == {"agent"}


@pytest.mark.parametrize("act", [linking.link, linking.unlink])
@pytest.mark.parametrize(("name", "words"), [("chen", "may not do this"), ("eve", "has no role here")])
def test_others_are_refused_on_the_record(
    engine: Engine, settings: Settings, act: Callable[..., Any], name: str, words: str
) -> None:
    with pytest.raises(NotAllowed, match=words):
        act(engine, settings, Copy(), A, B, "Curious", by(name))
    assert types(engine) == ["customer.link.denied"]


def test_customers_that_nobody_knows_are_not_linked(engine: Engine, settings: Settings) -> None:
    with pytest.raises(NotFound, match="cus_typo"):
        linking.link(engine, settings, Copy(), A, "stripe:stripe_eu:cus_typo", "Same", by("ana"))
    with pytest.raises(Terminal, match="three parts"):
        linking.unlink(engine, settings, Copy(), "cus_a", B, "Same", by("ana"))
    with pytest.raises(NotFound, match="Nobody said anything"):
        linking.undo(engine, settings, A, B, "Nothing there", by("ana"))
    assert types(engine) == []
