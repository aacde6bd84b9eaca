"""What tests may make happen at Stripe that its API has no word for: a bank's dispute, another request limit."""

from collections.abc import Mapping
from typing import Any

from sandbox.clock import Clock
from sandbox.state import State
from sandbox.stripe import disputes
from sandbox.stripe.books import Books

_LIMIT = "stripe.requests_per_second"
_LIVE_MODE = 100


def act(state: State, clock: Clock, asked: Mapping[str, Any]) -> dict[str, Any]:
    """Do one deed, by its name in `asked["deed"]`.

    They are "dispute" (an `account`, a charge's `id`) and "limit" (`requests_per_second`, of one API key).

    Raises:
        ValueError: there is no such deed, or the limit is no whole number above zero.
        LookupError: there is no such charge.
    """
    if asked.get("deed") == "limit":
        wanted = asked.get("requests_per_second")
        if not isinstance(wanted, int) or wanted < 1:
            raise ValueError(f"requests_per_second must be a whole number above zero, not {wanted!r}")
        state.set_setting(_LIMIT, wanted)
        return {"requests_per_second": wanted}
    if asked.get("deed") != "dispute":
        raise ValueError(f"no deed {asked.get('deed')!r}; there are dispute and limit")
    with state.transaction():
        books = Books(state, str(asked.get("account")), clock.timestamp())
        made = disputes.begin(books, books.must("charge", str(asked.get("id"))), "fraudulent")
    return {"id": made["id"]}


def limit(state: State) -> int:
    """Return how many requests one API key may send in a second: Stripe's in live mode unless a deed changed it."""
    return int(state.get_setting(_LIMIT, _LIVE_MODE))
