"""Idempotency keys: the first answer is kept for one hour only and given again; a refused request is not kept."""

import hashlib
from dataclasses import dataclass

from sandbox.recurly.errors import RecurlyError
from sandbox.recurly.site import ACCOUNT, VENDOR
from sandbox.state import State

KEPT_SECONDS = 3600
_MINE = "vendor = ? and account = ? and key = ?"


@dataclass(frozen=True)
class Kept:
    """An answer given before under the same key."""

    status: int
    body: bytes


def claim(state: State, key: str, method: str, path: str, body: bytes, at: int) -> Kept | None:
    """Take the key for this request, or return the answer that it got within the hour before.

    Raises:
        RecurlyError: 400, the key is too long or came with another request; 409, that request is still running.
    """
    if len(key) > 255:
        raise RecurlyError(400, "bad_request", "Idempotency-Key must be at most 255 characters")
    print_ = hashlib.sha256(f"{method} {path} ".encode() + body).hexdigest()
    with state.transaction() as db:
        db.execute("delete from idempotency where vendor = ? and at <= ?", (VENDOR, at - KEPT_SECONDS))
        found = db.execute(f"select * from idempotency where {_MINE}", (VENDOR, ACCOUNT, key)).fetchone()  # noqa: S608
        if found is None:
            row = (VENDOR, ACCOUNT, key, print_, at)
            db.execute("insert into idempotency values (?, ?, ?, ?, ?, null, null, '')", row)
            return None
    if found["fingerprint"] != print_:
        raise RecurlyError(400, "bad_request", "Idempotency-Key was used for another request")
    if found["status"] is None:
        raise RecurlyError(409, "simultaneous_request", "A request with this Idempotency-Key is in progress")
    return Kept(found["status"], found["body"])


def keep(state: State, key: str, status: int, body: bytes) -> None:
    """Keep the answer for whoever asks again with the key."""
    sql = f"update idempotency set status = ?, body = ? where {_MINE}"  # noqa: S608
    state.execute(sql, (status, body, VENDOR, ACCOUNT, key))


def release(state: State, key: str) -> None:
    """Forget the key: nothing was done under it."""
    state.execute(f"delete from idempotency where {_MINE}", (VENDOR, ACCOUNT, key))  # noqa: S608
