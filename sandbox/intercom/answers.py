"""How Intercom answers: its error lists, its ids and its pages by cursor.

Source: Intercom's OpenAPI description 2.16 (schemas `error` and `cursor_pages`, and the examples of each path).
"""

import base64
import binascii
import json
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from sandbox.clock import Clock
from sandbox.state import Json, State

VENDOR = "intercom"
ACCOUNT = "intercom"
WORKSPACE = "lampa1"
LONGEST_PAGE = 150


class Refused(Exception):
    """A request that Intercom would not serve: HTTP status, its error code and what it says to it."""

    def __init__(self, status: int, code: str, message: str, **headers: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.headers = headers

    def body(self) -> Json:
        """Return the error list."""
        error = {"code": self.code, "message": str(self)}
        return {"type": "error.list", "request_id": str(uuid4()), "errors": [error]}


def invalid(message: str) -> Refused:
    """Return the answer to a parameter that breaks a rule."""
    return Refused(400, "parameter_invalid", message)


def not_found(what: str = "Resource") -> Refused:
    """Return the answer to an id that does not exist."""
    return Refused(404, "not_found", f"{what} Not Found")


@dataclass(frozen=True)
class Desk:
    """One Intercom workspace: where it remembers, and what time it is there."""

    state: State
    clock: Clock

    def now(self) -> int:
        """Return the present moment in Unix seconds, as Intercom writes times."""
        return self.clock.timestamp()

    def number(self, kind: str) -> int:
        """Return the next number of a kind: 1, 2, 3 ..."""
        return self.state.next_number(f"{VENDOR}.{kind}")

    def find(self, kind: str, id: object) -> Json | None:
        """Return an object, or None."""
        return self.state.get(VENDOR, ACCOUNT, kind, str(id))

    def put(self, kind: str, thing: Json, **more: Any) -> None:
        """Store an object; all are born at 0, so lists follow the order of creation."""
        self.state.put(VENDOR, ACCOUNT, kind, thing, created=0, **more)

    def all(self, kind: str, **choice: Any) -> list[Json]:
        """Return objects in the order of their creation; `choice` as in `State.rows`."""
        return self.state.list(VENDOR, ACCOUNT, kind, oldest_first=True, **choice)

    def count(self, kind: str) -> int:
        """Return how many objects of a kind there are."""
        sql = "select count(*) n from objects where vendor = ? and account = ? and kind = ?"
        return int(self.state.execute(sql, (VENDOR, ACCOUNT, kind))[0]["n"])


@dataclass(frozen=True)
class Place:
    """Where a page begins: after the object with this place in its list; `page` is its number, from 1."""

    after: int | None
    page: int
    size: int


def place(per_page: object, starting_after: object, default: int) -> Place:
    """Read the wish for a page.

    Raises:
        Refused: 400, a cursor that no page gave, or a size that is no number.
    """
    try:
        size = min(max(int(str(per_page)), 1), LONGEST_PAGE) if per_page is not None else default
    except ValueError as error:
        raise invalid("per_page must be a number") from error
    if not starting_after:
        return Place(None, 1, size)
    try:
        after, page = json.loads(base64.b64decode(str(starting_after), validate=True))
        return Place(int(after), int(page), size)
    except (binascii.Error, ValueError, TypeError) as error:
        raise Refused(
            400,
            "client_error",
            "Invalid starting_after param. Please try again using a starting_after value from a paginated response",
        ) from error


def listing(data: list[Json], here: Place, last: int | None, total: int) -> Json:
    """Return a page; `last` is the place of its last object when there are more, else None."""
    pages: Json = {
        "type": "pages",
        "page": here.page,
        "per_page": here.size,
        "total_pages": -(-total // here.size),
    }
    if last is not None:
        cursor = base64.b64encode(json.dumps([last, here.page + 1]).encode()).decode()
        pages["next"] = {"page": here.page + 1, "per_page": here.size, "starting_after": cursor}
    return {"type": "list", "data": data, "total_count": total, "pages": pages}
