"""The emulated Help Scout in the test's own process, with what people do there and every request that was made."""

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
from starlette.routing import Mount

from sandbox.clock import Clock
from sandbox.faults import DroppableProtocol, Fault, FaultInjection, Faults
from sandbox.helpscout import acting, app, customers, seed, webhooks
from sandbox.state import State

MARIA, KENJI, FATIMA = "maria@example.com", "Kenji@Example.com", "fatima@example.com"
PEOPLE = [
    {"name": "Maria Kowalska", "email": MARIA, "external_id": "cus_1"},
    {"name": "Kenji Sato", "email": KENJI, "external_id": None},
    {"name": None, "email": FATIMA, "external_id": None},
]
CREDENTIALS = {
    "grant_type": "client_credentials",
    "client_id": "helpscout_sandbox_app",
    "client_secret": "helpscout_sandbox_secret",
}


@dataclass
class Desk:
    """One emulated account: its address, a client of its API, its memory, and the requests it has seen."""

    url: str
    http: httpx.Client
    state: State
    clock: Clock
    faults: Faults
    requests: list[dict[str, Any]] = field(default_factory=list)

    def act(self, deed: str, **asked: Any) -> dict[str, Any]:
        return acting.act(self.state, self.clock, {"vendor": "helpscout", "deed": deed, **asked})

    def contact(self, email: str) -> str:
        """The id of the customer with this address."""
        [found] = self.act("contact", email=email)["ids"]
        return str(found)

    def held(self, contact: str) -> dict[str, Any]:
        """A customer's values by slug."""
        found: dict[str, Any] = self.act("fields", contact=contact)["fields"]
        return found

    def writes(self) -> int:
        return customers.writes(self.state)

    def seen(self, method: str, part: str = "") -> list[dict[str, Any]]:
        return [one for one in self.requests if one["method"] == method and part in one["path"]]

    def fault(self, path: str, **what: Any) -> None:
        self.faults.plan(Fault(f"/helpscout{path}", **what))

    def sign_in(self) -> None:
        """Give the client a fresh token."""
        answer = self.http.post("/v2/oauth2/token", data=CREDENTIALS)
        assert answer.status_code == 200, answer.text
        self.http.headers["authorization"] = f"Bearer {answer.json()['access_token']}"

    def letters(self) -> list[tuple[dict[str, str], bytes]]:
        """Every webhook since the account was opened, as it would be sent, oldest first."""
        events = self.state.list("helpscout", "helpscout", webhooks.KIND, oldest_first=True)
        found = [webhooks.letter(self.state, "helpscout", event["id"]) for event in events]
        return [(dict(one[0]), one[1]) for one in found if one]


def walk(http: httpx.Client, path: str) -> Iterator[dict[str, Any]]:
    """Every page of a list, by its links."""
    while path:
        page = http.get(path).json()
        yield page
        path = page["_links"].get("next", {}).get("href", "")


@contextmanager
def helpscout_desk(folder: Path, people: Any = PEOPLE) -> Iterator[Desk]:
    """Serve a freshly seeded account under /helpscout on a port of its own."""
    state = State(folder / "sandbox.sqlite")
    clock = Clock(state)
    seed.people(state, clock, people)
    desk = Desk("", httpx.Client(), state, clock, Faults())
    listening = socket.create_server(("127.0.0.1", 0))
    desk.url = f"http://127.0.0.1:{listening.getsockname()[1]}/helpscout"
    emulator = app.build(state, clock, desk.url)

    async def noting(scope: Any, receive: Any, send: Any) -> None:
        raw = b""
        if scope["type"] == "http":
            raw = await Request(scope, receive).body()
            is_json = b"application/json" in dict(scope["headers"]).get(b"content-type", b"")
            desk.requests.append(
                {
                    "method": scope["method"],
                    "path": scope["path"].removeprefix("/helpscout"),
                    "body": json.loads(raw) if raw and is_json else None,
                }
            )

        async def again() -> dict[str, Any]:
            return {"type": "http.request", "body": raw, "more_body": False}

        await emulator(scope, again, send)

    top = FaultInjection(Starlette(routes=[Mount("/helpscout", noting)]), desk.faults)
    server = uvicorn.Server(uvicorn.Config(top, http=DroppableProtocol, ws="none", log_config=None))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    try:
        with httpx.Client(base_url=desk.url, timeout=30) as desk.http:
            desk.sign_in()
            desk.requests.clear()
            yield desk
    finally:
        server.should_exit = True
        thread.join(5)
        listening.close()
        state.close()
