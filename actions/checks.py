"""Whether an object, as the gateway describes it now, can give what a command asks of it. Pure."""

from collections.abc import Iterator

from actions import acts
from actions.commands import Command
from actions.live import Live
from actions.policy import Decision, Verdict


def decide(command: Command, live: Live) -> Decision:
    """Compare a command with the object it names, read a moment ago; the first obstacle decides."""
    for rule, words in _obstacles(command, live):
        return Decision(Verdict.DENY, rule, f"{words} Nothing was sent.")
    return Decision(Verdict.ALLOW, f"{live.kind.value}.ready", f"The {live.kind.value} can give this now.")


def _obstacles(command: Command, live: Live) -> Iterator[tuple[str, str]]:
    verb, asked, seen = command.act.verb, acts.amount_of(command.act), command.seen
    most = live.ceilings.get(verb)
    if asked is not None and most is not None and asked.currency != most.currency:
        yield (
            "currency.mismatch",
            f"The {live.kind.value} is in {most.currency}; {asked.currency} cannot be taken for it.",
        )
    if (why := live.why_not(verb)) is not None:
        yield f"{live.kind.value}.not_ready", why
    if seen is not None and most is not None and seen != most:
        yield (
            f"{live.kind.value}.changed",
            f"The {live.kind.value} changed since you looked: {most} is possible now, not {seen}. Confirm again.",
        )
    if asked is not None and most is not None and asked > most:
        yield "amount.too_much", f"{asked} is more than what is possible now: {most}."
