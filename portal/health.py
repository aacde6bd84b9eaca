"""Health in one JSON object: whether the store answers, and how old the published copy is (in seconds)."""

import logging
from typing import Any

import anyio.to_thread
import duckdb
from sqlalchemy import Engine, text
from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from billing import clock
from billing.errors import BillhouseError, NotFound
from billing.warehouse.reader import Reader, snapshot

log = logging.getLogger(__name__)


class Health:
    """Answers 200 while webhooks can be kept, 503 when they cannot; an old copy alone is not ill health."""

    def __init__(self, engine: Engine, reader: Reader) -> None:
        self._engine = engine
        self._reader = reader

    async def show(self, _request: Request) -> Response:
        """Answer GET /healthz."""
        store = await anyio.to_thread.run_sync(self._store)
        published = await anyio.to_thread.run_sync(self._published)
        healthy = store == "ok"
        body = {"status": "ok" if healthy else "ill", "store": store, "published": published}
        return JSONResponse(body, status_code=200 if healthy else 503, headers={"Cache-Control": "no-store"})

    def _store(self) -> str:
        try:
            with self._engine.connect() as connection:
                connection.execute(text("select 1"))
        except SQLAlchemyError:
            log.exception("The store does not answer.")
            return "does not answer"
        return "ok"

    def _published(self) -> dict[str, Any] | str:
        try:
            name, at = snapshot(self._reader)
        except NotFound:
            return "nothing yet"
        except (BillhouseError, duckdb.Error):
            log.exception("The published copy cannot be read.")
            return "cannot be read"
        age = int((clock.now() - at).total_seconds())
        return {"snapshot": name, "published_at": at.isoformat(), "age_seconds": max(age, 0)}
