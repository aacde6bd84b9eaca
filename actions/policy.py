"""Who may refund, and how much. Deny by default: what no rule allows is refused, with the rule's words.

Pure: no store, no gateway. The rules come from [roles] and [[people]] of billhouse.toml.
"""

from dataclasses import dataclass

from actions.commands import RefundCharge
from billing.money import Money
from billing.settings import Settings
from billing.settings_model import Role
from billing.store.audit import Actor
from billing.vocabulary import REFUND_REASONS

NEEDS_NOTE = frozenset({"goodwill"})  # reasons that explain nothing to whoever reads the log next year


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether an act may go on, the dotted name of the rule that decided, and the rule in words."""

    allowed: bool
    rule: str
    words: str


def decide(settings: Settings, command: RefundCharge, actor: Actor, amount: Money | None) -> Decision:
    """Say whether `actor` may refund `amount`.

    `amount` None means that it is not known yet ("all", before the charge was read): the limit is then not
    judged, and the caller must ask again before anything is sent. The actor's role is looked up here; the one in
    `actor` may be as old as their session.
    """
    role_name = settings.role_of(actor.name)
    if role_name is None:
        return _no("role.none", f"{actor.name} has no role here.")
    role = settings.roles[role_name]
    if "refund" not in role.may:
        return _no("role.may_not", f"The role {role_name} may not refund.")
    if (denial := _reason(command)) is not None:
        return denial
    if amount is None:
        return Decision(True, "limit.open", f"The role {role_name} may refund; the amount is not known yet.")
    return _limit(role_name, role, amount)


def _reason(command: RefundCharge) -> Decision | None:
    if not command.reason.strip():
        return _no("reason.missing", "A refund needs a reason.")
    if command.reason not in REFUND_REASONS:
        return _no("reason.unknown", f"{command.reason!r} is not one of the reasons for a refund.")
    if command.reason in NEEDS_NOTE and not (command.note or "").strip():
        return _no(
            "note.missing", f"The reason {REFUND_REASONS[command.reason]!r} needs a note that says why."
        )
    return None


def _limit(role_name: str, role: Role, amount: Money) -> Decision:
    if amount.minor <= 0:
        return _no("amount.not_positive", f"A refund must be more than zero; {amount} was asked for.")
    limit = role.limit(amount.currency)
    if limit is None:
        return _no("limit.none", f"The role {role_name} has no refund limit for {amount.currency}.")
    if limit == "unlimited":
        return Decision(True, "limit.unlimited", f"The role {role_name} may refund any amount.")
    if amount > limit:
        return _no("limit.exceeded", f"{amount} is above the limit of {limit} for the role {role_name}.")
    return Decision(
        True, "limit.within", f"{amount} is within the limit of {limit} for the role {role_name}."
    )


def _no(rule: str, words: str) -> Decision:
    return Decision(False, rule, f"{words} Nothing was sent.")
