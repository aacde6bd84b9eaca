"""Links and unlinks in the store: what counts for a pair, undone and on the record, on both databases."""

import pytest
from sqlalchemy import Connection, Engine

from billing.errors import NotAllowed, NotFound
from billing.ids import GatewayRef
from billing.store import audit, people, transaction
from billing.store.audit import Actor
from billing.store.people import Kind
from billing.vocabulary import Channel

ANA = Actor("ana@lampa.example", "agent", Channel.DASHBOARD)
A, B, C = (GatewayRef("stripe", "stripe_eu", f"cus_{name}") for name in "abc")


def standing(connection: Connection) -> list[tuple[str, str, str]]:
    return [(s.kind.value, s.a, s.b) for s in people.statements(connection)]


def test_the_newest_statement_of_a_pair_counts_in_either_order(store: Engine) -> None:
    with transaction(store) as connection:
        people.link(connection, A, B, "Same phone number", ANA)
        people.unlink(connection, B, A, "Two sisters", ANA)
        people.link(connection, A, C, "She wrote so", ANA)
        assert standing(connection) == [("link", str(A), str(C)), ("unlink", str(B), str(A))]
        assert [s.b for s in people.statements(connection, str(B))] == [str(A)]
        assert people.statements(connection, str(C))[0].other(str(C)) == str(A)


def test_undoing_restores_what_was(store: Engine) -> None:
    with transaction(store) as connection:
        link = people.link(connection, A, B, "Same phone number", ANA)
        before = standing(connection)
        unlink = people.unlink(connection, A, B, "Two sisters", ANA)
        people.undo(connection, unlink.id, "A mistake", ANA)
        assert standing(connection) == before
        with pytest.raises(NotFound):
            people.undo(connection, unlink.id, "Again", ANA)
        people.undo(connection, link.id, "A mistake too", ANA)
        assert standing(connection) == []


def test_the_same_said_again_is_one_statement(store: Engine) -> None:
    with transaction(store) as connection:
        first = people.link(connection, A, B, "Same phone number", ANA)
        assert people.link(connection, B, A, "Still", ANA) == first
        parted = people.unlink(connection, A, B, "Two sisters", ANA)
        assert people.unlink(connection, A, B, "Still", ANA) == parted
        assert people.unlink(connection, B, A, "The other one is the stranger", ANA) != parted
        assert len(audit.entries(connection)) == 3


def test_every_act_is_on_the_record(store: Engine) -> None:
    with transaction(store) as connection:
        people.link(connection, A, B, "Same phone number", ANA)
        unlink = people.unlink(connection, A, B, "Two sisters", ANA)
        people.undo(connection, unlink.id, "A mistake", ANA)
        rows = audit.entries(connection)
        assert [
            (r["type"], r["object_ref"], r["data"]["other_ref"], r["reason"]) for r in reversed(rows)
        ] == [
            ("customer.linked", str(A), str(B), "Same phone number"),
            ("customer.unlinked", str(A), str(B), "Two sisters"),
            ("customer.unlink.undone", str(A), str(B), "A mistake"),
        ]
        assert audit.verify(connection) == []


@pytest.mark.parametrize("kind", Kind)
def test_a_reason_and_two_customers_are_needed(kind: Kind, store: Engine) -> None:
    say = people.link if kind is Kind.LINK else people.unlink
    with transaction(store) as connection:
        with pytest.raises(NotAllowed, match="reason"):
            say(connection, A, B, "  ", ANA)
        with pytest.raises(NotAllowed, match="Name two"):
            say(connection, A, A, "Herself", ANA)
        assert standing(connection) == []
        assert audit.entries(connection) == []
