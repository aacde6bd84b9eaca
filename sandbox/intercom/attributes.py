"""Intercom's data attributes: defined before a contact may carry them, archived but never deleted.

Source: the paths /data_attributes of Intercom's OpenAPI description 2.16; for names and values, the rules under
"Custom Attributes" in its reference: letters, digits, hyphens and most currency symbols, at most 190 characters,
texts up to 255 characters, 250 attributes. Spaces and underscores stand in the vendor's own examples.
"""

import re
import unicodedata
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sandbox.intercom.answers import Desk, Refused, invalid
from sandbox.intercom.team import API_ADMIN
from sandbox.state import Json

KIND = "data_attributes"
MODELS = {"contact": "people", "company": "company"}
TYPES = frozenset({"string", "integer", "float", "boolean", "date", "datetime", "options"})
MOST, LONGEST_NAME, LONGEST_TEXT = 250, 190, 255
_STANDARD = {
    "contact": {
        "name": "string",
        "email": "string",
        "phone": "string",
        "created_at": "date",
        "role": "string",
    },
    "company": {"name": "string", "company_id": "string", "monthly_spend": "float", "size": "integer"},
}
_NAME = re.compile(r"[\w \-]+")


def show_all(desk: Desk, request: Request, _body: Json) -> Response:
    """GET /data_attributes, of one model or of both; archived ones only with `include_archived`.

    Raises:
        Refused: 422, the attributes of conversations have moved elsewhere.
    """
    model = request.query_params.get("model")
    if model == "conversation":
        raise Refused(
            422,
            "parameter_invalid",
            "model=conversation is no longer supported. Use GET /conversations/attributes instead",
        )
    archived = request.query_params.get("include_archived") == "true"
    own = [one for one in desk.all(KIND) if archived or not one["archived"]]
    every = [*(_standard(name) for name in _STANDARD), own]
    data = [one for part in every for one in part if model in (None, one["model"])]
    return JSONResponse({"type": "list", "data": data})


def create(desk: Desk, _request: Request, body: Json) -> Response:
    """POST /data_attributes.

    Raises:
        Refused: 400, a model or type that does not exist, a name with other signs, or one that is taken.
    """
    name, model, kind = str(body.get("name") or ""), body.get("model"), body.get("data_type")
    if model not in MODELS:
        raise invalid("The Data Attribute model field must be either contact or company")
    _check_name(desk, name, model)
    if kind not in TYPES:
        raise invalid("Data Type isn't an option")
    kept = {"options": "string", "datetime": "date"}.get(str(kind), str(kind))
    options = [str(one["value"]) for one in body.get("options") or ()]
    if kind == "options" and len(options) < 2:
        raise invalid("You must have at least two options on a list type data attribute")
    if len(desk.all(KIND, match=lambda one: one["model"] == model)) >= MOST:
        raise invalid(f"You already have {MOST} attributes in your {MODELS[model]} data.")
    attribute = _definition(desk, body, name, model, kept)
    if options:
        attribute["options"] = options
    desk.put(KIND, attribute)
    return JSONResponse(attribute)


def update(desk: Desk, request: Request, body: Json) -> Response:
    """PUT /data_attributes/{id}: archive or unarchive it, or describe it anew; its type stays.

    Raises:
        Refused: 404, there is none.
    """
    attribute = desk.find(KIND, request.path_params["id"])
    if attribute is None:
        raise Refused(404, "field_not_found", "We couldn't find that data attribute to update")
    changes = {name: body[name] for name in ("archived", "description", "messenger_writable") if name in body}
    attribute |= changes | {"updated_at": desk.now()}
    desk.put(KIND, attribute)
    return JSONResponse(attribute)


def merged(desk: Desk, current: Json, changes: Mapping[str, Any]) -> Json:
    """Return a contact's custom attributes after a change, key by key; an empty value empties.

    Raises:
        Refused: 400, an attribute that is not defined or is archived, or a value that it does not take.
    """
    known = {one["name"]: one for one in desk.all(KIND) if one["model"] == "contact" and not one["archived"]}
    result = dict(current)
    for name, value in changes.items():
        if name not in known:
            raise invalid(f"Custom attribute '{name}' does not exist")
        result[name] = None if value in (None, "") else _value(known[name], value)
    return result


def _check_name(desk: Desk, name: str, model: str) -> None:
    # "$" is a currency symbol, and the one that is not allowed.
    plain = "".join(sign for sign in name if unicodedata.category(sign) != "Sc" or sign == "$")
    if not name or not _NAME.fullmatch(plain or "-") or len(name) > LONGEST_NAME:
        raise invalid(
            "Your name for this attribute must only contain alphanumeric characters, currency symbols, and hyphens"
        )
    advice = f"To save this as new {MODELS[model]} data, use a different name."
    if name.lower() in _STANDARD[model]:
        raise invalid(f"'{name}' is one of our standard attributes for your {MODELS[model]} data. {advice}")
    for one in desk.all(KIND):
        if one["name"].lower() == name.lower():
            raise invalid(f"You already have '{name}' in your {MODELS[one['model']]} data. {advice}")


def _definition(desk: Desk, body: Json, name: str, model: str, kind: str) -> Json:
    now = desk.now()
    return {
        "id": desk.number(KIND),
        "type": "data_attribute",
        "name": name,
        "full_name": f"custom_attributes.{name}",
        "label": name,
        "description": str(body.get("description") or ""),
        "data_type": kind,
        "api_writable": True,
        "ui_writable": False,
        "messenger_writable": bool(body.get("messenger_writable", True)),
        "custom": True,
        "archived": False,
        "admin_id": API_ADMIN,
        "created_at": now,
        "updated_at": now,
        "model": model,
    }


def _standard(model: str) -> list[Json]:
    return [
        {
            "type": "data_attribute",
            "name": name,
            "full_name": name,
            "label": name.replace("_", " ").capitalize(),
            "description": f"The {model}'s {name.replace('_', ' ')}",
            "data_type": kind,
            "api_writable": name not in ("created_at", "company_id"),
            "ui_writable": False,
            "messenger_writable": True,
            "custom": False,
            "archived": False,
            "model": model,
        }
        for name, kind in _STANDARD[model].items()
    ]


def _value(attribute: Json, value: Any) -> Any:
    kind, name = attribute["data_type"], attribute["name"]
    if not isinstance(value, str | int | float):
        raise invalid(f"Value for '{name}' is not of type Numeric, String or Boolean")
    if kind == "string":
        if len(str(value)) > LONGEST_TEXT:
            raise invalid(f"Value for '{name}' is longer than {LONGEST_TEXT} characters")
        if "options" in attribute and str(value) not in attribute["options"]:
            raise invalid(f"'{value}' is not an option of '{name}'")
        return str(value)
    if kind == "date":
        return _moment(name, value)
    if kind == "boolean" and isinstance(value, bool):
        return value
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if is_number and (kind == "float" or (kind == "integer" and isinstance(value, int))):
        return value
    raise invalid(f"'{value}' is not a valid value for '{name}', which is of type {kind}")


def _moment(name: str, value: Any) -> int:
    """Return a date in Unix seconds, in which Intercom keeps all dates; ISO 8601 is understood too."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    try:
        moment = datetime.fromisoformat(str(value).replace("Z", "+00:00"))
    except ValueError as error:
        raise invalid(f"'{value}' is not a valid date for '{name}'") from error
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())
