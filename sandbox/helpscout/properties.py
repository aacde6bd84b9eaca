"""The values that Help Scout's customers carry for their properties, changed by a list of operations.

Source: developer.helpscout.com/mailbox-api/endpoints/properties/update. What it leaves open is settled so: a patch
is done whole or not at all, a slug that nobody defined is 400, and removing what is not set changes nothing.
"""

import re
from datetime import date
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from sandbox.helpscout import customers, definitions
from sandbox.helpscout.answers import CUSTOMERS, Desk, invalid, refused
from sandbox.state import Json

LONGEST_TEXT = 255
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_URL = re.compile(r"(https?://)?[^\s/.]+(\.[^\s/.]+)+(/\S*)?")
_FROM, _TO = -(2**63), 2**63 - 1


def patch(desk: Desk, request: Request, body: object) -> Response:
    """PATCH /v2/customers/{id}/properties: a list of operations, replace or remove, each at "/" and a slug.

    Raises:
        Refused: 404, no such customer; 400, an operation that may not be, and then nothing is changed.
    """
    customer = desk.get(CUSTOMERS, request.path_params["id"])
    if not isinstance(body, list) or not body:
        raise refused(400, "Error parsing request body into JSON")
    known = {one["slug"]: one for one in definitions.every(desk)}
    values = dict(customer["values"])
    for place, step in enumerate(body):
        _apply(values, known, place, step if isinstance(step, dict) else {})
    with desk.state.transaction():
        desk.put(CUSTOMERS, customer | {"values": values, "updatedAt": desk.stamp()})
        customers.count_write(desk.state)
    return Response(status_code=204)


def _apply(values: Json, known: dict[str, Json], place: int, step: Json) -> None:
    slug = str(step.get("path") or "").removeprefix("/")
    if step.get("op") not in ("replace", "remove"):
        raise invalid(
            f"[{place}].op", "Expected one of these: 'replace', 'remove'", "EnumValue", step.get("op")
        )
    if slug not in known or not str(step["path"]).startswith("/"):
        raise invalid(f"[{place}].path", "is not a customer property", "Pattern", step.get("path"))
    if step["op"] == "remove":
        values.pop(slug, None)
    else:
        values[slug] = _value(known[slug], f"[{place}].value", step.get("value"))


def _value(definition: Json, path: str, value: Any) -> Any:
    kind = definition["type"]
    is_text = isinstance(value, str) and 0 < len(value) <= LONGEST_TEXT
    if kind == "number":
        if isinstance(value, int) and not isinstance(value, bool) and _FROM <= value <= _TO:
            return value
        raise invalid(path, "must be a whole number", "TypeMismatch", value)
    if not is_text:
        raise invalid(path, f"must be 1 to {LONGEST_TEXT} characters", "Size", value)
    if kind == "date" and not _is_day(value):
        raise invalid(path, "must be a date, YYYY-MM-DD", "Pattern", value)
    if kind == "url" and not _URL.fullmatch(value):
        raise invalid(path, "must be a URL", "Pattern", value)
    if kind == "dropdown":
        for option in definition["options"]:
            if value in (option["id"], option["label"]):
                return option["id"]
        raise invalid(path, "is none of the property's options", "EnumValue", value)
    return value


def _is_day(text: str) -> bool:
    try:
        return bool(_DAY.fullmatch(text) and date.fromisoformat(text))
    except ValueError:
        return False
