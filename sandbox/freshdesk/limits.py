"""Freshdesk's request limits, by the machine's clock: per account and minute, and tighter ones for some endpoints.

Figures are those of the Enterprise plan in the vendor's documentation; a deed of `acting` changes them. The headers
of every answer tell the account's allowance alone: a tighter limit is met without a warning.
"""

import math
import re
import time

from sandbox.faults import Window
from sandbox.freshdesk.answers import Refused
from sandbox.state import Json, State

_SETTING = "freshdesk.limits"
_BUSY = "freshdesk.busy_until"
_MINUTE = 60
DEFAULTS = {
    "freshdesk.account": 700,
    "freshdesk.contacts_list": 200,
    "freshdesk.tickets_list": 200,
    "freshdesk.ticket_create": 280,
    "freshdesk.ticket_update": 280,
}
_ONE_TICKET = re.compile(r"/tickets/\d+$")


def configured(state: State) -> dict[str, int]:
    """Return the limits in force, in requests a minute."""
    changed: dict[str, int] = state.get_setting(_SETTING, {})
    return DEFAULTS | changed


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


def be_busy(state: State, seconds: float) -> None:
    """Refuse every request for some seconds of the machine's clock."""
    state.set_setting(_BUSY, time.time() + seconds)


class Limits:
    """The account's windows."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._windows = {name: Window(requests, _MINUTE) for name, requests in DEFAULTS.items()}

    def take(self, method: str, path: str, cost: int) -> dict[str, str]:
        """Count a request, which costs more than one call when it embeds things, and return its headers.

        Raises:
            Refused: 429 with Retry-After; nothing may be done.
        """
        allowed = configured(self._state)
        total = allowed["freshdesk.account"]
        left, wait = 0, max(self._state.get_setting(_BUSY, 0.0) - time.time(), 0.0)
        for _ in range(0 if wait else cost):
            left, wait = self._windows["freshdesk.account"].take("", total)
        if not wait and (name := _narrow(method, path)):
            wait = self._windows[name].take("", allowed[name])[1]
        headers = {
            "x-ratelimit-total": str(total),
            "x-ratelimit-remaining": str(left),
            "x-ratelimit-used-currentrequest": str(cost),
        }
        if wait:
            headers["retry-after"] = str(math.ceil(wait))
            raise Refused(
                429, {"message": "You have exceeded the limit of requests per minute"}, headers=headers
            )
        return headers


def _narrow(method: str, path: str) -> str | None:
    """Return the tighter limit that a request counts against, besides the account's."""
    if method == "GET" and path.endswith("/contacts"):
        return None if path.endswith("/search/contacts") else "freshdesk.contacts_list"
    if path.endswith("/tickets"):
        return {"GET": "freshdesk.tickets_list", "POST": "freshdesk.ticket_create"}.get(method)
    return "freshdesk.ticket_update" if method == "PUT" and _ONE_TICKET.search(path) else None
