"""Plays VIES, the EU's register of VAT ids, for the tests of documents."""

import json
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Register:
    """Plays VIES: `answer` is the status and body that it gives; questions are kept."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.answer: Callable[[dict[str, str]], tuple[int, bytes]] = lambda _: (200, b'{"valid": true}')
        register = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                question = json.loads(self.rfile.read(int(self.headers["content-length"])))
                register.asked.append((self.path, question))
                status, body = register.answer(question)
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/rest-api"

    def says(self, status: int, body: object) -> None:
        self.answer = lambda _: (status, body if isinstance(body, bytes) else json.dumps(body).encode())
