"""Policy: whatever is asked, nothing above a limit, without a reason or without a rule is ever allowed."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actions import policy
from actions.commands import RefundCharge
from billing.ids import GatewayRef
from billing.money import Money
from billing.settings_model import Settings
from billing.store.audit import Actor
from billing.vocabulary import REFUND_REASONS, Channel

COMPANY = {"name": "Lampa", "address": ["Berlin"], "country": "DE", "email": "billing@lampa.example"}
CURRENCIES = {"EUR": 2, "USD": 2, "JPY": 0, "KWD": 3, "ISK": 0}

verbs = st.lists(st.sampled_from(["look_up", "refund", "read_audit"]), unique=True)
limits = st.one_of(
    st.just("unlimited"),
    st.dictionaries(st.sampled_from(sorted(CURRENCIES)), st.integers(0, 10_000).map(str)),
)
amounts = st.builds(Money, st.integers(-10_000, 10_000_000), st.sampled_from(sorted(CURRENCIES)))
reasons = st.one_of(st.sampled_from(sorted(REFUND_REASONS)), st.text(max_size=12))
notes = st.one_of(st.none(), st.text(max_size=5))


def _settings(may: list[str], limit: Any, people: list[dict[str, str]]) -> Settings:
    roles = {"agent": {"may": may, "refund_limit": limit}}
    return Settings.model_validate({"company": COMPANY, "roles": roles, "people": people})


def _decide(settings: Settings, amount: Money, reason: str, note: str | None, name: str) -> policy.Decision:
    asked = RefundCharge("a", GatewayRef("stripe", "eu", "ch_1"), amount, reason, note)
    return policy.decide(settings, asked, Actor(name, "admin", Channel.API), amount)


@given(verbs, limits, amounts, reasons, notes, st.booleans())
def test_only_what_every_rule_allows_is_allowed(
    may: list[str], limit: Any, amount: Money, reason: str, note: str | None, is_staff: bool
) -> None:
    people = [{"email": "ana@lampa.example", "role": "agent"}] if is_staff else []
    decision = _decide(_settings(may, limit, people), amount, reason, note, "Ana@Lampa.example")
    within = limit == "unlimited" or (
        amount.currency in limit and amount.to_decimal() <= Decimal(limit[amount.currency])
    )
    has_note = reason != "goodwill" or bool((note or "").strip())
    expected = (
        is_staff and "refund" in may and reason in REFUND_REASONS and has_note and amount.minor > 0 and within
    )
    assert decision.allowed is expected
    assert decision.rule
    assert decision.allowed or decision.words.endswith("Nothing was sent.")


def test_nothing_configured_allows_nothing() -> None:
    settings = Settings.model_validate({"company": COMPANY})
    decision = _decide(settings, Money(1, "EUR"), "duplicate", None, "ana@lampa.example")
    assert (decision.allowed, decision.rule) == (False, "role.none")


@pytest.mark.parametrize(
    ("amount", "reason", "rule"),
    [
        (Money(5000, "EUR"), "duplicate", "limit.within"),
        (Money(5001, "EUR"), "duplicate", "limit.exceeded"),
        (Money(1, "USD"), "duplicate", "limit.none"),
        (Money(0, "EUR"), "duplicate", "amount.not_positive"),
        (Money(-1, "EUR"), "duplicate", "amount.not_positive"),
        (Money(100, "EUR"), "", "reason.missing"),
        (Money(100, "EUR"), "because", "reason.unknown"),
        (Money(100, "EUR"), "goodwill", "note.missing"),
    ],
)
def test_each_rule_has_its_name(amount: Money, reason: str, rule: str) -> None:
    people = [{"email": "ana@lampa.example", "role": "agent"}]
    settings = _settings(["refund"], {"EUR": "50.00"}, people)
    assert _decide(settings, amount, reason, None, "ana@lampa.example").rule == rule
