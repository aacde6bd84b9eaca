"""What will happen by itself at PayPal, and when: renewals, cleared e-checks, decided disputes. It outlives us."""

from collections.abc import Callable, Mapping
from typing import Any

from sandbox.paypal.accounts import VENDOR
from sandbox.paypal.books import Books
from sandbox.state import State

_KIND = "agenda"
Deed = Callable[..., Any]


def plan(state: State, account: str, at: int, what: str, /, **args: Any) -> None:
    """Note that `what` shall happen at a moment (Unix seconds); args must be JSON values."""
    number = f"{state.next_number(f'{VENDOR}.agenda'):09d}"
    state.put(VENDOR, account, _KIND, {"id": number, "what": what, "at": at, "args": args}, created=at)


def run(state: State, account: str, until: int, deeds: Mapping[str, Deed], *, quiet_before: int = 0) -> None:
    """Let everything due up to a moment (Unix seconds, included) happen in order, each all of it or nothing.

    Args:
        state: the sandbox's memory.
        account: whose agenda.
        until: Unix seconds.
        deeds: what each planned word means.
        quiet_before: happenings before this moment leave no webhook events: PayPal has forgotten them.
    """
    while True:
        with state.transaction():
            due = state.list(VENDOR, account, _KIND, until=until, oldest_first=True, limit=1)
            if not due:
                return
            item = due[0]
            state.delete(VENDOR, account, _KIND, item["id"])
            books = Books(state, account, item["at"], quiet=item["at"] < quiet_before)
            deeds[item["what"]](books, **item["args"])
