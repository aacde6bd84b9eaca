"""Zendesk's user fields: definitions made by an admin, and the values that users carry for them."""

import re
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sandbox.state import Json
from sandbox.zendesk.answers import Desk, Refused, invalid, listing, not_found

KIND = "user_fields"
TYPES = frozenset(
    {
        "checkbox",
        "date",
        "decimal",
        "dropdown",
        "integer",
        "lookup",
        "multiselect",
        "regexp",
        "text",
        "textarea",
    }
)
# One line of text is kept short on the safe side of what accounts accept; text areas hold 64 kB.
LONGEST = {"text": 255, "regexp": 255, "textarea": 65_535}
_KEY = re.compile(r"(?!\d+$)[A-Za-z0-9_]+")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


def show_all(desk: Desk, request: Request, _body: Json) -> Response:
    """GET /user_fields."""
    return JSONResponse(listing(desk, request, KIND, KIND, lambda field: field))


def show(desk: Desk, request: Request, _body: Json) -> Response:
    """GET /user_fields/{id}; the key works as well as the id."""
    wanted = request.path_params["id"]
    for field in desk.all(KIND):
        if wanted in (str(field["id"]), field["key"]):
            return JSONResponse({"user_field": field})
    raise not_found()


def create(desk: Desk, _request: Request, body: Json) -> Response:
    """POST /user_fields.

    Raises:
        Refused: 422, a key that is taken or has letters it may not have, an unknown type, no title.
    """
    wanted = body.get("user_field")
    if not isinstance(wanted, dict):
        raise Refused(400, "InvalidParameter", "Parameter user_field is required")
    key, title, kind = (
        str(wanted.get("key") or ""),
        str(wanted.get("title") or ""),
        wanted.get("type", "text"),
    )
    if not title:
        raise invalid("title", "cannot be blank", "BlankValue")
    if kind not in TYPES:
        raise invalid("type", "is not included in the list")
    if not _KEY.fullmatch(key):
        raise invalid("key", "can only contain letters, numbers and underscores, and not only numbers")
    if any(field["key"].lower() == key.lower() for field in desk.all(KIND)):
        raise invalid("key", "has already been taken", "DuplicateValue")
    if kind in ("dropdown", "multiselect") and not wanted.get("custom_field_options"):
        raise invalid("custom_field_options", "cannot be blank", "BlankValue")
    field = _definition(desk, wanted, key, title, kind)
    desk.put(KIND, field)
    return JSONResponse({"user_field": field}, status_code=201, headers={"location": field["url"]})


def _definition(desk: Desk, wanted: Json, key: str, title: str, kind: str) -> Json:
    id, now = desk.new_id(KIND), desk.stamp()
    description = str(wanted.get("description") or "")
    field = {
        "id": id,
        "url": desk.address(KIND, id),
        "key": key,
        "type": kind,
        "title": title,
        "raw_title": title,
        "description": description,
        "raw_description": description,
        "position": int(wanted.get("position", 9999)),
        "active": bool(wanted.get("active", True)),
        "system": False,
        "regexp_for_validation": wanted.get("regexp_for_validation"),
        "created_at": now,
        "updated_at": now,
    }
    if kind == "checkbox":
        field["tag"] = wanted.get("tag")
    if kind in ("dropdown", "multiselect"):
        field["custom_field_options"] = [
            {
                "id": desk.new_id("options"),
                "name": option["name"],
                "raw_name": option["name"],
                "value": option["value"],
            }
            for option in wanted["custom_field_options"]
        ]
    return {name: value for name, value in field.items() if name != "tag" or value is not None}


def merged(desk: Desk, current: Json, changes: Json) -> Json:
    """Return a user's field values after a change: key by key; keys without a definition are ignored.

    Raises:
        Refused: 422, a value that its field does not take.
    """
    known = {field["key"]: field for field in desk.all(KIND)}
    result = dict(current)
    for key, value in changes.items():
        if field := known.get(key):
            result[key] = None if value in (None, "") else _value(field, value)
    return result


def shown(definitions: list[Json], values: Json) -> Json:
    """Return the values as a user shows them: every defined field, null or false where nothing is set."""
    return {
        field["key"]: values.get(field["key"], False if field["type"] == "checkbox" else None)
        for field in definitions
    }


def _value(field: Json, value: Any) -> Any:
    kind, name = field["type"], field["key"]
    if kind in LONGEST:
        text = str(value)
        if len(text) > LONGEST[kind]:
            raise invalid(name, f"is too long (maximum is {LONGEST[kind]} characters)", "ValueTooLong")
        return text
    try:
        if kind == "checkbox":
            return value in (True, 1, "true", "1", "yes")
        if kind == "integer":
            return int(str(value))
        if kind == "decimal":
            # Zendesk answers decimals as JSON numbers.
            return float(Decimal(str(value)))
        if kind == "date":
            day = _DATE.match(str(value))
            return datetime.fromisoformat(day[0] if day else "").strftime("%Y-%m-%dT00:00:00+00:00")
    except (ValueError, InvalidOperation) as error:
        raise invalid(name, f"{value} is not a valid {kind}") from error
    if kind == "dropdown" and value not in {option["value"] for option in field["custom_field_options"]}:
        raise invalid(name, f"{value} is not an option of this field")
    return value
