"""Who may do what, how much, and what needs a second person. Deny by default, with the rule in words.

Pure: no store, no gateway. What a person already moved comes in as `Spent`, counted in the transaction that records
the intent; the rules come from [policy], [roles] and [[people]] of billhouse.toml.
"""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from actions.commands import Command
from billing.ids import email_key
from billing.money import Money
from billing.rates import Converted, NoRate, Rates
from billing.settings import Settings
from billing.settings_model import Limit
from billing.store.audit import Actor
from billing.verbs import FACTS, NEEDS_NOTE, REASONS


class Verdict(StrEnum):
    """What policy says of an act."""

    ALLOW = "allow"
    APPROVAL = "approval"
    DENY = "deny"


@dataclass(frozen=True, slots=True)
class Decision:
    """A verdict, the dotted name of the rule that decided, and the rule in words."""

    verdict: Verdict
    rule: str
    words: str
    counted: Converted | None = None
    """The amount in the base currency, with its rate and date: what limits are compared with."""

    @property
    def allowed(self) -> bool:
        """Say whether the act may go on without anybody else."""
        return self.verdict is Verdict.ALLOW


@dataclass(frozen=True, slots=True)
class Spent:
    """What one person moved with one verb so far, in the base currency: of this object ever, and in 24 hours."""

    of_object: Money
    in_a_day: Money

    @classmethod
    def nothing(cls, currency: str) -> "Spent":
        """Return zero of both."""
        return cls(Money(0, currency), Money(0, currency))


def may(settings: Settings, command: Command, actor: Actor) -> Decision:
    """Say whether `actor` may do this at all, whatever its amount: role, verb and reason.

    The role is looked up here; the one in `actor` may be as old as their session.
    """
    if (denied := _role_denies(settings, command, actor)) is not None:
        return denied
    return _reason(command) or Decision(Verdict.ALLOW, "role.may", f"{_role(settings, actor)} may do this.")


def decide(
    settings: Settings, rates: Rates, command: Command, actor: Actor, amount: Money | None, spent: Spent
) -> Decision:
    """Say whether `actor` may do this with `amount` (None: no money moves), given what they moved before."""
    decision = may(settings, command, actor)
    if not decision.allowed or not FACTS[command.act.verb].moves_money:
        return decision
    return _limit(settings, rates, command, actor, amount, spent)


def decide_approval(
    settings: Settings,
    rates: Rates,
    command: Command,
    asked_by: str,
    approver: Actor,
    amount: Money | None,
    spent: Spent,
) -> Decision:
    """Say whether `approver` may release what `asked_by` asked for: another person, within limits of their own."""
    if email_key(approver.name) == email_key(asked_by):
        return _no("approval.own", "Nobody approves what they asked for themselves.")
    role = settings.role_of(approver.name)
    if role is None or "approve" not in settings.roles[role].may:
        return _no("approval.may_not", f"{approver.name} may not approve.")
    decision = decide(settings, rates, command, approver, amount, spent)
    if decision.verdict is Verdict.APPROVAL:
        return _no(
            "approval.limit", f"{decision.words.removesuffix(_ASKS)} Another person must approve this."
        )
    return decision


_ASKS = " Another person has to approve it."


def _role_denies(settings: Settings, command: Command, actor: Actor) -> Decision | None:
    role = settings.role_of(actor.name)
    if role is None:
        return _no("role.none", f"{actor.name} has no role here.")
    verb = command.act.verb
    if verb not in settings.roles[role].may:
        return _no("role.may_not", f"The role {role} may not {verb.value.replace('_', ' ')}.")
    return None


def _role(settings: Settings, actor: Actor) -> str:
    return f"The role {settings.role_of(actor.name)}"


def _reason(command: Command) -> Decision | None:
    if not command.reason.strip():
        return _no("reason.missing", "This needs a reason.")
    if command.reason not in REASONS:
        return _no("reason.unknown", f"{command.reason!r} is not one of the reasons: {', '.join(REASONS)}.")
    if command.reason in NEEDS_NOTE and not (command.note or "").strip():
        return _no("note.missing", f"The reason {REASONS[command.reason]!r} needs a note that says why.")
    return None


def _limit(
    settings: Settings, rates: Rates, command: Command, actor: Actor, amount: Money | None, spent: Spent
) -> Decision:
    verb, role = command.act.verb, settings.role_of(actor.name)
    assert role is not None
    limit = settings.roles[role].limits.get(verb)
    if amount is None or amount.minor <= 0:
        return _no(
            "amount.not_positive", f"The amount must be more than zero; {amount or 'none'} was asked for."
        )
    if limit is None:
        thing = verb.value.replace("_", " ")
        return _no("limit.none", f"The role {role} has no limit for {thing}, so it may move nothing.")
    if limit.per_action is None and limit.per_day is None:
        return Decision(Verdict.ALLOW, "limit.unlimited", f"The role {role} may move any amount.")
    return _compare(rates, settings.policy.base_currency, limit, amount, spent)


def _compare(rates: Rates, base: str, limit: Limit, amount: Money, spent: Spent) -> Decision:
    try:
        counted = rates.convert(amount, base)
    except NoRate as cause:
        return _no("limit.no_rate", str(cause))
    for rule, words in _above(limit, counted.money, spent, amount):
        if limit.above == "approval":
            return Decision(Verdict.APPROVAL, rule, words + _ASKS, counted)
        return Decision(Verdict.DENY, rule, f"{words} Nothing was sent.", counted)
    return Decision(Verdict.ALLOW, "limit.within", f"{amount} is within the limits.", counted)


def _above(limit: Limit, counted: Money, spent: Spent, amount: Money) -> list[tuple[str, str]]:
    said = f"{amount}" if amount == counted else f"{amount} ({counted})"
    found = []
    if (most := _most(limit.per_action, counted.currency)) is not None and spent.of_object + counted > most:
        more = f", with the {spent.of_object} before it," if spent.of_object.minor else ""
        found.append(("limit.per_action", f"{said}{more} is above the limit of {most} for one action."))
    if (most := _most(limit.per_day, counted.currency)) is not None and spent.in_a_day + counted > most:
        more = f", after {spent.in_a_day} within 24 hours," if spent.in_a_day.minor else ""
        found.append(("limit.per_day", f"{said}{more} is above the limit of {most} for a day."))
    return found


def _most(limit: Decimal | None, currency: str) -> Money | None:
    return None if limit is None else Money.of(limit, currency)


def _no(rule: str, words: str) -> Decision:
    return Decision(Verdict.DENY, rule, f"{words} Nothing was sent.")
