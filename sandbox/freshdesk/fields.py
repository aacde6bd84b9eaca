"""Freshdesk's contact fields: definitions made by an admin, and the values that contacts carry for them.

A field's name comes from its first label and stays when the label changes. Whether customers see a field in the
portal is a flag of the field (`displayed_for_customers`), false unless somebody says otherwise.
"""

import re
from datetime import date
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sandbox.freshdesk.answers import (
    ACCOUNT,
    VENDOR,
    Desk,
    Refused,
    invalid,
    missing,
    not_found,
    unknown,
    wrong_type,
)
from sandbox.state import Json, State

KIND = "contact_fields"
OLD_ACCOUNT = "freshdesk.old_account"
TYPES = (
    "custom_text", "custom_paragraph", "custom_checkbox", "custom_number", "custom_dropdown",
    "custom_phone_number", "custom_url", "custom_date",
)  # fmt: skip
_LONGEST = {"custom_paragraph": 65_535}
_LONGEST_LINE = 255
# Freshdesk's own fields, which are not in `custom_fields`: name, label, shown to customers.
_DEFAULTS = (
    ("name", "Full name", True), ("job_title", "Title", True), ("email", "Email", True),
    ("phone", "Work phone", True), ("mobile", "Mobile phone", True), ("twitter_id", "Twitter", True),
    ("company_name", "Company", True), ("address", "Address", False), ("time_zone", "Time zone", True),
    ("language", "Language", True), ("tag_names", "Tags", False), ("description", "About", False),
    ("unique_external_id", "Unique external ID", False),
)  # fmt: skip
# Only accounts made or upgraded after June 2022 know these.
_NEW_FLAGS = {
    "agents_can_edit": True,
    "displayed_for_agents": True,
    "quick_add_for_agent": False,
    "unique": False,
}
_FLAGS = {
    "editable_in_signup": False,
    "required_for_agents": False,
    "customers_can_edit": False,
    "required_for_customers": False,
    "displayed_for_customers": False,
}


def install(desk: Desk) -> None:
    """Make the fields that every account begins with."""
    for place, (name, label, is_shown) in enumerate(_DEFAULTS, 1):
        flags = _FLAGS | _NEW_FLAGS | {"displayed_for_customers": is_shown}
        _store(desk, flags | {"label": label, "label_for_customers": label, "position": place}, name)


def show_all(desk: Desk, _request: Request, _body: Json) -> Response:
    """GET /contact_fields: all of them at once."""
    return JSONResponse([_shown(desk.state, field) for field in desk.all(KIND)])


def show(desk: Desk, request: Request, _body: Json) -> Response:
    """GET /contact_fields/{id}."""
    return JSONResponse(_shown(desk.state, desk.get(KIND, request.path_params["id"])))


def create(desk: Desk, _request: Request, body: Json) -> Response:
    """POST /contact_fields.

    Raises:
        Refused: 400 for what is missing, unknown or wrong; 409 for a label that another field has.
    """
    for name in ("label", "label_for_customers", "type"):
        if not body.get(name):
            raise missing(name)
    if body["type"] not in TYPES:
        raise invalid("type", f"It should be one of these values: '{','.join(TYPES)}'")
    _check(desk, body, {"type", "choices"})
    _check_label(desk, body["label"])
    if body["type"] == "custom_dropdown" and not body.get("choices"):
        raise missing("choices")
    wanted = _FLAGS | _NEW_FLAGS | {"position": 1} | body
    field = _store(desk, wanted, _name(desk, body["label"]), body["type"])
    url = f"{desk.url}/api/v2/contact_fields/{field['id']}"
    return JSONResponse(_shown(desk.state, field), 201, {"location": url})


def update(desk: Desk, request: Request, body: Json) -> Response:
    """PUT /contact_fields/{id}: labels, place and flags; the type and the name of a field never change.

    Raises:
        Refused: 400 for what is unknown; 409 for a label that another field has.
    """
    return JSONResponse(_shown(desk.state, change(desk, desk.get(KIND, request.path_params["id"]), body)))


def delete(desk: Desk, request: Request, _body: Json) -> Response:
    """DELETE /contact_fields/{id}: the field is gone, with the values that contacts had for it.

    Raises:
        Refused: 404 for one that does not exist or is Freshdesk's own.
    """
    field = desk.get(KIND, request.path_params["id"])
    if field["default"]:
        raise not_found()
    remove(desk, field)
    return Response(status_code=204)


