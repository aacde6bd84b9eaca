"""What will happen by itself and when: renewals, retries, refunds that settle, payouts. Kept with the state."""

from collections.abc import Callable, Mapping
from typing import Any

import orjson

from sandbox.clock import Clock
from sandbox.state import State
from sandbox.stripe.books import Books

Deed = Callable[..., None]


def plan(state: State, account: str, at: int, what: str, **args: Any) -> None:
    """Note that `what` shall happen in the account at a moment (Unix seconds); args must be JSON values."""
    sql = "insert into agenda(at, account, what, args) values (?, ?, ?, ?)"
    state.execute(sql, (at, account, what, orjson.dumps(args)))


def run(
    state: State,
    until: int,
    deeds: Mapping[str, Deed],
    *,
    clock: Clock | None = None,
    quiet_before: int = 0,
) -> None:
    """Let everything due up to a moment happen, in order of time, each at its own time and all of it or nothing.

    Args:
        state: the sandbox's memory.
        until: Unix seconds, included.
        deeds: what each planned word means.
        clock: is set to each happening's time, if given.
        quiet_before: happenings before this moment leave no events (Stripe forgets them after 30 days anyway).
    """
    while True:
        with state.transaction():
            due = state.execute("select * from agenda where at <= ? order by at, n limit 1", (until,))
            if not due:
                return
            item = due[0]
            state.execute("delete from agenda where n = ?", (item["n"],))
            if clock is not None:
                clock.move_to(item["at"])
            books = Books(state, item["account"], item["at"], quiet_before=quiet_before)
            deeds[item["what"]](books, **orjson.loads(item["args"]))
