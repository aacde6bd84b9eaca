"""POST /webhooks/{gateway}/{account}: raw bytes -> verified -> inbox -> 200 at once.

The body is a hint, never the truth: only the object's name is kept, and the worker reads its state from the
gateway. What cannot be verified leaves no row behind. Bodies, headers and secrets are never logged.
"""

import importlib
import logging
from typing import Any

import anyio.to_thread
from sqlalchemy import Engine
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from billing import clock
from billing.errors import Forged, Transient
from billing.settings import Settings
from gateways import REGISTRY
from portal.intake import keep, no, raw_body, received

_NO_ACCOUNT = "No such account. The address is /webhooks/<gateway>/<account>."
log = logging.getLogger(__name__)


class Webhooks:
    """Receives webhooks of every gateway in the registry that sends them."""

    def __init__(self, engine: Engine, settings: Settings) -> None:
        self._engine = engine
        self._settings = settings

    async def receive(self, request: Request) -> Response:
        """Answer 200 kept or known, 400 forged, 404 no such account, 413 too large, 503 send it again."""
        gateway, account = request.path_params["gateway"], request.path_params["account"]
        config = next((c for c in self._accounts(gateway) if c.account == account), None)
        if config is None:
            return no(404, _NO_ACCOUNT)
        verifier = importlib.import_module(f"gateways.{gateway}.webhooks")
        if not verifier.is_configured(config):
            log.warning("Webhook for %s %s: no webhook_secret is configured.", gateway, account)
            return no(503, f"No webhook secret is configured for {account}: nothing can be verified.")
        raw = await raw_body(request)
        if isinstance(raw, Response):
            return raw
        headers = dict(request.headers)
        try:
            # In a thread: a verifier may have to ask the gateway.
            event = await anyio.to_thread.run_sync(verifier.verify, raw, headers, config, clock.now())
        except (Forged, Transient) as cause:
            # A gateway may try an address unsigned before it uses it: that is answered, and nothing is kept.
            if hasattr(verifier, "is_ping") and verifier.is_ping(raw, headers):
                event = None
            else:
                log.warning("Webhook for %s %s refused: %s", gateway, account, cause)
                return no(503 if isinstance(cause, Transient) else 400, str(cause))
        if event is None:
            return received()
        return await keep(
            self._engine,
            gateway,
            account,
            event_id=event.event_id,
            event_type=event.type,
            object_kind=event.object_kind,
            object_id=event.object_id,
        )

    async def confirm(self, request: Request) -> Response:
        """Answer a gateway that asks whether this address is ours, before it sends anything there."""
        gateway, account = request.path_params["gateway"], request.path_params["account"]
        config = next((c for c in self._accounts(gateway) if c.account == account), None)
        if config is None:
            return no(404, _NO_ACCOUNT)
        answer = getattr(importlib.import_module(f"gateways.{gateway}.webhooks"), "answer_challenge", None)
        if answer is None:
            return no(405, f"{gateway} sends webhooks by POST.")
        try:
            return PlainTextResponse(answer(request.query_params, config))
        except Forged as cause:
            return no(400, str(cause))

    def _accounts(self, gateway: str) -> list[Any]:
        known = REGISTRY.get(gateway)
        if known is None or not known.has_webhooks:
            return []
        accounts: list[Any] = getattr(self._settings.gateways, gateway)
        return accounts
