"""`python -m benchmarks.stripe_server ROWS DELAY_MS`: a list of charges over HTTP, as quick as Python serves it.

It answers as Stripe's list endpoint does (newest first, windows of `created`, `starting_after`), from objects that
are JSON already. Other lists are empty. GET /seen tells how many requests came, and how many in the busiest second;
DELETE /seen forgets them. It prints its URL once it answers. For measuring alone.
"""

import asyncio
import sys
import time
from bisect import bisect_left, bisect_right
from urllib.parse import parse_qs

import orjson
import uvicorn

from benchmarks.rows import charges

EMPTY = b'{"object":"list","data":[],"has_more":false}'


class ChargeServer:
    """An ASGI application over `rows` charges, each answer `delay` seconds late."""

    def __init__(self, rows: int, delay: float) -> None:
        made = list(charges(rows))
        self._created = [one["created"] for one in made]
        self._place = {one["id"]: n for n, one in enumerate(made)}
        self._json = [orjson.dumps(one) for one in made]
        self._delay = delay
        self._asked: list[float] = []

    async def __call__(self, scope: dict, receive: object, send: object) -> None:  # type: ignore[type-arg]
        """Answer one request."""
        if scope["type"] != "http":
            return
        if scope["path"] == "/seen":
            body = self._seen()
            if scope["method"] == "DELETE":
                self._asked.clear()
        else:
            self._asked.append(time.monotonic())
            await asyncio.sleep(self._delay)
            body = self._answer(scope["path"], parse_qs(scope["query_string"].decode()))
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})  # type: ignore[operator]
        await send({"type": "http.response.body", "body": body})  # type: ignore[operator]

    def _seen(self) -> bytes:
        asked = self._asked
        within = (bisect_left(asked, moment + 1) - place for place, moment in enumerate(asked))
        return orjson.dumps({"requests": len(asked), "busiest_second": max(within, default=0)})

    def _answer(self, path: str, query: dict[str, list[str]]) -> bytes:
        if path == "/v1/account":
            return orjson.dumps({"id": "acct_bench", "object": "account", "created": self._created[0]})
        if path != "/v1/charges":
            return EMPTY
        low, high = 0, len(self._json)
        for name, values in query.items():
            moment = int(values[0]) if name.startswith("created[") else 0
            if name == "created[gte]":
                low = max(low, bisect_left(self._created, moment))
            elif name == "created[lt]":
                high = min(high, bisect_left(self._created, moment))
            elif name == "created[lte]":
                high = min(high, bisect_right(self._created, moment))
            elif name == "starting_after":
                high = min(high, self._place[values[0]])
        start = max(low, high - int(query.get("limit", ["10"])[0]))
        page = b",".join(reversed(self._json[start:high]))
        more = b"true" if start > low else b"false"
        return b'{"object":"list","data":[' + page + b'],"has_more":' + more + b"}"


async def _serve(rows: int, delay: float) -> None:
    app = ChargeServer(rows, delay)
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error", access_log=False))
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.02)
    port = server.servers[0].sockets[0].getsockname()[1]
    print(f"http://127.0.0.1:{port}", flush=True)
    await serving


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1]), int(sys.argv[2]) / 1000))
