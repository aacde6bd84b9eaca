"""Lists: sorted by creation or last change, filtered by either time, paged by a cursor in `next`."""

import base64
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from urllib.parse import urlencode

from sandbox.recurly.books import moment
from sandbox.recurly.errors import bad_request
from sandbox.state import Json, Jsons

_KNOWN = ("limit", "order", "sort", "begin_time", "end_time", "ids", "cursor")
Filter = Callable[[Json, str], bool]
"""(object, the parameter's value) -> whether it is listed."""


def page(
    things: Jsons, path: str, params: Mapping[str, str], filters: Mapping[str, Filter], show: Callable[[Json], Json]
) -> Json:  # fmt: skip
    """Return one page of a list.

    Raises:
        RecurlyError: a parameter is unknown or cannot be read.
    """
    unknown = set(params) - set(_KNOWN) - set(filters)
    if unknown:
        raise bad_request(f"{min(unknown)} is not a parameter of this list", min(unknown))
    limit = _limit(params.get("limit", "20"))
    field, is_ascending = _order(params)
    chosen = [thing for thing in things if _is_chosen(thing, field, params, filters)]
    chosen.sort(key=lambda thing: (thing[field], thing["id"]), reverse=not is_ascending)
    if "cursor" in params:
        place = _place(params["cursor"])
        chosen = [
            thing for thing in chosen
            if ((thing[field], thing["id"]) > place) == is_ascending and (thing[field], thing["id"]) != place
        ]  # fmt: skip
    data, rest = chosen[:limit], chosen[limit:]
    following = None
    if rest:
        cursor = base64.urlsafe_b64encode(f"{data[-1][field]}|{data[-1]['id']}".encode()).decode()
        kept = {name: value for name, value in params.items() if name != "cursor"}
        following = f"{path}?{urlencode({'cursor': cursor, **kept})}"
    return {
        "object": "list",
        "has_more": bool(rest),
        "next": following,
        "data": [show(thing) for thing in data],
    }


def _is_chosen(thing: Json, field: str, params: Mapping[str, str], filters: Mapping[str, Filter]) -> bool:
    if "ids" in params and thing["id"] not in params["ids"].split(","):
        return False
    if "begin_time" in params and thing[field] < _time(params["begin_time"], "begin_time"):
        return False
    if "end_time" in params and thing[field] > _time(params["end_time"], "end_time"):
        return False
    return all(test(thing, params[name]) for name, test in filters.items() if name in params)


def _limit(text: str) -> int:
    if not text.isdigit() or not 1 <= int(text) <= 200:
        raise bad_request("limit must be between 1 and 200", "limit")
    return int(text)


def _order(params: Mapping[str, str]) -> tuple[str, bool]:
    field, order = params.get("sort", "created_at"), params.get("order", "desc")
    if field not in ("created_at", "updated_at"):
        raise bad_request("sort must be created_at or updated_at", "sort")
    if order not in ("asc", "desc"):
        raise bad_request("order must be asc or desc", "order")
    return field, order == "asc"


def _time(text: str, name: str) -> str:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise bad_request(f"{name} is not an ISO 8601 time", name) from None
    return moment(int((found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()))


def _place(cursor: str) -> tuple[str, str]:
    try:
        at, _, id = base64.urlsafe_b64decode(cursor.encode()).decode().partition("|")
    except ValueError:
        raise bad_request("cursor is not valid", "cursor") from None
    return at, id
