"""GET /search/contacts: queries such as "email:'x@y' OR (active:true AND language:'en')" on a lagging index."""

import re
from collections.abc import Callable, Iterator
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sandbox.freshdesk import contacts, fields, indexing
from sandbox.freshdesk.answers import Desk, Refused, invalid, known_only
from sandbox.state import Json

PAGE = 30
_LAST_PAGE = 10
_LONGEST_QUERY = 512
_TOKEN = re.compile(
    r"\s*(?:(?P<sign>[()])|(?P<word>AND|OR)\b|(?P<field>\w+):(?P<how>[<>]?)(?P<value>'[^']*'|[^\s()']+))"
)
_TEXTS = frozenset({"email", "phone", "mobile", "language", "time_zone", "twitter_id"})

Test = Callable[[Json], bool]


def search(desk: Desk, request: Request, _body: Json) -> Response:
    """GET /search/contacts?query="...": 30 a page, ten pages, deleted contacts left out.

    Raises:
        Refused: 400, a query that is not in double quotes, too long, or makes no sense; a page beyond the tenth.
    """
    known_only(request, frozenset({"query", "page"}))
    query, page = request.query_params.get("query", ""), request.query_params.get("page", "1")
    if len(query) < 2 or query[0] + query[-1] != '""' or len(query) - 2 > _LONGEST_QUERY:
        raise invalid("query", "It should be a string of at most 512 characters between double quotes")
    if not page.isdecimal() or not 1 <= int(page) <= _LAST_PAGE:
        raise invalid("page", f"It should be a Positive Integer less than or equal to {_LAST_PAGE}")
    fits = _Query(query[1:-1], {field["name"] for field in desk.all(fields.KIND)}).test()
    render = contacts.renderer(desk, in_list=True)
    copies = (indexing.known(desk, contact) for contact in desk.all(contacts.KIND))
    shown = (render(copy) for copy in copies if copy is not None and copy["state"] == contacts.PRESENT)
    found = [contact for contact in shown if fits(contact)]
    first = (int(page) - 1) * PAGE
    return JSONResponse({"total": len(found), "results": found[first : first + PAGE]})


def _wrong() -> Refused:
    return invalid("query", "Given query is invalid")


class _Query:
    """One query, read from left to right; AND binds closer than OR."""

    def __init__(self, text: str, custom: set[str]) -> None:
        self._custom = custom
        self._tokens = list(self._read(text))

    def test(self) -> Test:
        """Return what decides whether a contact fits."""
        result = self._any()
        if self._tokens:
            raise _wrong()
        return result

    def _read(self, text: str) -> Iterator[re.Match[str]]:
        at = 0
        while at < len(text.rstrip()):
            found = _TOKEN.match(text, at)
            if found is None:
                raise _wrong()
            yield found
            at = found.end()

    def _any(self) -> Test:
        tests = [self._all()]
        while self._takes("word", "OR"):
            tests.append(self._all())
        return lambda contact: any(test(contact) for test in tests)

    def _all(self) -> Test:
        tests = [self._one()]
        while self._takes("word", "AND"):
            tests.append(self._one())
        return lambda contact: all(test(contact) for test in tests)

    def _one(self) -> Test:
        if self._takes("sign", "("):
            inner = self._any()
            if not self._takes("sign", ")"):
                raise _wrong()
            return inner
        if not self._tokens or self._tokens[0]["field"] is None:
            raise _wrong()
        token = self._tokens.pop(0)
        return self._condition(token["field"], token["how"], token["value"])

    def _takes(self, group: str, text: str) -> bool:
        if self._tokens and self._tokens[0][group] == text:
            self._tokens.pop(0)
            return True
        return False

    def _condition(self, field: str, how: str, value: str) -> Test:
        if field not in self._custom | _TEXTS | {"active", "company_id", "created_at", "updated_at"}:
            raise invalid(field, "Unexpected/invalid field in request", "invalid_field")
        wanted = value.strip("'")

        def fits(contact: Json) -> bool:
            held: Any = contact["custom_fields"].get(field, contact.get(field))
            if value == "null":
                return held is None
            if field in ("created_at", "updated_at"):
                held = held[:10]
            text = str(held).lower() if not isinstance(held, int) or isinstance(held, bool) else held
            aim: Any = int(wanted) if isinstance(text, int) and wanted.isdecimal() else wanted.lower()
            if held is None or type(text) is not type(aim):
                return False
            return bool(text >= aim if how == ">" else text <= aim if how == "<" else text == aim)

        return fits
