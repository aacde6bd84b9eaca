"""The mail catcher: an SMTP server in its own thread that keeps every message, and an HTTP view of them.

Nothing ever leaves the sandbox: what is sent to a helpdesk's address becomes a ticket there (`post_room`), all else
is only kept. Planned faults with the path `smtp` refuse a delivery, put it off, or lose the answer to it.
"""

import asyncio
import email
import email.policy
import json
import socket
from email.message import EmailMessage
from typing import Any, cast

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.clock import Clock
from sandbox.faults import Faults
from sandbox.post_room import PostRoom
from sandbox.state import State

TABLE = """create table if not exists mail_messages (
    n integer primary key autoincrement, summary text not null, raw blob not null)"""


class Mailbox:
    """All messages that arrived, numbered from 1 in order of arrival; kept in the sandbox's state."""

    def __init__(self, state: State, clock: Clock, post_room: PostRoom) -> None:
        self._state = state
        self._clock = clock
        self._post_room = post_room
        state.execute(TABLE, ())

    def keep(self, raw: bytes, envelope_from: str, envelope_to: list[str]) -> None:
        """Store one message as it came over the wire, and hand it to the helpdesks that it is for."""
        message = email.message_from_bytes(raw, policy=email.policy.default)
        assert isinstance(message, EmailMessage)
        summary = _summary(message) | {
            "received_at": self._clock.now().isoformat(),
            "envelope_from": envelope_from,
            "envelope_to": envelope_to,
            "tickets": self._post_room.deliver(message, envelope_to),
        }
        with self._state.transaction():
            self._state.execute(
                "insert into mail_messages (summary, raw) values (?, ?)", (json.dumps(summary), raw)
            )

    def messages(self) -> list[dict[str, Any]]:
        """Return a summary of each message, oldest first."""
        rows = self._state.execute("select n, summary from mail_messages order by n", ())
        return [{"n": row[0], **json.loads(row[1])} for row in rows]

    def raw(self, n: int) -> bytes | None:
        """Return the bytes of message `n`, or None when there is none."""
        for row in self._state.execute("select raw from mail_messages where n = ?", (n,)):
            return bytes(row[0])
        return None

    def clear(self) -> None:
        """Throw all messages away; numbers are not used again."""
        with self._state.transaction():
            self._state.execute("delete from mail_messages", ())


def _summary(message: EmailMessage) -> dict[str, Any]:
    """Read headers, text and attachments of a message, decoded."""
    text = message.get_body(("plain",))
    return {
        "from": str(message.get("From", "")),
        "to": str(message.get("To", "")),
        "subject": str(message.get("Subject", "")),
        "message_id": str(message.get("Message-ID", "")),
        "reply_to": str(message.get("Reply-To", "")),
        "in_reply_to": str(message.get("In-Reply-To", "")),
        "attachments": [
            {
                "filename": part.get_filename(),
                "content_type": part.get_content_type(),
                "size": len(part.get_payload(decode=True) or b""),
            }
            for part in message.iter_attachments()
        ],
        "text": text.get_content() if text is not None else "",
    }


class _Handler:
    """What the SMTP server does with a message."""

    def __init__(self, mailbox: Mailbox, faults: Faults) -> None:
        self._mailbox = mailbox
        self._faults = faults

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Keep the message and say so; a fault puts it off, or keeps it and loses the answer."""
        if self._faults.take("smtp", "", frozenset({"smtp_tempfail"})):
            return "451 4.3.0 Temporary failure, please try again later"
        self._mailbox.keep(
            bytes(envelope.original_content or b""), envelope.mail_from or "", envelope.rcpt_tos
        )
        if self._faults.take("smtp", "", frozenset({"smtp_after"})):
            # The message is in, but the sender never hears of it: exactly the case that tempts to send twice.
            cast(asyncio.Transport, server.transport).abort()
        return "250 2.0.0 OK: queued"


class _Server(SMTP):
    """aiosmtpd's server, able to turn a caller away at the door."""

    def __init__(self, handler: _Handler, faults: Faults, **options: Any) -> None:
        super().__init__(handler, **options)
        self._faults = faults

    async def _handle_client(self) -> None:
        if self._faults.take("smtp", "", frozenset({"smtp_refuse"})):
            await self.push("421 4.3.2 Service not available, closing transmission channel")
            cast(asyncio.Transport, self.transport).close()
            return
        await super()._handle_client()


class MailServer(Controller):
    """The SMTP server in its thread, on a port that the operating system may choose (0)."""

    def __init__(self, mailbox: Mailbox, faults: Faults, host: str, port: int) -> None:
        self._socket = socket.create_server((host, port))
        port = self._socket.getsockname()[1]
        self._faults = faults
        super().__init__(_Handler(mailbox, faults), hostname=host, port=port, server_hostname="localhost")

    def factory(self) -> _Server:
        """Return the protocol object of one connection."""
        return _Server(self.handler, self._faults, **self.SMTP_kwargs)

    def _create_server(self) -> Any:
        return self.loop.create_server(self._factory_invoker, sock=self._socket)


def routes(mailbox: Mailbox) -> list[Route]:
    """Return the HTTP view: list, raw message, delete."""

    async def messages(request: Request) -> Response:
        if request.method == "DELETE":
            mailbox.clear()
            return Response(status_code=204)
        return JSONResponse(mailbox.messages())

    async def raw(request: Request) -> Response:
        content = mailbox.raw(request.path_params["n"])
        if content is None:
            return JSONResponse({"error": "no such message"}, status_code=404)
        return Response(content, media_type="message/rfc822")

    return [
        Route("/mail/messages", messages, methods=["GET", "DELETE"]),
        Route("/mail/messages/{n:int}/raw", raw),
    ]
