"""Intercom's search for contacts: filters in groups, by an index that new contacts reach only after minutes.

Source: POST /contacts/search of Intercom's OpenAPI description 2.16: two levels of groups, 15 filters in each,
dates compared by day and only with =, < and >, newest first. The workspace's time zone is taken to be UTC here.
"""

from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sandbox.intercom import contacts
from sandbox.intercom.answers import Desk, Refused, invalid, listing, place
from sandbox.intercom.contact_shape import render
from sandbox.state import Json, State

LAG_SECONDS = 180
MOST_FILTERS, MOST_LEVELS = 15, 2
_LAG = "intercom.search_lag"
_DAY = 86_400
_DATES = frozenset({"created_at", "updated_at", "signed_up_at", "last_seen_at", "last_replied_at"})
_TESTS: dict[str, Callable[[Any, Any], bool]] = {
    "=": lambda ours, asked: ours == asked,
    "!=": lambda ours, asked: ours != asked,
    "IN": lambda ours, asked: ours in asked,
    "NIN": lambda ours, asked: ours not in asked,
    ">": lambda ours, asked: ours is not None and ours > asked,
    "<": lambda ours, asked: ours is not None and ours < asked,
    ">=": lambda ours, asked: ours is not None and ours >= asked,
    "<=": lambda ours, asked: ours is not None and ours <= asked,
    "~": lambda ours, asked: str(asked).lower() in str(ours or "").lower(),
    "!~": lambda ours, asked: str(asked).lower() not in str(ours or "").lower(),
    "^": lambda ours, asked: str(ours or "").lower().startswith(str(asked).lower()),
    "$": lambda ours, asked: str(ours or "").lower().endswith(str(asked).lower()),
}


def lag(state: State, seconds: int) -> None:
    """Change how long a new contact stays unknown to the search."""
    state.set_setting(_LAG, seconds)


def search(desk: Desk, _request: Request, body: Json) -> Response:
    """POST /contacts/search: 50 a page unless asked otherwise, at most 150."""
    fits = _condition(body.get("query"), 1)
    indexed_until = desk.now() - int(desk.state.get_setting(_LAG, LAG_SECONDS))
    found = [
        one for one in _candidates(desk, body["query"]) if one["created_at"] <= indexed_until and fits(one)
    ]
    field, is_descending = _order(body.get("sort") or {})
    found.sort(key=lambda one: (one.get(field) is not None, one.get(field) or 0), reverse=is_descending)
    asked = body.get("pagination") or {}
    here = place(asked.get("per_page"), asked.get("starting_after"), contacts.PAGE)
    begin = here.after or 0
    end = begin + here.size
    last = end if end < len(found) else None
    return JSONResponse(listing([render(one) for one in found[begin:end]], here, last, len(found)))


def _candidates(desk: Desk, query: Json) -> list[Json]:
    """Return the contacts to try: the few with an address where that is all that is asked, else everybody."""
    if query.get("field") == "email" and query.get("operator") == "=":
        return contacts.by_email(desk, str(query.get("value")))
    return desk.all(contacts.KIND)


def _order(sort: Json) -> tuple[str, bool]:
    order = sort.get("order", "descending")
    if order not in ("ascending", "descending"):
        raise Refused(
            400,
            "invalid_sort_order",
            f"Invalid sort order '{order}'. Must be one of: ascending, descending",
        )
    return str(sort.get("field", "created_at")), order == "descending"


def _condition(query: Any, level: int) -> Callable[[Json], bool]:
    """Return a query as a function that tries one contact.

    Raises:
        Refused: 400, too deep, too many, or an operator or value that does not exist.
    """
    if not isinstance(query, dict) or "value" not in query or "operator" not in query:
        raise invalid("query is required, with an operator and a value")
    operator, value = str(query["operator"]), query["value"]
    if operator not in ("AND", "OR"):
        return _filter(str(query.get("field")), operator, value)
    if level > MOST_LEVELS:
        raise invalid(f"There's a limit of max {MOST_LEVELS} nested filters")
    if not isinstance(value, list) or len(value) > MOST_FILTERS:
        raise invalid(f"There's a limit of max {MOST_FILTERS} filters for each AND or OR group")
    parts = [_condition(one, level + 1) for one in value]
    combine = all if operator == "AND" else any
    return lambda contact: combine(part(contact) for part in parts)


def _filter(field: str, operator: str, value: Any) -> Callable[[Json], bool]:
    if operator not in _TESTS or (operator in ("IN", "NIN")) != isinstance(value, list):
        raise invalid(f"'{operator}' is not an operator for this value")
    test = _TESTS[operator]
    if field in _DATES:
        if operator not in ("=", ">", "<") or not str(value).isdigit():
            raise invalid(f"'{operator} {value}' is not a condition for the date {field}")
        return lambda contact: test(_day(contact.get(field)), int(value) // _DAY)
    if field == "email" and isinstance(value, str):
        value = value.lower()
    scope, dot, name = field.partition(".")
    if dot:
        return lambda contact: test((contact.get(scope) or {}).get(name), value)
    return lambda contact: test(contact.get(field), value)


def _day(moment: int | None) -> int | None:
    return None if moment is None else moment // _DAY
