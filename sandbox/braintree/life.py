"""What happens at Braintree by itself as time passes: billing, settlement, disbursement, expiry."""

from collections.abc import Callable

from sandbox.braintree import disputes, subscriptions, transactions
from sandbox.braintree.books import Books
from sandbox.braintree.merchant import ACCOUNT, VENDOR
from sandbox.state import State

DEEDS: dict[str, Callable[..., object]] = {
    "answer_dispute": disputes.answer,
    "bill": subscriptions.bill,
    "cut": transactions.cut,
    "decide_dispute": disputes.decide,
    "disburse": transactions.disburse,
    "end_subscription": subscriptions.end,
    "expire": transactions.expire,
    "expire_dispute": disputes.expire,
    "settle": transactions.settle,
}


def pass_time(state: State, since: int, until: int) -> None:
    """Let what fell due in (since, until], in Unix seconds, happen in its order, each at its own time."""
    run(state, until, DEEDS)


def run(state: State, until: int, deeds: dict[str, Callable[..., object]], *, quiet_before: int = 0) -> None:
    """Let everything planned up to a moment happen; before `quiet_before` no webhook tells of it."""
    while True:
        with state.transaction():
            due = state.list(VENDOR, ACCOUNT, "due", until=until, limit=1, oldest_first=True)
            if not due:
                return
            state.delete(VENDOR, ACCOUNT, "due", due[0]["id"])
            books = Books(state, due[0]["at"], is_quiet=due[0]["at"] < quiet_before)
            deeds[due[0]["what"]](books, **due[0]["args"])