def change(desk: Desk, field: Json, wanted: Json) -> Json:
    """Change a definition, as an admin does.

    Raises:
        Refused: as `update` says.
    """
    _check(desk, wanted, {"choices"})
    if "label" in wanted and wanted["label"] != field["label"]:
        _check_label(desk, wanted["label"])
    field |= {**wanted, "updated_at": desk.stamp()}
    desk.put(KIND, field)
    return field


def remove(desk: Desk, field: Json) -> None:
    """Delete a definition. Values are kept by the field's id, so a new field of that name begins empty."""
    desk.state.delete(VENDOR, ACCOUNT, KIND, str(field["id"]))


def by_name(desk: Desk, name: str) -> Json | None:
    """Return the definition with this name."""
    return next((field for field in desk.all(KIND) if field["name"] == name), None)


def merged(desk: Desk, current: Json, changes: Any) -> Json:
    """Return a contact's values (by field id) after a change by field name: key by key, the others stay.

    Raises:
        Refused: 400, a field that is not defined, or a value that it does not take.
    """
    if not isinstance(changes, dict):
        raise wrong_type("custom_fields", "key/value pair")
    known = {field["name"]: field for field in desk.all(KIND) if not field["default"]}
    result = dict(current)
    for name, value in changes.items():
        if name not in known:
            raise unknown(name)
        result[str(known[name]["id"])] = None if value in (None, "") else _value(known[name], value)
    return result


def shown_values(definitions: list[Json], values: Json) -> Json:
    """Return a contact's `custom_fields`: every custom field by name, null or false where nothing is set."""
    return {
        field["name"]: values.get(str(field["id"]), False if field["type"] == "custom_checkbox" else None)
        for field in definitions
        if not field["default"]
    }


def _store(desk: Desk, wanted: Json, name: str, kind: str | None = None) -> Json:
    now = desk.stamp()
    field = {
        **wanted,
        "id": desk.new_id("fields"),
        "name": name,
        "type": kind or f"default_{name}",
        "default": kind is None,
        "created_at": now,
        "updated_at": now,
    }
    desk.put(KIND, field)
    return field


def _check(desk: Desk, wanted: Json, more: set[str]) -> None:
    is_old = bool(desk.state.get_setting(OLD_ACCOUNT, False))
    flags = set(_FLAGS) | (set() if is_old else set(_NEW_FLAGS))
    for name, value in wanted.items():
        if name not in flags | {"label", "label_for_customers", "position"} | more:
            raise unknown(name)
        if name in flags and not isinstance(value, bool):
            raise wrong_type(name, "Boolean")
    last = len(desk.all(KIND)) + 1
    if not 1 <= wanted.get("position", 1) <= last:
        raise invalid("position", f"It should be a number from 1 to {last}")


def _check_label(desk: Desk, label: str) -> None:
    if any(field["label"].lower() == str(label).lower() for field in desk.all(KIND)):
        raise invalid("label", "It should be a unique value", "duplicate_value", 409)


def _name(desk: Desk, label: str) -> str:
    """Return the name of a new field: its label in small letters, but never the name of a default field."""
    name = re.sub(r"[^a-z0-9]+", "_", label.lower()).strip("_") or "field"
    taken = {field["name"] for field in desk.all(KIND)}
    if name in {default for default, _, _ in _DEFAULTS}:
        name = f"custom_{name}"
    while name in taken:
        name = f"{name}_1"
    return name


def _shown(state: State, field: Json) -> Json:
    hidden = set(_NEW_FLAGS) if state.get_setting(OLD_ACCOUNT, False) else set()
    return {name: value for name, value in field.items() if name not in hidden}


def _value(field: Json, value: Any) -> Any:
    kind, name = field["type"], field["name"]
    if kind == "custom_number":
        if isinstance(value, bool) or not isinstance(value, int):
            raise wrong_type(name, "Integer")
        return value
    if kind == "custom_checkbox":
        if not isinstance(value, bool):
            raise wrong_type(name, "Boolean")
        return value
    if not isinstance(value, str):
        raise wrong_type(name, "String")
    if kind == "custom_date":
        return _day(name, value)
    if kind == "custom_dropdown" and value not in {choice["value"] for choice in field["choices"]}:
        raise invalid(name, "It should be one of the field's choices")
    longest = _LONGEST.get(kind, _LONGEST_LINE)
    if len(value) > longest:
        raise invalid(name, f"Has {len(value)} characters, it can have maximum of {longest} characters")
    return value


def _day(name: str, value: str) -> str:
    wrong: Refused = invalid(name, "It should be in the 'YYYY-MM-DD' format")
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
        raise wrong
    try:
        return date.fromisoformat(value).isoformat()
    except ValueError as error:
        raise wrong from error
