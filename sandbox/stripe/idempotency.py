"""Idempotency keys: the first answer is kept for a day and given again; a key never does two different things."""

import hashlib
from dataclasses import dataclass

import orjson

from sandbox.state import Json
from sandbox.stripe.accounts import VENDOR
from sandbox.stripe.call import Call
from sandbox.stripe.errors import StripeError

KEPT_SECONDS = 86_400


@dataclass(frozen=True)
class Kept:
    """An answer given before under the same key."""

    status: int
    body: bytes
    request_id: str


def claim(call: Call, key: str, request_id: str) -> Kept | None:
    """Take the key for this request, or return the answer that it got before.

    Raises:
        StripeError: 400, the key came with other parameters before; 409, that request is still running.
    """
    if len(key) > 255:
        raise StripeError(
            400, "Idempotency keys must be at most 255 characters.", type="idempotency_error", is_kept=False
        )
    print_ = _fingerprint(call)
    with call.state.transaction() as db:
        db.execute(
            "delete from idempotency where vendor = ? and at <= ?", (VENDOR, call.books.at - KEPT_SECONDS)
        )
        found = db.execute(
            "select * from idempotency where vendor = ? and account = ? and key = ?",
            (VENDOR, call.account.name, key),
        ).fetchone()
        if found is None:
            db.execute(
                "insert into idempotency values (?, ?, ?, ?, ?, null, null, ?)",
                (VENDOR, call.account.name, key, print_, call.books.at, request_id),
            )
            return None
    if found["fingerprint"] != print_:
        raise StripeError(
            400,
            "Keys for idempotent requests can only be used with the same parameters they were first used with."
            f" Try using a key other than '{key}' if you meant to execute a different request.",
            type="idempotency_error",
            is_kept=False,
        )
    if found["status"] is None:
        raise StripeError(
            409,
            "There is currently another in-progress request using this Idempotent Key (that probably means you"
            f" submitted twice, and the other request is still going through): {key}. Please try again later.",
            code="idempotency_key_in_use",
            is_kept=False,
        )
    return Kept(found["status"], found["body"], found["request_id"])


def keep(call: Call, key: str, status: int, body: bytes) -> None:
    """Keep the answer for whoever asks again with the key."""
    sql = "update idempotency set status = ?, body = ? where vendor = ? and account = ? and key = ?"
    call.state.execute(sql, (status, body, VENDOR, call.account.name, key))


def release(call: Call, key: str) -> None:
    """Forget the key: the request never began, so it may be sent again in another form."""
    sql = "delete from idempotency where vendor = ? and account = ? and key = ?"
    call.state.execute(sql, (VENDOR, call.account.name, key))


def _fingerprint(call: Call) -> str:
    asked: Json = {"path": call.path, "params": call.params, "expand": call.expand}
    return hashlib.sha256(orjson.dumps(asked, option=orjson.OPT_SORT_KEYS)).hexdigest()
