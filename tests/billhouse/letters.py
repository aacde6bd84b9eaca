"""The portal, listening for the vendors' webhooks, and every letter that came, as it came."""

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import uvicorn
from starlette.types import ASGIApp, Message, Receive, Scope, Send

import portal.app
from billhouse.house import House
from billing.store import inbox, transaction
from tests.billhouse.prepared import GATEWAY_OF
from tests.conftest import Sandbox

PATIENCE_SECONDS = 120


@dataclass(frozen=True)
class Letter:
    """One webhook: where it was posted, its headers and its bytes."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def account(self) -> str:
        return self.path.rpartition("/")[2]


@dataclass
class Door:
    """The portal's address, and what was posted there."""

    url: str = ""
    letters: list[Letter] = field(default_factory=list)

    def post(self, letter: Letter, account: str | None = None) -> httpx.Response:
        """Post a letter (again), perhaps to another account of the same gateway."""
        path = f"/webhooks/{GATEWAY_OF[account]}/{account}" if account else letter.path
        return httpx.post(f"{self.url}{path}", content=letter.body, headers=letter.headers, timeout=30)

    def of(self, account: str) -> list[Letter]:
        return [letter for letter in self.letters if letter.account == account]


@contextmanager
def listening(house: House) -> Iterator[Door]:
    """Serve the house's portal on a free port."""
    door = Door()
    app = _kept(portal.app.build(house.settings), door)
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="warning"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive(), "the portal did not start"
        time.sleep(0.05)
    door.url = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    try:
        yield door
    finally:
        server.should_exit = True
        thread.join(30)


def _kept(app: ASGIApp, door: Door) -> ASGIApp:
    async def keep(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return
        chunks: list[bytes] = []

        async def read() -> Message:
            message = await receive()
            chunks.append(message.get("body", b""))
            return message

        await app(scope, read, send)
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        headers.pop("content-length", None)
        headers.pop("host", None)
        door.letters.append(Letter(scope["path"], headers, b"".join(chunks)))

    return keep


def aim(sandbox: Sandbox, url: str) -> None:
    """Tell every vendor to send the webhooks of every account to a portal from now on."""
    for account, gateway in GATEWAY_OF.items():
        sandbox.control("webhooks/target", account=account, url=f"{url}/webhooks/{gateway}/{account}")


def wait_until_delivered(sandbox: Sandbox) -> None:
    """Wait until the vendors have no letter left to send."""
    memory = f"file:{sandbox.state / 'sandbox.sqlite'}?mode=ro"
    until = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < until:
        with sqlite3.connect(memory, uri=True) as connection:
            ((waiting,),) = connection.execute("select count(*) from deliveries where done = 0").fetchall()
        if not waiting:
            return
        time.sleep(0.2)
    raise AssertionError(f"{waiting} webhooks were not delivered within {PATIENCE_SECONDS} seconds")


def pending(house: House) -> list[inbox.Hint]:
    """What waits in the inbox."""
    with transaction(house.engine) as connection:
        return inbox.pending(connection)


def kept(house: House) -> list[Any]:
    """Every row of the inbox, done or not: account, event, kind and id."""
    with house.engine.connect() as connection:
        sql = "select account, event_id, object_kind, object_id from inbox order by id"
        return [tuple(row) for row in connection.exec_driver_sql(sql).all()]
