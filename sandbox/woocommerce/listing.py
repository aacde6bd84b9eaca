"""Lists: filtered, sorted, cut into pages by number, with WordPress's headers for the totals."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from sandbox.state import Json, Jsons
from sandbox.woocommerce.errors import invalid_param

Query = Mapping[str, list[str]]
_MOST = 100
_TRUE = ("1", "true", "yes")


class Page:
    """One page of a list, with the numbers that its headers tell."""

    def __init__(self, found: Jsons, query: Query, *, default: tuple[str, str]) -> None:
        self.per_page = _number(query, "per_page", 10)
        if not 1 <= self.per_page <= _MOST:
            words = f"per_page must be between 1 (inclusive) and {_MOST} (inclusive)"
            raise invalid_param("per_page", words, "rest_out_of_bounds")
        self.number = _number(query, "page", 1)
        if self.number < 1:
            raise invalid_param("page", "page must be greater than or equal to 1", "rest_out_of_bounds")
        found = _sorted(_chosen(found, query), query, default)
        start = (self.number - 1) * self.per_page
        if "offset" in query:
            start = _number(query, "offset", 0)
        self.total = len(found)
        self.pages = -(-self.total // self.per_page)
        self.items = found[start : start + self.per_page]

    def link(self, url: str, query: Query) -> str | None:
        """Return the Link header to the next page, or None on the last."""
        if self.number >= self.pages:
            return None
        given = {name: values[-1] for name, values in query.items()} | {"page": str(self.number + 1)}
        return f'<{url}?{urlencode(given)}>; rel="next"'


def one(query: Query, name: str) -> str | None:
    """Return a parameter's last value."""
    values = query.get(name)
    return values[-1] if values else None


def many(query: Query, name: str) -> list[str]:
    """Return a list parameter: repeated as name[] or joined by commas."""
    values = [*query.get(name, []), *query.get(f"{name}[]", [])]
    return [part.strip() for value in values for part in value.split(",") if part.strip()]


def _chosen(found: Jsons, query: Query) -> Jsons:
    tests: list[Callable[[Json], bool]] = []
    if wanted := many(query, "include"):
        tests.append(lambda obj: str(obj["id"]) in wanted)
    if unwanted := many(query, "exclude"):
        tests.append(lambda obj: str(obj["id"]) not in unwanted)
    if parents := many(query, "parent"):
        tests.append(lambda obj: str(obj.get("parent_id")) in parents)
    for name, field in (
        ("customer", "customer_id"), ("created_via", "created_via"), ("email", "email"), ("code", "code"),
        ("sku", "sku"),
    ):  # fmt: skip
        value = one(query, name)
        if value is not None and found and field in found[0]:
            tests.append(_equals(field, value))
    if found and "status" in found[0]:
        statuses = many(query, "status") or ["any"]
        if statuses[0] in ("any", "all"):
            tests.append(lambda obj: obj["status"] != "trash")
        else:
            tests.append(lambda obj: obj["status"] in statuses)
    is_gmt = (one(query, "dates_are_gmt") or "").lower() in _TRUE
    for name, field, is_later in (
        ("after", "date_created", True), ("before", "date_created", False),
        ("modified_after", "date_modified", True), ("modified_before", "date_modified", False),
    ):  # fmt: skip
        value = one(query, name)
        if value is not None and found and field in found[0]:
            tests.append(_dated(field + ("_gmt" if is_gmt else ""), _moment(name, value), is_later=is_later))
    return [obj for obj in found if all(test(obj) for test in tests)]


def _equals(field: str, value: str) -> Callable[[Json], bool]:
    return lambda obj: str(obj[field]).lower() == value.lower()


def _dated(field: str, moment: str, *, is_later: bool) -> Callable[[Json], bool]:
    return lambda obj: (obj[field] > moment) if is_later else (obj[field] < moment)


def _moment(name: str, value: str) -> str:
    """Read a date parameter; a zone in it is passed over, as WordPress does."""
    try:
        return datetime.fromisoformat(value).replace(tzinfo=None).strftime("%Y-%m-%dT%H:%M:%S")
    except ValueError:
        raise invalid_param(name, "Invalid date.", "rest_invalid_date") from None


_KEYS: dict[str, Callable[[Json], Any]] = {
    "date": lambda obj: (obj.get("date_created_gmt") or "", obj["id"]),
    "id": lambda obj: obj["id"],
    "include": lambda obj: obj["id"],
    "modified": lambda obj: (obj.get("date_modified_gmt") or "", obj["id"]),
    "title": lambda obj: (str(obj.get("name") or obj.get("code") or obj["id"]), obj["id"]),
    "slug": lambda obj: (str(obj.get("slug") or obj["id"]), obj["id"]),
    "name": lambda obj: (str(obj.get("username") or ""), obj["id"]),
    "registered_date": lambda obj: (obj.get("date_created_gmt") or "", obj["id"]),
    "order": lambda obj: (obj.get("order") or 0, obj["id"]),
    "priority": lambda obj: (obj.get("priority") or 0, obj["id"]),
}


def _sorted(found: Jsons, query: Query, default: tuple[str, str]) -> Jsons:
    by, order = one(query, "orderby") or default[0], one(query, "order") or default[1]
    if by not in _KEYS:
        raise invalid_param("orderby", f"orderby is not one of {', '.join(_KEYS)}.", "rest_not_in_enum")
    if order not in ("asc", "desc"):
        raise invalid_param("order", "order is not one of asc and desc.", "rest_not_in_enum")
    return sorted(found, key=_KEYS[by], reverse=order == "desc")


def _number(query: Query, name: str, default: int) -> int:
    value = one(query, name)
    if value is None:
        return default
    if not value.lstrip("-").isdigit():
        raise invalid_param(name, f"{name} is not of type integer.")
    return int(value)
