"""Zendesk's request limits, by the machine's clock: per account, and the tight ones per user and per ticket.

Figures are those of the Enterprise plan in the vendor's documentation; /control/limits changes them.
"""

import re
import time

from sandbox.faults import Window
from sandbox.state import Json, State
from sandbox.zendesk.answers import Refused

_SETTING = "limits"
_BUSY = "zendesk.busy_until"
# name -> requests, in how many seconds
DEFAULTS = {
    "zendesk.account": (700, 60),
    "zendesk.user_updates": (60, 60),
    "zendesk.user": (5, 60),
    "zendesk.ticket_updates": (100, 60),
    "zendesk.ticket": (30, 600),
}
_ONE_USER = re.compile(r"/users/(\d+)$")
_ONE_TICKET = re.compile(r"/tickets/(\d+)$")


def configured(state: State) -> dict[str, int]:
    """Return the limits in force, in requests per window."""
    defaults = {name: requests for name, (requests, _) in DEFAULTS.items()}
    changed: dict[str, int] = state.get_setting(_SETTING, {})
    return defaults | changed


def configure(state: State, changes: Json) -> None:
    """Change some limits.

    Raises:
        ValueError: an unknown name, or a limit that is no number.
    """
    for name, requests in changes.items():
        if name not in DEFAULTS or not isinstance(requests, int) or requests < 0:
            raise ValueError(
                f"{name} = {requests!r}: known limits are {', '.join(DEFAULTS)}, as whole numbers"
            )
    state.set_setting(_SETTING, state.get_setting(_SETTING, {}) | changes)


def be_busy(state: State, until: float) -> None:
    """Refuse every request until a moment, in Unix seconds of the machine's clock."""
    state.set_setting(_BUSY, until)


class Limits:
    """The account's windows."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._windows = {name: Window(requests, seconds) for name, (requests, seconds) in DEFAULTS.items()}

    def take(self, method: str, path: str) -> dict[str, str]:
        """Count a request and return the headers that tell what is left.

        Raises:
            Refused: 429 with Retry-After; nothing may be done.
        """
        allowed = configured(self._state)
        left, wait = self._windows["zendesk.account"].take("", allowed["zendesk.account"])
        busy = self._state.get_setting(_BUSY, 0.0) - time.time()
        if busy > 0:
            left, wait = 0, max(wait, busy)
        headers = {
            "x-rate-limit": str(allowed["zendesk.account"]),
            "x-rate-limit-remaining": str(left),
            "ratelimit-limit": str(allowed["zendesk.account"]),
            "ratelimit-remaining": str(left),
        }
        for name, key in () if wait else _narrow(method, path):
            wait = self._windows[name].take(key, allowed[name])[1]
            if wait:
                break
        if wait:
            refused = Refused(
                429, "APIRateLimitExceeded", "Number of allowed API requests per minute exceeded"
            )
            refused.headers = {**headers, "retry-after": str(int(wait) + 1)}
            raise refused
        return headers


def _narrow(method: str, path: str) -> list[tuple[str, str]]:
    """Return the endpoint limits that a request counts against, as (name, key)."""
    if method == "POST" and path.endswith("/users/create_or_update"):
        return [("zendesk.user_updates", "")]
    if method != "PUT":
        return []
    if found := _ONE_USER.search(path):
        return [("zendesk.user_updates", ""), ("zendesk.user", found[1])]
    if found := _ONE_TICKET.search(path):
        return [("zendesk.ticket_updates", ""), ("zendesk.ticket", found[1])]
    return []
