"""The emulated Recurly in the test's own process, with what it remembers at hand."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import uvicorn

from sandbox.clock import Clock
from sandbox.recurly import app, company, life
from sandbox.state import State

HEADERS = {"accept": "application/vnd.recurly.v2021-02-25"}


@dataclass
class Desk:
    """One emulated site: a client of its API, its memory and its clock."""

    http: httpx.Client
    state: State
    clock: Clock

    def get(self, path: str, **params: Any) -> Any:
        answer = self.http.get(path, params=params or None)
        answer.raise_for_status()
        return answer.json()

    def send(self, method: str, path: str, body: Any = None, key: str | None = None) -> httpx.Response:
        headers = {"idempotency-key": key} if key else {}
        return self.http.request(method, path, json=body or {}, headers=headers)

    def every(self, path: str, **params: Any) -> list[dict[str, Any]]:
        """All objects of a list, by its own `next`."""
        found: list[dict[str, Any]] = []
        page = self.get(path, limit=50, **params) if path != "/sites" else self.get(path)
        while True:
            found += page["data"]
            if not page["has_more"]:
                return found
            page = self.get(page["next"])

    def wait(self, days: float) -> None:
        """Let days go by, and what falls due in them happen."""
        before = self.clock.timestamp()
        self.clock.advance(days * 86_400)
        life.pass_time(self.state, before, self.clock.timestamp())


@contextmanager
def recurly_desk(folder: Path, customers: int = 40) -> Iterator[Desk]:
    """Serve a freshly made company on a port of its own."""
    state = State(folder / "sandbox.sqlite")
    clock = Clock(state)
    company.seed(state, clock, customers=customers)
    server = uvicorn.Server(uvicorn.Config(app.build(state, clock), log_config=None))
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        try:
            with httpx.Client(
                base_url=url, auth=("recurly_sandbox_key", ""), headers=HEADERS, timeout=30
            ) as http:
                yield Desk(http, state, clock)
        finally:
            server.should_exit = True
            thread.join(5)
            state.close()
