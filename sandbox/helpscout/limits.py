"""Help Scout's request limit, by the machine's clock: so many a minute per account, and a write counts as two.

Source: developer.helpscout.com/mailbox-api/overview/rate-limiting; 800 a minute is the Pro plan's figure, which
POST /control/act {"vendor": "helpscout", "deed": "limit", "per_minute": n} changes.
"""

import math
import time

from sandbox.helpscout.answers import Refused
from sandbox.state import State

DEFAULT = 800
_LIMIT, _BUSY = "helpscout.limit", "helpscout.busy_until"
_MINUTE = 60.0
_WRITES = frozenset({"POST", "PUT", "PATCH", "DELETE"})


def configure(state: State, per_minute: int) -> None:
    """Change how many requests a minute holds."""
    state.set_setting(_LIMIT, per_minute)


def be_busy(state: State, seconds: float) -> None:
    """Refuse everybody for some real seconds, as when others have used the account's allowance up."""
    state.set_setting(_BUSY, time.time() + seconds)


def refuse_if_busy(state: State) -> None:
    """Let a request pass unless the account is made busy.

    Raises:
        Refused: 429 with the seconds to wait.
    """
    left = float(state.get_setting(_BUSY, 0)) - time.time()
    if left > 0:
        raise _too_many(int(state.get_setting(_LIMIT, DEFAULT)), left)


class Minute:
    """The account's current interval; it begins with the first request after the last one ended."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._until = 0.0
        self._used = 0

    def take(self, method: str) -> dict[str, str]:
        """Count a request and return the headers that tell what is left.

        Raises:
            Refused: 429 with the seconds to wait; nothing may be done.
        """
        refuse_if_busy(self._state)
        allowed, now = int(self._state.get_setting(_LIMIT, DEFAULT)), time.monotonic()
        if now >= self._until:
            self._until, self._used = now + _MINUTE, 0
        cost = 2 if method in _WRITES else 1
        if self._used + cost > allowed:
            raise _too_many(allowed, self._until - now)
        self._used += cost
        return _headers(allowed, allowed - self._used)


def _too_many(allowed: int, wait: float) -> Refused:
    headers = _headers(allowed, 0) | {"x-ratelimit-retry-after": str(math.ceil(min(wait, _MINUTE)))}
    return Refused(429, {"message": "API rate limit exceeded"}, headers)


def _headers(allowed: int, left: int) -> dict[str, str]:
    return {"x-ratelimit-limit-minute": str(allowed), "x-ratelimit-remaining-minute": str(left)}
