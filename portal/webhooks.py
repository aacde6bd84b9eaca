"""POST /webhooks/{gateway}/{account}: raw bytes -> verified -> inbox -> 200 at once.

The body is a hint, never the truth: only the object's name is kept, and the worker reads its state from the
gateway. What cannot be verified leaves no row behind. Bodies, headers and secrets are never logged.
"""

import importlib
import logging
from typing import Any

import anyio.to_thread
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from billing import clock
from billing.errors import Forged, Transient
from billing.settings import Settings
from billing.store import inbox, transaction
from gateways import REGISTRY
from gateways.webhook_event import WebhookEvent

MAX_BYTES = 1 << 20
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
            return _no(404, "No such account. The address is /webhooks/<gateway>/<account>.")
        verifier = importlib.import_module(f"gateways.{gateway}.webhooks")
        if not verifier.is_configured(config):
            log.warning("Webhook for %s %s: no webhook_secret is configured.", gateway, account)
            return _no(503, f"No webhook secret is configured for {account}: nothing can be verified.")
        try:
            raw = await _body(request)
        except ClientDisconnect:
            return _no(400, "The connection ended before the whole body had come.")
        if raw is None:
            return _no(413, f"The body is larger than {MAX_BYTES} bytes.")
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
                return _no(503 if isinstance(cause, Transient) else 400, str(cause))
        return await self._keep(gateway, account, event) if event else JSONResponse({"received": True})

    async def confirm(self, request: Request) -> Response:
        """Answer a gateway that asks whether this address is ours, before it sends anything there."""
        gateway, account = request.path_params["gateway"], request.path_params["account"]
        config = next((c for c in self._accounts(gateway) if c.account == account), None)
        if config is None:
            return _no(404, "No such account. The address is /webhooks/<gateway>/<account>.")
        answer = getattr(importlib.import_module(f"gateways.{gateway}.webhooks"), "answer_challenge", None)
        if answer is None:
            return _no(405, f"{gateway} sends webhooks by POST.")
        try:
            return PlainTextResponse(answer(request.query_params, config))
        except Forged as cause:
            return _no(400, str(cause))

    def _accounts(self, gateway: str) -> list[Any]:
        known = REGISTRY.get(gateway)
        if known is None or not known.has_webhooks:
            return []
        accounts: list[Any] = getattr(self._settings.gateways, gateway)
        return accounts

    async def _keep(self, gateway: str, account: str, event: WebhookEvent) -> Response:
        def write() -> bool:
            with transaction(self._engine) as connection:
                return inbox.receive(
                    connection,
                    gateway=gateway,
                    account=account,
                    event_id=event.event_id,
                    event_type=event.type,
                    object_kind=event.object_kind,
                    object_id=event.object_id,
                )

        try:
            is_new = await anyio.to_thread.run_sync(write)
        except SQLAlchemyError:
            log.exception("Webhook %s for %s %s could not be kept.", event.event_id, gateway, account)
            return _no(503, "The webhook could not be kept. Send it again.")
        log.info("Webhook %s for %s %s.", event.event_id, account, "kept" if is_new else "was known")
        return JSONResponse({"received": True})


async def _body(request: Request) -> bytes | None:
    """Return the raw body; None once it is larger than MAX_BYTES, without reading the rest."""
    announced = request.headers.get("content-length", "")
    if announced.isdigit() and int(announced) > MAX_BYTES:
        return None
    raw = bytearray()
    async for chunk in request.stream():
        raw += chunk
        if len(raw) > MAX_BYTES:
            return None
    return bytes(raw)


def _no(status: int, why: str) -> Response:
    headers = {"Retry-After": "60"} if status == 503 else None
    return JSONResponse({"error": why}, status_code=status, headers=headers)
