"""Tickets and agents, read again at their helpdesk: what a browser says of either is only a hint.

Answers are kept for a minute (an agent's address for ten), so that a panel's refreshes do not eat the helpdesk's
allowance. A helpdesk that is slow is given eight seconds: an agent waits before the screen.
"""

import threading
import time
from collections.abc import Callable
from typing import Any, cast

import anyio
import anyio.to_thread

from billing.errors import NotFound, Transient
from billing.settings import Settings
from helpdesk_sync.ports import Helpdesk, KnowsAgents, Ticket
from helpdesk_sync.registry import helpdesks

TICKET_SECONDS = 60.0
AGENT_SECONDS = 600.0
PATIENCE_SECONDS = 8.0
_MOST_KEPT = 2000


class Requesters:
    """Asks the configured helpdesks, each opened when it is first needed."""

    def __init__(self, settings: Settings, clock: Callable[[], float] = time.monotonic) -> None:
        self._settings = settings
        self._clock = clock
        self._lock = threading.Lock()
        self._desks: dict[str, Helpdesk] | None = None
        self._kept: dict[tuple[str, str, str], tuple[float, Any]] = {}

    async def ticket(self, desk: str, ticket_id: str) -> Ticket:
        """Return a ticket as its helpdesk tells it now, or did in the last minute.

        Raises:
            NotFound: no such account or ticket.
            Transient: the helpdesk does not answer in time.
            Refused: it does not let us see the ticket.
        """
        found = await self._ask(("ticket", desk, ticket_id), TICKET_SECONDS, self._ticket)
        return cast(Ticket, found)

    async def agent_email(self, desk: str, agent_id: str) -> str | None:
        """Return the address of a helpdesk's agent; None for somebody who is none there. Errors: as `ticket`."""
        found = await self._ask(("agent", desk, agent_id), AGENT_SECONDS, self._agent)
        return cast(str | None, found)

    def close(self) -> None:
        """Close the connections to all helpdesks."""
        with self._lock:
            desks, self._desks = self._desks or {}, None
        for desk in desks.values():
            desk.close()

    async def _ask(
        self, key: tuple[str, str, str], seconds: float, ask: Callable[[str, str], object]
    ) -> object:
        with self._lock:
            until, answer = self._kept.get(key, (0.0, None))
        if until > self._clock():
            return answer
        with anyio.move_on_after(PATIENCE_SECONDS) as scope:
            answer = await anyio.to_thread.run_sync(ask, key[1], key[2], abandon_on_cancel=True)
        if scope.cancelled_caught:
            raise Transient(f"{key[1].partition(':')[0].capitalize()} did not answer. Try again in a moment.")
        with self._lock:
            if len(self._kept) >= _MOST_KEPT:
                self._kept.clear()
            self._kept[key] = (self._clock() + seconds, answer)
        return answer

    def _ticket(self, desk: str, ticket_id: str) -> Ticket:
        return self._desk(desk).ticket(ticket_id)

    def _agent(self, desk: str, agent_id: str) -> str | None:
        return cast(KnowsAgents, self._desk(desk)).agent_email(agent_id)

    def _desk(self, name: str) -> Helpdesk:
        with self._lock:
            if self._desks is None:
                self._desks = {desk.name: desk for desk in helpdesks(self._settings)}
            found = self._desks.get(name)
        if found is None:
            raise NotFound(f"No account {name} is configured.")
        return found
