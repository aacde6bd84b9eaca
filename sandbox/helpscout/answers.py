"""How Help Scout answers: HAL bodies, its unified errors, its times, its numbers and its numbered pages.

Source: developer.helpscout.com/mailbox-api/overview (errors, pagination). Bodies without `logRef` are those of the
gateway before the API (tokens, limits), as Help Scout's own PHP client is tested with.
"""

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import orjson
from starlette.requests import Request
from starlette.responses import Response

from sandbox.clock import Clock
from sandbox.state import Json, State

VENDOR = "helpscout"
ACCOUNT = "helpscout"
CUSTOMERS = "customers"
CONVERSATIONS = "conversations"
THREADS = "threads"
URL = "helpscout.url"
"""The setting that keeps the account's own address, which its webhooks need as well."""
PAGE = 50
_ERRORS = "http://developer.helpscout.net/mailbox-api/overview/errors"
_BASES = {"users": 4_000, "customers": 500_000_000, "conversations": 2_000_000_000, "threads": 8_000_000_000}


class Refused(Exception):
    """A request that Help Scout would not serve: HTTP status, body and headers."""

    def __init__(self, status: int, body: Json, headers: dict[str, str] | None = None) -> None:
        super().__init__(str(body.get("message") or body.get("error")))
        self.status = status
        self.body = body
        self.headers = headers or {}


def refused(status: int, message: str, *errors: Json) -> Refused:
    """Return a refusal in Help Scout's unified error body."""
    body: Json = {"logRef": str(uuid.uuid4()), "message": message}
    if errors:
        body["_embedded"] = {"errors": list(errors)}
    return Refused(status, body | {"_links": {"about": {"href": _ERRORS}}})


def invalid(path: str, message: str, code: str, value: Any = None) -> Refused:
    """Return the answer to a body in which the value at `path` breaks the rule `code`."""
    error: Json = {"path": path, "message": message, "source": "JSON"}
    if value is not None:
        error["rejectedValue"] = value
    return refused(400, "Bad request", error | {"_links": {"about": {"href": f"{_ERRORS}#{code}"}}})


def not_found() -> Refused:
    """Return the answer to an id that does not exist."""
    return refused(404, "Not Found")


def hal(body: Json, status: int = 200) -> Response:
    """Return a HAL answer."""
    return Response(orjson.dumps(body), status, media_type="application/hal+json")


@dataclass(frozen=True)
class Desk:
    """One Help Scout account: where it remembers, what time it is there, and its public address."""

    state: State
    clock: Clock
    url: str

    def stamp(self, timestamp: int | None = None) -> str:
        """Return a moment (Unix seconds; now) as Help Scout writes it."""
        moment = self.clock.now() if timestamp is None else datetime.fromtimestamp(timestamp, UTC)
        return moment.strftime("%Y-%m-%dT%H:%M:%SZ")

    def link(self, path: str) -> Json:
        """Return a HAL link to a path such as "v2/customers/1"."""
        return {"href": f"{self.url}/{path}"}

    def new_id(self, kind: str) -> int:
        """Return the next id of a kind."""
        return _BASES[kind] + self.state.next_number(f"helpscout.{kind}")

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
        """Store a record, born now if it is new."""
        self.state.put(VENDOR, ACCOUNT, kind, record, **{"created": self.clock.timestamp(), **more})

    def delete(self, kind: str, id: object) -> None:
        """Remove a record."""
        self.state.delete(VENDOR, ACCOUNT, kind, str(id))

    def all(self, kind: str, **choice: Any) -> list[Json]:
        """Return records, newest first unless `choice` says otherwise."""
        return self.state.list(VENDOR, ACCOUNT, kind, **choice)


def numbered(desk: Desk, request: Request, records: list[Json]) -> tuple[Json, list[Json]]:
    """Return the frame of the asked page (`page`, from 1) of a list, and the records that belong on it.

    Raises:
        Refused: 400, `page` is no page's number.
    """
    text = request.query_params.get("page", "1")
    if not text.isdigit() or text == "0":
        raise invalid("page", "must be greater than or equal to 1", "Min", text)
    number, pages, path = int(text), -(-len(records) // PAGE), path_of(request)

    def link(page: int) -> Json:
        asked = {**request.query_params, "page": page}
        return desk.link(f"{path}?{urlencode(asked)}")

    links = {"self": link(number), "first": link(1), "last": link(max(pages, 1))}
    links["page"] = desk.link(f"{path}{{?page}}") | {"templated": True}
    if number < pages:
        links["next"] = link(number + 1)
    if number > 1:
        links["previous"] = link(number - 1)
    size = {"size": PAGE, "totalElements": len(records), "totalPages": pages, "number": number}
    return {"_links": links, "page": size}, records[(number - 1) * PAGE : number * PAGE]


def path_of(request: Request) -> str:
    """Return the request's path without the place where the account is mounted, such as "v2/customers"."""
    return str(request.url.path).removeprefix(request.scope.get("root_path", "")).lstrip("/")
