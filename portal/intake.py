"""What every door for webhooks shares: the raw body within its limit, a row in the inbox, answers in words.

Bodies, headers and secrets are never logged.
"""

import logging

import anyio.to_thread
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from billing.store import inbox, transaction
from portal.body import body

MAX_BYTES = 1 << 20
log = logging.getLogger(__name__)


def received() -> Response:
    """Return the answer to a webhook that was kept, was known, or is not for us."""
    return JSONResponse({"received": True})


def no(status: int, why: str) -> Response:
    """Return a refusal in words; a 503 says when to try again."""
    headers = {"Retry-After": "60"} if status == 503 else None
    return JSONResponse({"error": why}, status_code=status, headers=headers)


async def raw_body(request: Request) -> bytes | Response:
    """Return the body as it came, or the answer to one that is larger than MAX_BYTES or ended early."""
    try:
        raw = await body(request, MAX_BYTES)
    except ClientDisconnect:
        return no(400, "The connection ended before the whole body had come.")
    return no(413, f"The body is larger than {MAX_BYTES} bytes.") if raw is None else raw


async def keep(
    engine: Engine,
    source: str,
    account: str,
    *,
    event_id: str,
    event_type: str,
    object_kind: str,
    object_id: str,
) -> Response:
    """Keep a verified event of a gateway or helpdesk in the inbox, once, and return the answer to it."""

    def write() -> bool:
        with transaction(engine) as connection:
            return inbox.receive(
                connection,
                gateway=source,
                account=account,
                event_id=event_id,
                event_type=event_type,
                object_kind=object_kind,
                object_id=object_id,
            )

    try:
        is_new = await anyio.to_thread.run_sync(write)
    except SQLAlchemyError:
        log.exception("Webhook %s for %s %s could not be kept.", event_id, source, account)
        return no(503, "The webhook could not be kept. Send it again.")
    log.info("Webhook %s for %s %s.", event_id, account, "kept" if is_new else "was known")
    return received()
