"""Intercom's request limit, by the machine's clock: an allowance for each window of ten seconds.

An app may send 10,000 requests a minute, spread over windows of ten seconds that begin at full tens. Every answer
to a known caller says what is left and when the window ends, in Unix seconds; there is no Retry-After.
Source: Intercom's "Rate Limiting" page.
"""

import math
import time

from sandbox.intercom.answers import Refused
from sandbox.state import State

WINDOW_SECONDS = 10
ALLOWANCE = 1667
_ALLOWANCE = "intercom.allowance"
_BUSY_UNTIL = "intercom.busy_until"


def allow(state: State, requests: int) -> None:
    """Change the allowance of a window."""
    state.set_setting(_ALLOWANCE, requests)


def be_busy(state: State, seconds: float) -> None:
    """Refuse every request for some real seconds."""
    state.set_setting(_BUSY_UNTIL, time.time() + seconds)


class Limits:
    """The app's present window."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._window = 0
        self._taken = 0

    def take(self) -> dict[str, str]:
        """Count a request and return the headers that tell what is left.

        Raises:
            Refused: 429; nothing may be done.
        """
        now = time.time()
        allowed = int(self._state.get_setting(_ALLOWANCE, ALLOWANCE))
        busy_until = float(self._state.get_setting(_BUSY_UNTIL, 0.0))
        window = int(now) // WINDOW_SECONDS
        if window != self._window:
            self._window, self._taken = window, 0
        reset = (window + 1) * WINDOW_SECONDS
        if now < busy_until:
            raise _exceeded(allowed, min(reset, math.ceil(busy_until)))
        if self._taken >= allowed:
            raise _exceeded(allowed, reset)
        self._taken += 1
        return _headers(allowed, allowed - self._taken, reset)


def _exceeded(allowed: int, reset: int) -> Refused:
    words = f"Exceeded rate limit of {allowed} in {WINDOW_SECONDS}_seconds"
    return Refused(429, "rate_limit_exceeded", words, **_headers(allowed, 0, reset))


def _headers(allowed: int, left: int, reset: int) -> dict[str, str]:
    return {
        "X-RateLimit-Limit": str(allowed),
        "X-RateLimit-Remaining": str(left),
        "X-RateLimit-Reset": str(reset),
    }
