"""What tests may make happen at Recurly that its API has no word for: a bank's chargeback of any payment."""

from collections.abc import Mapping
from typing import Any

from sandbox.clock import Clock
from sandbox.recurly import paying
from sandbox.recurly.books import Books
from sandbox.state import State


def act(state: State, clock: Clock, asked: Mapping[str, Any]) -> dict[str, Any]:
    """Do one deed, by its name in `asked["deed"]`: "charge_back" (a transaction's `id`).

    Raises:
        ValueError: there is no such deed.
        LookupError: there is no such transaction.
    """
    if asked.get("deed") != "charge_back":
        raise ValueError(f"no deed {asked.get('deed')!r}; there is charge_back")
    with state.transaction():
        books = Books(state, clock.timestamp())
        paying.charge_back(books, books.must("transaction", str(asked.get("id"))))
    return {"id": str(asked["id"])}
