"""Front's request limits, by the machine's clock: a company's minute, its spare half, and five a second for one.

The minute's figure is the dearest plan's. What goes beyond it is taken from a spare allowance of half as many,
which comes back after ten minutes. "Guard limits" hold resource-intensive routes to five requests a second per
resource; Front's list of them changes, so every conversation is guarded here.
"""

import math
import re
import time

from sandbox.faults import Window
from sandbox.front.answers import Refused
from sandbox.state import State

PLAN = 200
_RATE, _BUSY = "front.rate", "front.busy_until"
_GUARDED = re.compile(r"/conversations/(cnv_\w+)")
_GUARD = 5


def set_rate(state: State, requests: int) -> None:
    """Change how many requests a minute the company has bought."""
    state.set_setting(_RATE, requests)


def be_busy(state: State, seconds: float) -> None:
    """Refuse every request for some real seconds."""
    state.set_setting(_BUSY, time.time() + seconds)


class _Counted(Window):
    """A window that can say what is left of it without taking from it."""

    def left(self, limit: int) -> int:
        """Return how many requests may still come in this window."""
        now = time.monotonic()
        return max(limit - sum(hit > now - self.seconds for hit in self._hits[""]), 0)


class Limits:
    """The company's windows."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._minute = Window(PLAN, 60.0)
        self._spare = _Counted(PLAN // 2, 600.0)
        self._guard = Window(_GUARD, 1.0)

    def take(self, path: str) -> dict[str, str]:
        """Count a request and return the headers that tell what is left.

        Raises:
            Refused: 429 with retry-after in seconds; nothing may be done.
        """
        rate = int(self._state.get_setting(_RATE, PLAN))
        busy = float(self._state.get_setting(_BUSY, 0.0)) - time.time()
        left, wait = (0, busy) if busy > 0 else self._minute.take("", rate)
        reset = time.time() + (wait or 60.0)
        if wait and busy <= 0:
            wait = min(wait, self._spare.take("", rate // 2)[1])
        headers = {
            "x-ratelimit-limit": str(rate),
            "x-ratelimit-remaining": str(left),
            "x-ratelimit-reset": f"{reset:.3f}",
            "x-ratelimit-burst-limit": str(rate // 2),
            "x-ratelimit-burst-remaining": str(self._spare.left(rate // 2)),
        }
        if wait:
            raise _too_many("Rate limit exceeded.", wait, headers)
        found = _GUARDED.search(path)
        if found and (wait := self._guard.take(found[1])[1]):
            raise _too_many("Rate limit exceeded for tier-2 route.", wait, {**headers, "x-front-tier": "2"})
        return headers


def _too_many(says: str, wait: float, headers: dict[str, str]) -> Refused:
    told = f"{says} Please retry in {math.ceil(wait * 1000)} milliseconds."
    return Refused(429, "Too many requests", told, {**headers, "retry-after": str(math.ceil(wait))})
