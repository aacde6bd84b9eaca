"""Names of things: references, action ids, folded e-mail addresses."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.errors import Terminal
from billing.ids import GatewayRef, email_key, new_action_id

word = st.text(alphabet="abcdefghijklmnopqrstuvwxyz_0123456789", min_size=1)


@given(word, word, st.text(alphabet="abc_019:", min_size=1))
def test_a_reference_reads_back(gateway: str, account: str, object_id: str) -> None:
    ref = GatewayRef(gateway, account, object_id)
    assert GatewayRef.parse(str(ref)) == ref


@pytest.mark.parametrize("text", ["", "stripe", "stripe:eu", "stripe:eu:", ":a:b", "stripe::ch_1"])
def test_half_a_reference_is_refused(text: str) -> None:
    with pytest.raises(Terminal, match="three parts"):
        GatewayRef.parse(text)


def test_action_ids_differ() -> None:
    assert len({new_action_id() for _ in range(1000)}) == 1000


@pytest.mark.parametrize(
    ("address", "key"),
    [
        (" Maria@Example.COM ", "maria@example.com"),
        ("STRASSE@EXAMPLE.COM", "strasse@example.com"),
        ("ｍａｒｉａ@example.com", "maria@example.com"),
        ("BJÖRK@example.com", "björk@example.com"),
        ("Bjo\u0308rk@example.com", "björk@example.com"),
    ],
)
def test_case_and_unicode_forms_are_folded(address: str, key: str) -> None:
    assert email_key(address) == key


@given(st.emails())
def test_folding_twice_changes_nothing(address: str) -> None:
    assert email_key(email_key(address)) == email_key(address)


def test_different_people_stay_different() -> None:
    assert email_key("maria+billing@example.com") != email_key("maria@example.com")
    assert email_key("m\u0430ria@example.com") != email_key("maria@example.com"), "a Cyrillic letter"
