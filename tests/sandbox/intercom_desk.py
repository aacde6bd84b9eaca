"""The emulated Intercom in the test's own process, with what people do there and every request that was made."""

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import uvicorn
from openapi_schema_validator import OAS30ReadValidator
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.routing import Mount

from sandbox.clock import Clock
from sandbox.deliveries import Letter
from sandbox.faults import DroppableProtocol, FaultInjection, Faults
from sandbox.intercom import acting, app, contacts, seed, webhooks
from sandbox.state import State

SPECIFICATION = "intercom-2.16-trimmed.json"
# The vendor's own examples hold null here, where its schema names an object.
_NULL_IN_EXAMPLES = {"assigned_to", "email_message_metadata", "event_details", "ai_agent"}
_OPTIONAL = {
    *("channel", "company", "external_references", "field", "merge_history", "monitor_evaluations", "next"),
    *("options", "sales_agent", "sales_agent_participated", "scorecards"),
}
PEOPLE = [
    {"name": "Maria Kowalska", "email": "Maria@Example.com", "external_id": "cus_1"},
    {"name": "Kenji Sato", "email": "kenji@example.com", "external_id": None},
    {"name": "Fatima Al-Sabah", "email": "fatima@example.com", "external_id": None},
    {"name": "Bjork", "email": "bjork@example.com", "external_id": None},
]


@dataclass
class Desk:
    """One emulated workspace: its address, a client of its API, its memory, and the requests it has seen."""

    url: str
    http: httpx.Client
    state: State
    clock: Clock
    faults: Faults
    requests: list[dict[str, Any]] = field(default_factory=list)

    def act(self, deed: str, **asked: Any) -> dict[str, Any]:
        return acting.act(self.state, self.clock, {"vendor": "intercom", "deed": deed, **asked})

    def contact(self, email: str) -> str:
        """The id of the contact with this address."""
        [found] = self.act("contact", email=email)["ids"]
        return str(found)

    def held(self, contact: str) -> dict[str, Any]:
        """A contact's attributes by name."""
        found: dict[str, Any] = self.act("fields", contact=contact)["fields"]
        return found

    def notes(self, ticket: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.act("notes", ticket=ticket)["notes"]
        return found

    def writes(self) -> int:
        return contacts.writes(self.state)

    def seen(self, method: str, part: str = "") -> list[dict[str, Any]]:
        return [one for one in self.requests if one["method"] == method and part in one["path"]]

    def letter(self) -> Letter:
        """The newest notification, as it is posted."""
        [newest] = self.state.list("intercom", "intercom", webhooks.KIND, limit=1)
        written = webhooks.letter(self.state, "intercom", newest["id"])
        assert written
        return dict(written[0]), written[1]


def checker(specs: Path) -> Callable[[str, Any], None]:
    """Return what holds an answer to one of the vendor's schemas."""
    document = json.loads((specs / SPECIFICATION).read_text())

    def known(body: Any) -> Any:
        if isinstance(body, list):
            return [known(one) for one in body]
        if not isinstance(body, dict):
            return body
        return {k: known(v) for k, v in body.items() if v is not None or k not in _NULL_IN_EXAMPLES}

    def check(name: str, body: Any) -> None:
        wanted = {"$ref": f"#/components/schemas/{name}", "components": document["components"]}
        OAS30ReadValidator(wanted).validate(known(body))
        # Nothing is required by these schemas, so that an empty answer would fit: no name may be missing.
        named = set(document["components"]["schemas"][name]["properties"])
        assert named - set(body) - _OPTIONAL == set()

    return check


def refusal(answer: httpx.Response) -> tuple[int, str, str]:
    """Return an error list's status, code and message."""
    body = answer.json()
    assert body["type"] == "error.list"
    UUID(body["request_id"])
    [error] = body["errors"]
    return answer.status_code, error["code"], error["message"]


@contextmanager
def intercom_desk(folder: Path, people: Any = PEOPLE) -> Iterator[Desk]:
    """Serve a freshly seeded workspace under /intercom on a port of its own."""
    state = State(folder / "sandbox.sqlite")
    clock = Clock(state)
    seed.people(state, clock, people)
    desk = Desk("", httpx.Client(), state, clock, Faults())
    emulator = app.build(state, clock, "")

    async def noting(scope: Any, receive: Any, send: Any) -> None:
        raw = b""
        if scope["type"] == "http":
            raw = await Request(scope, receive).body()
            desk.requests.append(
                {
                    "method": scope["method"],
                    "path": scope["path"].removeprefix("/intercom"),
                    "query": dict(Request(scope).query_params),
                    "headers": dict(Request(scope).headers),
                    "body": json.loads(raw) if raw else None,
                }
            )

        async def again() -> dict[str, Any]:
            return {"type": "http.request", "body": raw, "more_body": False}

        await emulator(scope, again, send)

    top = FaultInjection(Starlette(routes=[Mount("/intercom", noting)]), desk.faults)
    server = uvicorn.Server(uvicorn.Config(top, http=DroppableProtocol, log_config=None))
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        desk.url = f"http://127.0.0.1:{listening.getsockname()[1]}/intercom"
        headers = {"authorization": f"Bearer {app.ACCESS_TOKEN}", "intercom-version": app.VERSION}
        try:
            with httpx.Client(base_url=desk.url, headers=headers, timeout=30) as desk.http:
                yield desk
        finally:
            server.should_exit = True
            thread.join(5)
            state.close()
