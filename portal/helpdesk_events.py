"""POST /helpdesks/{helpdesk}/{account}: a ticket event, raw -> verified -> inbox -> 200 at once.

The body is a hint, never the truth: only the ticket's name is kept, and the worker reads the ticket from the
helpdesk. What cannot be verified leaves no row behind; a genuine word that is not for us is answered and dropped.
"""

import importlib
import logging
from typing import Any

import anyio.to_thread
from sqlalchemy import Engine
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from billing import clock
from billing.errors import Forged
from billing.settings import Settings
from billing.settings_helpdesks import Helpdesks
from helpdesk_sync.ports import TicketEvent
from portal.intake import keep, no, raw_body, received

log = logging.getLogger(__name__)

_NO_ACCOUNT = "No such account. The address is /helpdesks/<helpdesk>/<account>."


class HelpdeskEvents:
    """Receives the ticket events of every helpdesk account in billhouse.toml."""

    def __init__(self, engine: Engine, settings: Settings) -> None:
        self._engine = engine
        self._settings = settings

    async def receive(self, request: Request) -> Response:
        """Answer 200 kept, known or not for us, 400 forged, 404 no such account, 413 too large, 503 again."""
        helpdesk, account = request.path_params["helpdesk"], request.path_params["account"]
        config = self._account(helpdesk, account)
        if config is None:
            return no(404, _NO_ACCOUNT)
        verifier = importlib.import_module(f"helpdesk_sync.webhooks.{helpdesk}")
        if not verifier.is_configured(config):
            log.warning("Ticket event for %s %s: no secret is configured.", helpdesk, account)
            return no(503, f"No secret is configured for {helpdesk} {account}: nothing can be verified.")
        raw = await raw_body(request)
        if isinstance(raw, Response):
            return raw
        headers = dict(request.headers)
        try:
            if (proof := _challenge(verifier, raw, headers, config)) is not None:
                return JSONResponse(proof)
            event = await anyio.to_thread.run_sync(verifier.verify, raw, headers, config, clock.now())
        except Forged as cause:
            log.warning("Ticket event for %s %s refused: %s", helpdesk, account, cause)
            return no(400, str(cause))
        return await self._keep(helpdesk, account, event)

    async def confirm(self, request: Request) -> Response:
        """Answer a helpdesk, or the admin who sets it up, that asks by HEAD or GET whether the address is one."""
        if self._account(request.path_params["helpdesk"], request.path_params["account"]) is None:
            return no(404, _NO_ACCOUNT)
        return received()

    async def _keep(self, helpdesk: str, account: str, event: TicketEvent | None) -> Response:
        if event is None:
            return received()
        return await keep(
            self._engine,
            helpdesk,
            account,
            event_id=event.event_id,
            event_type=event.type,
            object_kind="ticket",
            object_id=event.ticket_id,
        )

    def _account(self, helpdesk: str, account: str) -> Any | None:
        if helpdesk not in Helpdesks.model_fields:
            return None
        entries: list[Any] = getattr(self._settings.helpdesks, helpdesk)
        return next((entry for entry in entries if entry.account == account), None)


def _challenge(verifier: Any, raw: bytes, headers: dict[str, str], config: Any) -> dict[str, Any] | None:
    """Return the proof that this address is ours, where the helpdesk asks for one before it sends anything."""
    answer = getattr(verifier, "answer_challenge", None)
    proof: dict[str, Any] | None = answer(raw, headers, config) if answer else None
    return proof
