"""Policy: whatever is asked, nothing above a limit, without a reason or without a rule is ever allowed."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from actions import acts, policy
from actions.commands import Command
from actions.policy import Decision, Spent, Verdict
from billing.ids import GatewayRef
from billing.money import Money
from billing.rates import Rates
from billing.settings_model import Settings
from billing.store.audit import Actor
from billing.verbs import NEEDS_NOTE, REASONS
from billing.vocabulary import Channel

COMPANY = {"name": "Lampa", "address": ["Berlin"], "country": "DE", "email": "billing@lampa.example"}
RATES = Rates(stated={"KWD": Decimal("2.90")})
ANA = [{"email": "ana@lampa.example", "role": "agent"}]

amounts = st.builds(
    Money, st.integers(-10_000, 10_000_000), st.sampled_from(["EUR", "USD", "JPY", "KWD", "ISK"])
)
limits = st.one_of(st.just("unlimited"), st.integers(0, 10_000).map(str))
euros = st.integers(0, 1_000_000).map(lambda minor: Money(minor, "EUR"))


def _settings(may: list[str], limit: dict[str, Any] | None, people: list[dict[str, str]]) -> Settings:
    role = {"may": may, "limits": {"refund": limit} if limit else {}}
    return Settings.model_validate({"company": COMPANY, "roles": {"agent": role}, "people": people})


def _decide(
    settings: Settings, amount: Money, reason: str, note: str | None, name: str, spent: Spent | None = None
) -> Decision:
    asked = Command("a", GatewayRef("stripe", "eu", "ch_1"), acts.Refund(amount=amount), reason, note)
    actor = Actor(name, "admin", Channel.API)
    return policy.decide(settings, RATES, asked, actor, amount, spent or Spent.nothing("EUR"))


@settings(deadline=None)  # the first question reads the rates' file
@given(
    may=st.booleans(),
    per_action=limits,
    per_day=limits,
    above=st.sampled_from(["deny", "approval"]),
    amount=amounts,
    reason=st.one_of(st.sampled_from(sorted(REASONS)), st.text(max_size=12)),
    note=st.one_of(st.none(), st.text(max_size=5)),
    is_staff=st.booleans(),
    spent=st.builds(Spent, euros, euros),
)
def test_only_what_every_rule_allows_is_allowed(
    may: bool, per_action: str, per_day: str, above: str, amount: Money, reason: str, note: str | None,
    is_staff: bool, spent: Spent,
) -> None:  # fmt: skip
    limit = {"per_action": per_action, "per_day": per_day, "above": above} if may else None
    rules = _settings(["look_up", *(["refund"] if may else [])], limit, ANA if is_staff else [])
    decision = _decide(rules, amount, reason, note, "Ana@Lampa.example", spent)
    has_reason = reason in REASONS and (reason not in NEEDS_NOTE or bool((note or "").strip()))
    may_at_all = is_staff and may and has_reason and amount.minor > 0
    counted = RATES.convert(amount, "EUR").money
    within = all(
        limit == "unlimited" or before.minor + counted.minor <= Decimal(limit) * 100
        for limit, before in ((per_action, spent.of_object), (per_day, spent.in_a_day))
    )
    assert decision.allowed is (may_at_all and within)
    assert (decision.verdict is Verdict.APPROVAL) is (may_at_all and not within and above == "approval")
    assert decision.rule
    assert decision.verdict is not Verdict.DENY or decision.words.endswith("Nothing was sent.")


def test_nothing_configured_allows_nothing() -> None:
    rules = Settings.model_validate({"company": COMPANY})
    decision = _decide(rules, Money(1, "EUR"), "duplicate", None, "ana@lampa.example")
    assert (decision.allowed, decision.rule) == (False, "role.none")


@pytest.mark.parametrize(
    ("amount", "reason", "rule"),
    [
        (Money(5000, "EUR"), "duplicate", "limit.within"),
        (Money(5001, "EUR"), "duplicate", "limit.per_action"),
        (Money(100, "VND"), "duplicate", "limit.no_rate"),
        (Money(0, "EUR"), "duplicate", "amount.not_positive"),
        (Money(-1, "EUR"), "duplicate", "amount.not_positive"),
        (Money(100, "EUR"), "", "reason.missing"),
        (Money(100, "EUR"), "because", "reason.unknown"),
        (Money(100, "EUR"), "goodwill", "note.missing"),
    ],
)
def test_each_rule_has_its_name(amount: Money, reason: str, rule: str) -> None:
    rules = _settings(["refund"], {"per_action": "50.00", "per_day": "100.00"}, ANA)
    assert _decide(rules, amount, reason, None, "ana@lampa.example").rule == rule


def test_a_verb_without_a_limit_moves_nothing() -> None:
    decision = _decide(_settings(["refund"], None, ANA), Money(1, "EUR"), "duplicate", None, ANA[0]["email"])
    assert decision.rule == "limit.none"
    assert "has no limit for refund" in decision.words


def test_a_split_amount_is_one_amount() -> None:
    rules = _settings(["refund"], {"per_action": "50.00", "per_day": "unlimited"}, ANA)
    spent = Spent(Money(3000, "EUR"), Money(3000, "EUR"))
    decision = _decide(rules, Money(2001, "EUR"), "duplicate", None, ANA[0]["email"], spent)
    assert decision.rule == "limit.per_action"
    assert "20.01 EUR, with the 30.00 EUR before it, is above the limit of 50.00 EUR" in decision.words
