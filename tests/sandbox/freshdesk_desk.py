"""The emulated Freshdesk in the test's own process, with what people do there and every request that was made."""

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
from sandbox.freshdesk import acting, app, contacts, seed
from sandbox.state import State

PEOPLE = [
    {"name": "Maria Kowalska", "email": "maria@example.com", "external_id": "cus_1"},
    {"name": "Kenji Sato", "email": "Kenji@Example.com", "external_id": None},
    {"name": "Fatima Al-Sabah", "email": "fatima@example.com", "external_id": None},
]
PLENTY = 100_000


@dataclass
class Desk:
    """One emulated account: its address, a client of its API, its memory, and the requests it has seen."""

    url: str
    http: httpx.Client
    state: State
    clock: Clock
    faults: Faults
    requests: list[tuple[str, str]] = field(default_factory=list)
    sent: list[Any] = field(default_factory=list)
    """The JSON bodies of the requests that had one."""

    def act(self, deed: str, **asked: Any) -> dict[str, Any]:
        return acting.act(self.state, self.clock, {"vendor": "freshdesk", "deed": deed, **asked})

    def contact(self, email: str) -> str:
        """The id of the contact with this address."""
        [found] = self.act("contact", email=email)["ids"]
        return str(found)

    def held(self, contact: str) -> dict[str, Any]:
        """A contact's custom field values by name."""
        found: dict[str, Any] = self.act("fields", contact=contact)["fields"]
        return found

    def writes(self) -> int:
        return contacts.writes(self.state)

    def seen(self, method: str, part: str = "") -> list[str]:
        return [path for asked, path in self.requests if asked == method and part in path]

    def fault(self, path: str, kind: str, **more: Any) -> None:
        self.faults.plan(Fault(f"/freshdesk/api/v2{path}", kind, **more))

    def limit(self, **changes: int) -> None:
        """Change limits by their last names: account, contacts_list ..."""
        self.act("limits", limits={f"freshdesk.{name}": requests for name, requests in changes.items()})


def errors(answer: httpx.Response, status: int = 400) -> list[tuple[str, str]]:
    """The fields that a refusal names, each with its code."""
    assert answer.status_code == status, answer.text
    assert answer.json()["description"] == "Validation failed"
    return [(one["field"], one["code"]) for one in answer.json()["errors"]]


@contextmanager
def freshdesk_desk(folder: Path, people: Any = PEOPLE) -> Iterator[Desk]:
    """Serve a freshly seeded account under /freshdesk on a port of its own."""
    state = State(folder / "sandbox.sqlite")
    clock = Clock(state)
    seed.people(state, clock, people)
    faults = Faults()
    requests: list[tuple[str, str]] = []
    sent: list[Any] = []
    with socket.create_server(("127.0.0.1", 0)) as listening:
        url = f"http://127.0.0.1:{listening.getsockname()[1]}/freshdesk"
        emulator = app.build(state, clock, url)

        async def noting(scope: Any, receive: Any, send: Any) -> None:
            raw = b""
            if scope["type"] == "http":
                requests.append((scope["method"], scope["path"].removeprefix("/freshdesk/api/v2")))
                raw = await Request(scope, receive).body()
                sent.extend([json.loads(raw)] if raw.startswith(b"{") and raw.endswith(b"}") else [])

            async def again() -> dict[str, Any]:
                return {"type": "http.request", "body": raw, "more_body": False}

            await emulator(scope, again, send)

        top = FaultInjection(Starlette(routes=[Mount("/freshdesk", noting)]), faults)
        server = uvicorn.Server(uvicorn.Config(top, http=DroppableProtocol, log_config=None))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        try:
            with httpx.Client(base_url=f"{url}/api/v2", auth=(app.API_KEY, "X"), timeout=30) as http:
                yield Desk(url, http, state, clock, faults, requests, sent)
        finally:
            server.should_exit = True
            thread.join(5)
            state.close()
