"""Front's contact fields: defined by the administrator alone, read by the API, values keyed by display name."""

from collections.abc import Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sandbox.front.answers import HOST, Desk, bad_request, whole
from sandbox.state import Json

KIND = "field"
TYPES = ("string", "boolean", "datetime", "number", "teammate", "inbox", "enum")
MOST = 50


def show_all(desk: Desk, _request: Request, _body: Json) -> Response:
    """GET /contacts/custom_fields, in one list."""
    return JSONResponse(whole("/contacts/custom_fields", [_shown(field) for field in desk.all(KIND)]))


def make(desk: Desk, name: str, type: str, values: Sequence[str] = ()) -> Json:
    """Define a field, as an administrator does in the company's settings; `values` are an enum's.

    Raises:
        ValueError: a type that does not exist, a name that is taken or empty, or more than 50 fields.
    """
    known = desk.all(KIND)
    if type not in TYPES or not name.strip() or len(known) >= MOST:
        raise ValueError(
            f"no field {name!r} of type {type!r}: types are {', '.join(TYPES)}, at most {MOST} fields"
        )
    if name in {field["name"] for field in known}:
        raise ValueError(f"there is a contact field {name!r} already")
    field: Json = {"id": desk.new_id(KIND, "fld"), "name": name, "description": "", "type": type}
    if type == "enum":
        field["values"] = [{"value": value, "label": value} for value in values]
    desk.put(KIND, field)
    return field


def rename(desk: Desk, name: str, new_name: str) -> None:
    """Give a field another name; the contacts keep their values, under the new name.

    Raises:
        LookupError: there is no such field.
    """
    found = next((field for field in desk.all(KIND) if field["name"] == name), None)
    if found is None:
        raise LookupError(f"no contact field {name!r}")
    desk.put(KIND, found | {"name": new_name})


def named(definitions: list[Json], stored: Json) -> Json:
    """Return a contact's values by the names that their fields have now; empty ones are left out."""
    return {field["name"]: stored[field["id"]] for field in definitions if field["id"] in stored}


def taken(desk: Desk, values: Any) -> Json:
    """Return values that were sent by name as they are stored, by field id.

    Raises:
        Refused: 400, a name that no field has, or a value of another type than its field's.
    """
    if not isinstance(values, dict):
        raise bad_request()
    known = {field["name"]: field for field in desk.all(KIND)}
    stored = {}
    for name, value in values.items():
        if name not in known:
            raise bad_request(f"Unknown custom field {name}")
        if not _fits(known[name], value):
            raise bad_request(f"Custom field {name} must be of type {known[name]['type']}")
        stored[known[name]["id"]] = value
    return stored


def _fits(field: Json, value: Any) -> bool:
    if field["type"] == "boolean":
        return isinstance(value, bool)
    if field["type"] in ("number", "datetime"):
        return isinstance(value, int) and not isinstance(value, bool)
    if field["type"] == "enum":
        return value in [choice["value"] for choice in field["values"]]
    return isinstance(value, str)


def _shown(field: Json) -> Json:
    return {"_links": {"self": f"{HOST}/custom_fields/{field['id']}"}, **field}
