"""The emulated Front in the test's own process, with what people do there and every request that was made."""

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route

from sandbox.clock import Clock
from sandbox.faults import DroppableProtocol, FaultInjection, Faults
from sandbox.front import acting, app, contacts, seed
from sandbox.state import State

PEOPLE = [
    {"name": "Maria Kowalska", "email": "maria@example.com", "external_id": "cus_1"},
    {"name": "Kenji Sato", "email": "Kenji@Example.com", "external_id": None},
    {"name": "Fatima Al-Sabah", "email": "fatima@example.com", "external_id": None},
]


@dataclass
class Desk:
    """One emulated company: its address, a client of its API, its memory, and the requests it has seen."""

    url: str
    http: httpx.Client
    state: State
    clock: Clock
    faults: Faults
    requests: list[dict[str, Any]] = field(default_factory=list)

    def act(self, deed: str, **asked: Any) -> dict[str, Any]:
        return acting.act(self.state, self.clock, {"vendor": "front", "deed": deed, **asked})

    def contact(self, email: str) -> str:
        """The id of the contact with this address."""
        [found] = self.act("contact", email=email)["ids"]
        return str(found)

    def held(self, contact: str) -> dict[str, Any]:
        """A contact's field values by name."""
        found: dict[str, Any] = self.act("fields", contact=contact)["fields"]
        return found

    def writes(self) -> int:
        return contacts.writes(self.state)

    def seen(self, method: str, part: str = "") -> list[dict[str, Any]]:
        return [one for one in self.requests if one["method"] == method and part in one["path"]]

    def listener(self, answer: Any) -> str:
        """The address of a webhook's receiver, which answers what `answer(headers, body)` returns."""
        self.answer = answer
        return f"{self.url.removesuffix('/front')}/listener"


@contextmanager
def front_desk(folder: Path, people: Any = PEOPLE) -> Iterator[Desk]:
    """Serve a freshly seeded company under /front on a port of its own."""
    state = State(folder / "sandbox.sqlite")
    clock = Clock(state)
    seed.people(state, clock, people)
    faults = Faults()
    desk = Desk("", httpx.Client(), state, clock, faults)

    async def listen(request: Request) -> Response:
        answered: Response = desk.answer(dict(request.headers), await request.body())
        return answered

    emulator = app.build(state, clock, "")

    async def noting(scope: Any, receive: Any, send: Any) -> None:
        raw = b""
        if scope["type"] == "http":
            raw = await Request(scope, receive).body()
            desk.requests.append(
                {
                    "method": scope["method"],
                    "path": scope["path"].removeprefix("/front"),
                    "query": dict(Request(scope).query_params),
                    "body": json.loads(raw) if raw.endswith(b"}") else None,
                }
            )

        async def again() -> dict[str, Any]:
            return {"type": "http.request", "body": raw, "more_body": False}

        await emulator(scope, again, send)

    top = Starlette(routes=[Mount("/front", noting), Route("/listener", listen, methods=["POST"])])
    server = uvicorn.Server(
        uvicorn.Config(FaultInjection(top, faults), http=DroppableProtocol, log_config=None)
    )
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        desk.url = f"http://127.0.0.1:{listening.getsockname()[1]}/front"
        headers = {"authorization": f"Bearer {app.API_TOKEN}"}
        try:
            with httpx.Client(base_url=desk.url, headers=headers, timeout=30) as desk.http:
                yield desk
        finally:
            server.should_exit = True
            thread.join(5)
            state.close()
