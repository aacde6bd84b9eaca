"""The application's webhook: its address is challenged when it is saved, letters are signed with the app's key."""

import base64
import hashlib
import hmac
import secrets
import time
from typing import Any

import httpx
import orjson

from sandbox.clock import Clock
from sandbox.deliveries import Letter
from sandbox.front import events, teammates
from sandbox.front.answers import ACCOUNT, COMPANY_ID, HOST, Desk
from sandbox.front.conversations import COMMENTS, KIND, MESSAGES
from sandbox.front.rendering import SUPPORT, comment_shown, conversation_shown, message_shown
from sandbox.state import Json, State

APPLICATION_KEY = "front_sandbox_key"
_CHALLENGE_SECONDS = 10.0
# the webhook's word -> the word of Front's event API
_EVENTS = {"inbound_received": "inbound", "outbound_sent": "outbound", "new_comment_added": "comment"}


def signature(key: str, body: bytes, at_ms: int) -> str:
    """Return the x-front-signature of a body sent at a moment (real Unix milliseconds)."""
    signed = hmac.new(key.encode(), f"{at_ms}:".encode() + body, hashlib.sha256)
    return base64.b64encode(signed.digest()).decode()


def letter(state: State, account: str, event_id: str) -> Letter | None:
    """Return an event as Front posts it, signed now; None when the company has no such event."""
    desk = Desk(state, Clock(state))
    event = desk.find(events.KIND, event_id) if account == ACCOUNT else None
    if event is None:
        return None
    return _signed({"type": event["type"], "payload": _event(desk, event)})


def save(state: State, url: str) -> None:
    """Save the webhook's address, as an administrator does, once whoever listens there has answered the challenge.

    Raises:
        ValueError: no answer within ten seconds, or one without the challenge.
    """
    headers, body = _signed({"type": "sync"})
    challenge = secrets.token_hex(16)
    try:
        answer = httpx.post(
            url, content=body, headers={**headers, "x-front-challenge": challenge}, timeout=_CHALLENGE_SECONDS
        )
    except httpx.HTTPError as error:
        raise ValueError(f"{url} did not answer the challenge ({type(error).__name__})") from error
    if answer.status_code != 200 or not _answers(answer, challenge):
        raise ValueError(f"{url} answered {answer.status_code} without the challenge: {answer.text[:200]!r}")
    state.execute("insert or replace into webhook_targets values (?, ?)", (ACCOUNT, url))


def _answers(answer: httpx.Response, challenge: str) -> bool:
    """Say whether an answer gives the challenge back, in one of the three forms that Front takes."""
    kind = answer.headers.get("content-type", "").partition(";")[0].strip()
    if kind == "application/json":
        try:
            return bool(answer.json() == {"challenge": challenge})
        except ValueError:
            return False
    return answer.text == (
        f"challenge={challenge}" if kind == "application/x-www-form-urlencoded" else challenge
    )


def _signed(told: Json) -> Letter:
    body = orjson.dumps({"authorization": {"id": COMPANY_ID}, **told})
    at_ms = time.time_ns() // 1_000_000
    headers = {
        "content-type": "application/json",
        "user-agent": "front",
        "x-front-request-timestamp": str(at_ms),
        "x-front-signature": signature(APPLICATION_KEY, body, at_ms),
    }
    return headers, body


def _event(desk: Desk, event: Json) -> Json:
    conversation = desk.find(KIND, event["conversation"])
    kind, id = event["about"]
    about = desk.find(kind, id)
    assert conversation is not None
    assert about is not None
    source: dict[str, Any] = {"_meta": {"type": "inboxes"}, "data": [_inbox()]}
    if event["author"]:
        type = "api" if event["author"] == teammates.API else "teammate"
        source = {"_meta": {"type": type}, "data": teammates.by_username(desk, event["author"])}
    shown = {MESSAGES: message_shown, COMMENTS: comment_shown}[kind]
    return {
        "_links": {"self": f"{HOST}/events/{event['id']}"},
        "id": event["id"],
        "type": _EVENTS[event["type"]],
        "emitted_at": event["emitted_at"],
        "conversation": conversation_shown(desk, conversation),
        "source": source,
        "target": {"_meta": {"type": kind}, "data": shown(desk, about)},
    }


def _inbox() -> Json:
    link = f"{HOST}/inboxes/inb_3srbb"
    related = {part: f"{link}/{part}" for part in ("teammates", "conversations", "channels")}
    return {
        "_links": {"self": link, "related": {**related, "owner": None}},
        "id": "inb_3srbb",
        "name": "Support",
        "is_private": False,
        "is_public": True,
        "address": SUPPORT,
        "custom_fields": {},
    }
