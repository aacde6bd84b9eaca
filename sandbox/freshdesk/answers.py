"""How Freshdesk answers: its error bodies, its times, its numbers, and its pages with a link to the next one.

Everything follows the vendor's documentation (developers.freshdesk.com/api): a list is a bare JSON array, 404 has
no body, and what does not fit is told as {"description", "errors": [{"field", "message", "code"}]}.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

import orjson
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sandbox.clock import Clock
from sandbox.state import Json, Jsons, State

VENDOR = "freshdesk"
ACCOUNT = "freshdesk"
LONGEST_PAGE = 100
_USUAL_PAGE = 30
_PEOPLE = 60_000_000_000


class Refused(Exception):
    """A request that Freshdesk would not serve: HTTP status, body (None where it sends none) and headers."""

    def __init__(
        self, status: int, body: Json | None = None, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(str(body))
        self.status = status
        self.body = body
        self.headers = dict(headers or {})

    def response(self) -> Response:
        """Return the answer to send."""
        if self.body is None:
            return Response(status_code=self.status, headers=self.headers)
        return JSONResponse(self.body, self.status, self.headers)


def not_found() -> Refused:
    """Return the answer to an id that does not exist: nothing but the status."""
    return Refused(404)


def invalid(field: str, message: str, code: str = "invalid_value", status: int = 400) -> Refused:
    """Return the answer to a request of which one field is wrong."""
    told = {"field": field, "message": message, "code": code}
    return Refused(status, {"description": "Validation failed", "errors": [told]})


def missing(field: str) -> Refused:
    """Return the answer to a request that lacks a mandatory field."""
    return invalid(field, "Mandatory attribute missing", "missing_field")


def unknown(field: str) -> Refused:
    """Return the answer to a request with a field or parameter that Freshdesk does not know there."""
    return invalid(field, "Unexpected/invalid field in request", "invalid_field")


def wrong_type(field: str, wanted: str) -> Refused:
    """Return the answer to a value of another data type."""
    return invalid(field, f"It should be a/an {wanted}", "datatype_mismatch")


def not_allowed(method: str, *allowed: str) -> Refused:
    """Return the answer to a verb that the record, in the state it is in, does not take."""
    ways = ", ".join(allowed)
    message = f"{method} method is not allowed. It should be one of these method(s): {ways}"
    return Refused(405, {"message": message}, {"allow": ways})


@dataclass(frozen=True)
class Desk:
    """One Freshdesk account: where it remembers, what time it is there, and its public address."""

    state: State
    clock: Clock
    url: str

    def stamp(self, moment: datetime | None = None) -> str:
        """Return a moment (now) as Freshdesk writes it."""
        return (moment or self.clock.now()).strftime("%Y-%m-%dT%H:%M:%SZ")

    def new_id(self, kind: str, count: int = 1) -> int:
        """Return the next id, and keep `count` of them; tickets count from 1, the rest has long numbers."""
        sql = "insert into counters values (?, ?) on conflict(name) do update set n = n + excluded.n returning n"
        number = int(self.state.execute(sql, (f"freshdesk.{kind}", count))[0]["n"]) - count + 1
        return number if kind == "tickets" else _PEOPLE + number

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
        """Store a record; all are born at 0 unless told otherwise, so lists follow the order of creation."""
        self.state.put(VENDOR, ACCOUNT, kind, record, **{"created": 0, **more})

    def all(self, kind: str, **choice: Any) -> Jsons:
        """Return records in the order of the account's lists."""
        return self.state.list(VENDOR, ACCOUNT, kind, oldest_first=True, **choice)

    def part(self, kind: str, parent: str, first: int, count: int) -> Jsons:
        """Return at most `count` records of a parent from the place `first` (0 is the first) on."""
        sql = (
            "select json from objects where vendor = ? and account = ? and kind = ? and parent = ?"
            " order by created, seq limit ? offset ?"
        )
        rows = self.state.execute(sql, (VENDOR, ACCOUNT, kind, parent, count, first))
        return [orjson.loads(row["json"]) for row in rows]


def known_only(request: Request, allowed: frozenset[str]) -> None:
    """Check the query parameters of a list.

    Raises:
        Refused: 400, one that Freshdesk does not know there.
    """
    for name in request.query_params:
        if name not in allowed:
            raise unknown(name)


def window(request: Request) -> tuple[int, int]:
    """Return what `page` and `per_page` (30, at most 100) ask for: the first place and the number of records.

    Raises:
        Refused: 400, no positive number, or more than 100 a page.
    """
    page, size = (_positive(request, name, usual) for name, usual in (("page", 1), ("per_page", _USUAL_PAGE)))
    if size > LONGEST_PAGE:
        raise invalid("per_page", f"It should be a Positive Integer less than or equal to {LONGEST_PAGE}")
    return (page - 1) * size, size


def listed(
    desk: Desk, request: Request, records: Jsons, size: int, render: Callable[[Json], Json] = dict
) -> Response:
    """Return a page of a list; `records` has one more than `size` where there is a next page to link to."""
    headers = {}
    if len(records) > size:
        page = int(request.query_params.get("page", 1)) + 1
        kept = [(name, value) for name, value in request.query_params.multi_items() if name != "page"]
        path = request.url.path.partition("/api/v2")[2]
        headers["link"] = f'<{desk.url}/api/v2{path}?{urlencode([*kept, ("page", page)])}>; rel="next"'
    return JSONResponse([render(record) for record in records[:size]], headers=headers)


def _positive(request: Request, name: str, usual: int) -> int:
    asked = request.query_params.get(name, str(usual))
    if not asked.isdecimal() or int(asked) < 1:
        raise invalid(name, "It should be a Positive Integer")
    return int(asked)
