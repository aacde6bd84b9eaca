"""A server that answers by script: one entry per request, the last one for all that follow."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import orjson
import pytest


@dataclass
class Answer:
    status: int = 200
    body: bytes = b'{"ok": true}'
    headers: dict[str, str] = field(default_factory=dict)
    kind: str = "whole"  # whole, truncated (full length announced), dropped (no answer at all)


@dataclass
class Scripted:
    url: str
    requests: list[tuple[str, str, dict[str, str]]]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    script: list[Answer]
    requests: list[Any]

    def log_message(self, *args: Any) -> None:
        """Keep the tests' output quiet."""

    def do_GET(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        self.rfile.read(length)
        answer = self.script[min(len(self.requests), len(self.script) - 1)]
        self.requests.append((self.command, self.path, dict(self.headers)))
        if answer.kind == "dropped":
            self.close_connection = True
            self.connection.close()
            return
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        if answer.kind == "truncated":
            self.wfile.write(answer.body[: len(answer.body) // 2])
            self.close_connection = True
            return
        self.wfile.write(answer.body)

    do_POST = do_GET


@pytest.fixture
def scripted() -> Iterator[Callable[..., Scripted]]:
    servers: list[ThreadingHTTPServer] = []

    def start(*script: Answer) -> Scripted:
        requests: list[tuple[str, str, dict[str, str]]] = []
        handler = type("Handler", (_Handler,), {"script": list(script), "requests": requests})
        server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return Scripted(f"http://127.0.0.1:{server.server_port}", requests)

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def stripe_error(kind: str, code: str | None = None, message: str = "Something was wrong.") -> bytes:
    return orjson.dumps({"error": {"type": kind, "code": code, "message": message}})
