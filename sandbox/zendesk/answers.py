"""How Zendesk answers: its error bodies, its times, its offset and cursor pages, and its numbers.

Cursor pages go forward only: nothing here pages backwards, so `links.prev` stays null.
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

VENDOR = "zendesk"
ACCOUNT = "zendesk"
PAGE = 100
DEEPEST = 10_000


class Refused(Exception):
    """A request that Zendesk would not serve: HTTP status, its error word and what it says to it."""

    def __init__(
        self, status: int, error: str, description: str | None = None, details: dict[str, Any] | None = None
    ) -> None:
        super().__init__(error)
        self.status = status
        self.headers: dict[str, str] = {}
        self.body: dict[str, Any] = {"error": error}
        if description is not None:
            self.body["description"] = description
        if details is not None:
            self.body["details"] = details


def not_found() -> Refused:
    """Return the answer to an id that does not exist."""
    return Refused(404, "RecordNotFound", "Not found")


def invalid(field: str, says: str, error: str = "InvalidValue") -> Refused:
    """Return the answer to a record that breaks a rule, in the shape of Zendesk's validations."""
    told = {"description": f"{field.replace('_', ' ').capitalize()}: {says}", "error": error}
    return Refused(422, "RecordInvalid", "Record validation errors", {field: [told]})


@dataclass(frozen=True)
class Desk:
    """One Zendesk account: where it remembers, what time it is there, and its public address."""

    state: State
    clock: Clock
    url: str

    def stamp(self, moment: datetime | None = None) -> str:
        """Return a moment (now) as Zendesk writes it."""
        return (moment or self.clock.now()).strftime("%Y-%m-%dT%H:%M:%SZ")

    def address(self, kind: str, id: object) -> str:
        """Return the API address of a record."""
        return f"{self.url}/api/v2/{kind}/{id}.json"

    def new_id(self, kind: str) -> int:
        """Return the next id; tickets count from 1, everything else has Zendesk's long numbers."""
        number = self.state.next_number(f"zendesk.{kind}")
        return number if kind == "tickets" else 20_000_000_000 + number

    def get(self, kind: str, id: object) -> Json:
        """Return a record.

        Raises:
            Refused: 404, there is none.
        """
        found = self.state.get(VENDOR, ACCOUNT, kind, str(id))
        if found is None:
            raise not_found()
        return found

    def put(self, kind: str, record: Json, **more: Any) -> None:
        """Store a record; all are born at 0, so lists follow the order of creation."""
        self.state.put(VENDOR, ACCOUNT, kind, record, created=0, **more)

    def all(self, kind: str, **choice: Any) -> list[Json]:
        """Return records in the order of their creation, unless `choice` says otherwise."""
        return self.state.list(VENDOR, ACCOUNT, kind, **{"oldest_first": True, **choice})


def listing(
    desk: Desk, request: Request, kind: str, name: str, render: Callable[[Json], Json], **choice: Any
) -> Json:
    """Return one page of records: cursor paging when asked with `page[size]`, offset paging otherwise."""
    if any(key.startswith("page[") for key in request.query_params):
        return _cursor_page(desk, request, kind, name, render, **choice)
    page = offset_page(desk, request, name, desk.all(kind, **choice))
    return page | {name: [render(record) for record in page[name]]}


def offset_page(desk: Desk, request: Request, name: str, records: list[Json]) -> Json:
    """Return the page that `page` and `per_page` (at most 100) ask for.

    Raises:
        Refused: beyond the 10,000th record, or a page that is no number.
    """
    try:
        page = int(request.query_params.get("page", 1))
        size = min(int(request.query_params.get("per_page", PAGE)), PAGE)
    except ValueError as error:
        raise Refused(400, "InvalidPaginationParameter", "page and per_page must be numbers") from error
    if page < 1 or size < 1 or (page - 1) * size >= DEEPEST:
        raise Refused(400, "InvalidPaginationDepth", f"Offset pagination ends at {DEEPEST} records")
    first, last = (page - 1) * size, page * size
    return {
        name: records[first:last],
        "next_page": _link(desk, request, {"page": page + 1}) if last < len(records) else None,
        "previous_page": _link(desk, request, {"page": page - 1}) if page > 1 else None,
        "count": len(records),
    }


def _cursor_page(
    desk: Desk, request: Request, kind: str, name: str, render: Callable[[Json], Json], **choice: Any
) -> Json:
    size, after = _cursor_window(request)
    rows = desk.state.rows(
        VENDOR,
        ACCOUNT,
        kind,
        after=(0, after) if after else None,
        limit=size + 1,
        **{"oldest_first": True, **choice},
    )
    more, rows = len(rows) > size, rows[:size]
    last = _cursor(rows[-1]["seq"]) if rows else None
    return {
        name: [render(orjson.loads(row["json"])) for row in rows],
        "meta": {
            "has_more": more,
            "after_cursor": last,
            "before_cursor": _cursor(rows[0]["seq"]) if rows else None,
        },
        "links": {"next": _link(desk, request, {"page[after]": last}) if more else None, "prev": None},
    }


def _cursor(seq: int) -> str:
    return base64.urlsafe_b64encode(f"o:{seq}".encode()).decode()


def _open_cursor(cursor: str | None) -> int | None:
    if cursor is None:
        return None
    try:
        return int(base64.urlsafe_b64decode(cursor).decode().removeprefix("o:"))
    except (binascii.Error, UnicodeDecodeError) as error:
        raise ValueError(cursor) from error


def short_list(desk: Desk, request: Request, name: str, records: list[Json]) -> Json:
    """Return one page of records that are not stored as such, by cursor or by offset like any other list."""
    asked = request.query_params
    if not any(key.startswith("page[") for key in asked):
        return offset_page(desk, request, name, records)
    size, first = _cursor_window(request)
    last = first + size
    more = last < len(records)
    after = _cursor(last) if records[first:last] else None
    return {
        name: records[first:last],
        "meta": {"has_more": more, "after_cursor": after, "before_cursor": None},
        "links": {"next": _link(desk, request, {"page[after]": after}) if more else None, "prev": None},
    }


def _cursor_window(request: Request) -> tuple[int, int]:
    """Return the size that is asked for, and the place that the cursor holds (0 without one).

    Raises:
        Refused: 400, a cursor or a size that is none.
    """
    asked = request.query_params
    try:
        size = int(asked.get("page[size]", PAGE))
        after = _open_cursor(asked.get("page[after]"))
    except ValueError as error:
        raise Refused(400, "InvalidPaginationParameter", "the cursor is not valid") from error
    if not 1 <= size <= PAGE:
        raise Refused(400, "InvalidPaginationParameter", f"page[size] must be 1 to {PAGE}")
    return size, after or 0


def _link(desk: Desk, request: Request, move: dict[str, Any]) -> str:
    kept = [(key, value) for key, value in request.query_params.multi_items() if key not in move]
    kept += list(move.items())
    path = request.url.path.partition("/api/v2")[2]
    return f"{desk.url}/api/v2{path}?{urlencode(kept)}"
