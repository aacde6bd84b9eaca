"""How Front answers: its error body, its ids and times, links to the company's own host, and pages by token.

Whatever host was asked, links and the next page name the company's host: that is what Front's documentation shows.
"""

import base64
import binascii
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

import orjson
from starlette.requests import Request

from sandbox.clock import Clock
from sandbox.state import Json, State

VENDOR = "front"
ACCOUNT = "front"
COMPANY_ID = "cmp_k30"
COMPANY_NAME = "Lampa Studio"
HOST = "https://lampa.api.frontapp.com"
PAGE, LARGEST_PAGE = 50, 100
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_FIRST_ID = 50_000_000  # Front's ids are numbers in base 36; a young company's are not short either


class Refused(Exception):
    """A request that Front would not serve: HTTP status, a title and a sentence."""

    def __init__(self, status: int, title: str, message: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.headers = headers or {}
        self.body = {"_error": {"status": status, "title": title, "message": message}}


def bad_request(message: str = "Body did not satisfy requirements") -> Refused:
    """Return the answer to a request that breaks a rule."""
    return Refused(400, "Bad request", message)


def not_found(kind: str, id: str) -> Refused:
    """Return the answer to an id that does not exist (any more)."""
    return Refused(404, "Not found", f"Unknown {kind} ID {id}")


def numbered(prefix: str, number: int) -> str:
    """Return the id of a company's n-th object of a kind, such as crd_trcw1."""
    text, rest = "", _FIRST_ID + number
    while rest:
        rest, digit = divmod(rest, 36)
        text = _DIGITS[digit] + text
    return f"{prefix}_{text}"


@dataclass(frozen=True)
class Desk:
    """The Front company: where it remembers, and what time it is there."""

    state: State
    clock: Clock

    def now(self) -> float:
        """Return the present as Front writes it: Unix seconds with three decimals."""
        return seconds(self.clock.now())

    def new_id(self, kind: str, prefix: str) -> str:
        """Return the next id of a kind."""
        return numbered(prefix, self.state.next_number(f"front.{kind}"))

    def find(self, kind: str, id: str) -> Json | None:
        """Return a record, or None."""
        return self.state.get(VENDOR, ACCOUNT, kind, id)

    def put(self, kind: str, record: Json, **more: Any) -> None:
        """Store a record; all are born at 0, so lists follow the order of creation."""
        self.state.put(VENDOR, ACCOUNT, kind, record, created=0, **more)

    def all(self, kind: str, **choice: Any) -> list[Json]:
        """Return records, the oldest first."""
        return self.state.list(VENDOR, ACCOUNT, kind, oldest_first=True, **choice)


def seconds(moment: datetime) -> float:
    """Return a moment as Unix seconds with three decimals."""
    return round(moment.timestamp(), 3)


def whole(path: str, results: list[Json]) -> Json:
    """Return a list that Front does not page."""
    return {"_links": {"self": f"{HOST}{path}"}, "_results": results}


def page(desk: Desk, request: Request, kind: str, render: Callable[[Json], Json], **choice: Any) -> Json:
    """Return the page that `limit`, `sort_order` and `page_token` ask for, the newest first by default.

    Deleted records leave holes: a page may hold fewer than `limit` without being the last one.

    Raises:
        Refused: 400, a limit above 100, another order than by creation, or a token that is none.
    """
    asked = request.query_params
    path = request.scope["path"].removeprefix(request.scope.get("root_path", ""))
    try:
        size = int(asked.get("limit", PAGE))
        after = _open(asked["page_token"]) if "page_token" in asked else None
    except ValueError as error:
        raise bad_request("Invalid limit or page_token") from error
    order = asked.get("sort_order", "desc")
    if not 1 <= size <= LARGEST_PAGE or order not in ("asc", "desc"):
        raise bad_request("Query did not satisfy requirements")
    if asked.get("sort_by", "created_at") != "created_at" or "q" in asked:
        raise bad_request("This emulator sorts by created_at alone, and does not search")
    rows = desk.state.rows(
        VENDOR, ACCOUNT, kind, after=after, limit=size + 1, oldest_first=order == "asc", **choice
    )
    has_more, rows = len(rows) > size, rows[:size]
    records = [orjson.loads(row["json"]) for row in rows]
    next_page = None
    if has_more:
        kept = {name: value for name, value in asked.items() if name != "page_token"}
        token = base64.urlsafe_b64encode(f"after:{rows[-1]['seq']}".encode()).decode()
        next_page = f"{HOST}{path}?{urlencode({**kept, 'page_token': token})}"
    results = [render(record) for record in records if not record.get("is_gone")]
    return {"_pagination": {"next": next_page}, **whole(path, results)}


def _open(token: str) -> tuple[int, int]:
    try:
        return 0, int(base64.urlsafe_b64decode(token).decode().removeprefix("after:"))
    except (binascii.Error, UnicodeDecodeError) as error:
        raise ValueError(token) from error
