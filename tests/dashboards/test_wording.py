"""Rows in words: nothing a customer typed is markup, and every state has its word."""

from datetime import UTC, datetime
from enum import StrEnum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing import vocabulary
from billing.money import Money
from dashboards import wording


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("*a*", r"\*a\*"),
        ("[x](y)", r"\[x\]\(y\)"),
        ("a\n\n# b", r"a \# b"),
        (":red[a]", r"\:red\[a\]"),
        ("$x$", r"\$x\$"),
        ("<b>", r"\<b\>"),
        (None, ""),
        ("Łódź 12 Oct – 12 Nov", "Łódź 12 Oct – 12 Nov"),
    ],
)
def test_text_is_made_safe(text: str | None, shown: str) -> None:
    assert wording.safe(text) == shown


@given(st.text(max_size=80))
def test_no_markup_survives(text: str) -> None:
    safe = wording.safe(text)
    assert "\n" not in safe
    bare = safe.replace("\\\\", "")
    for mark in "*_[]()<>`$:#|~!":
        assert bare.count(mark) == bare.count("\\" + mark)


@pytest.mark.parametrize("address", ["https://evil.example", "HTTP://evil.example", "www.evil.example"])
def test_a_web_address_is_no_link(address: str) -> None:
    assert "\u2060" in wording.safe(f"see {address} now")


@pytest.mark.parametrize(
    "status",
    [
        status
        for kind in vars(vocabulary).values()
        if isinstance(kind, type) and issubclass(kind, StrEnum) and kind.__name__.endswith("Status")
        for status in kind
    ],
)
def test_every_state_is_a_word_in_a_pill(status: StrEnum) -> None:
    pill = wording.pill(status.value)
    assert status.value.replace("_", " ") in pill
    assert pill.startswith(":")


@pytest.mark.parametrize(
    ("status", "colour"),
    [("paid", "green"), ("failed", "red"), ("past_due", "red"), ("open", "orange"), ("refunded", "gray")],
)
def test_colour_helps(status: str, colour: str) -> None:
    assert wording.colour(status) == colour


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({"method_brand": "visa", "method_last4": "4242"}, "Visa •4242"),
        ({"method_brand": None, "method_type": "sepa_debit", "method_last4": "3000"}, "Sepa debit •3000"),
        ({"method_type": "ideal"}, "Ideal"),
        ({}, "unknown method"),
    ],
)
def test_how_a_charge_was_paid(row: dict[str, str], words: str) -> None:
    assert wording.method(row) == words


def test_amounts_days_and_periods() -> None:
    assert wording.amount(Money(123456789, "EUR")) == "**1,234,567.89** :small[:gray[EUR]]"
    assert wording.amount(Money(-5, "KWD")) == "**-0.005** :small[:gray[KWD]]"
    assert wording.day(datetime(2026, 11, 2, tzinfo=UTC)) == "2 Nov 2026"
    assert wording.day(None) == "–"
    assert wording.period(1, "month") == "monthly"
    assert wording.period(3, "month") == "every 3 months"
    assert wording.period(None, None) == ""
