"""Puts every emulated service on one HTTP port: vendors, sign-in, mail catcher and controls."""

import asyncio
import contextlib
import json
import socket
from collections import deque
from collections.abc import AsyncIterator
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import Mount

from sandbox import control, helpdesks, mail, oidc, sidebars
from sandbox.clock import Clock
from sandbox.deliveries import Dispatcher
from sandbox.faults import DroppableProtocol, FaultInjection, Faults, StripeRateLimit
from sandbox.post_room import PostRoom
from sandbox.state import State
from sandbox.stripe import acting as stripe_acting
from sandbox.vendors import VENDORS, WRITERS

HOST = "127.0.0.1"


class Sandbox:
    """One running sandbox: its state, its applications and its two sockets, which are bound on creation."""

    def __init__(self, state: State, clock: Clock, port: int, smtp_port: int) -> None:
        self.state = state
        self.clock = clock
        self.faults = Faults()
        self.dispatcher = Dispatcher(state, clock, {**WRITERS, **helpdesks.WRITERS})
        self.socket = socket.create_server((HOST, port))
        # Inherited by each connection; else an answer in two parts waits 40 ms for the first one's ACK.
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.url = f"http://{HOST}:{self.socket.getsockname()[1]}"
        self.mailbox = mail.Mailbox(state, clock, PostRoom(state, clock, helpdesks.act))
        self.mail_server = mail.MailServer(self.mailbox, self.faults, HOST, smtp_port)

    def app(self) -> Starlette:
        """Return the whole ASGI application."""
        requests: deque[dict[str, Any]] = deque(maxlen=control.KEPT_REQUESTS)
        controls = control.Controls(self.state, self.clock, self.faults, requests, self.dispatcher)
        return Starlette(
            routes=[
                *control.routes(controls),
                *mail.routes(self.mailbox),
                *sidebars.routes(self.state, self.clock, self.url),
                *(
                    Mount(f"/{one.name}", one.build(self.state, self.clock, f"{self.url}/{one.name}"))
                    for one in (*VENDORS, *helpdesks.HELPDESKS)
                ),
                Mount("/oidc", oidc.build(self.state, f"{self.url}/oidc")),
            ],
            middleware=[
                Middleware(control.RequestLog, entries=requests),
                Middleware(FaultInjection, faults=self.faults),
                Middleware(StripeRateLimit, limit=lambda: stripe_acting.limit(self.state)),
            ],
            lifespan=self._lifespan,
        )

    @contextlib.asynccontextmanager
    async def _lifespan(self, _app: Starlette) -> AsyncIterator[None]:
        self.mail_server.start()
        self.dispatcher.start()
        try:
            yield
        finally:
            self.mail_server.stop()

    def serve(self) -> None:
        """Serve until SIGTERM or SIGINT; prints the ready line on stdout once both ports answer."""
        config = uvicorn.Config(
            self.app(),
            http=DroppableProtocol,
            loop="asyncio",
            ws="none",
            lifespan="on",
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=1,
        )
        asyncio.run(_Server(config, self).serve(sockets=[self.socket]))


class _Server(uvicorn.Server):
    """uvicorn's server that says in one JSON line when it is ready, and ends within two seconds."""

    def __init__(self, config: uvicorn.Config, sandbox: Sandbox) -> None:
        super().__init__(config)
        self._sandbox = sandbox

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Open the ports, then print the ready line."""
        await super().startup(sockets=sockets)
        ready = {"ready": True, "url": self._sandbox.url, "smtp_port": self._sandbox.mail_server.port}
        print(json.dumps(ready), flush=True)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Close the ports and stop delivering webhooks, both at once: each may wait a second for its callers."""
        stopping = asyncio.to_thread(self._sandbox.dispatcher.stop)
        await asyncio.gather(stopping, super().shutdown(sockets=sockets))
