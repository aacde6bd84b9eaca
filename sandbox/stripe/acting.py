"""What tests may make happen at Stripe that its API has no word for: a bank's dispute of any charge."""

from collections.abc import Mapping
from typing import Any

from sandbox.clock import Clock
from sandbox.state import State
from sandbox.stripe import disputes
from sandbox.stripe.books import Books


def act(state: State, clock: Clock, asked: Mapping[str, Any]) -> dict[str, Any]:
    """Do one deed, by its name in `asked["deed"]`: "dispute" (an `account`, a charge's `id`).

    Raises:
        ValueError: there is no such deed.
        LookupError: there is no such charge.
    """
    if asked.get("deed") != "dispute":
        raise ValueError(f"no deed {asked.get('deed')!r}; there is dispute")
    with state.transaction():
        books = Books(state, str(asked.get("account")), clock.timestamp())
        made = disputes.begin(books, books.must("charge", str(asked.get("id"))), "fraudulent")
    return {"id": made["id"]}
