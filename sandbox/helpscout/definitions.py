"""Help Scout's definitions of customer properties: at most fifty, each with a slug that is its name for ever.

Source: developer.helpscout.com/mailbox-api/endpoints/properties. What it leaves open is settled on the strict
side: a taken slug is 409, as a customer's taken address is, and the fifty-first definition 400.
"""

import re
import uuid

from starlette.requests import Request
from starlette.responses import Response

from sandbox.helpscout.answers import CUSTOMERS, Desk, hal, invalid, refused
from sandbox.state import Json

KIND = "customer-properties"
MOST = 50
TYPES = ("number", "text", "url", "date", "dropdown")
RESERVED = frozenset({"email", "name", "company", "jobTitle"})
_SLUG = re.compile(r"[A-Za-z0-9_-]{1,100}")


def every(desk: Desk) -> list[Json]:
    """Return the definitions in the order of their making."""
    return desk.all(KIND, oldest_first=True)


def show_all(desk: Desk, _request: Request, _body: object) -> Response:
    """GET /v2/customer-properties: all of them, on one page."""
    known = [_shown(one) for one in every(desk)]
    links = {"_links": {"self": desk.link(f"v2/{KIND}")}}
    return hal(links | ({"_embedded": {KIND: known}} if known else {}))


def create(desk: Desk, _request: Request, body: object) -> Response:
    """POST /v2/customer-properties.

    Raises:
        Refused: 400, a type, slug, name or options that may not be, or the fifty-first; 409, a slug that is taken.
    """
    wanted = body if isinstance(body, dict) else {}
    slug, name, kind = str(wanted.get("slug") or ""), str(wanted.get("name") or ""), wanted.get("type")
    if kind not in TYPES:
        choices = ", ".join(f"'{one}'" for one in TYPES)
        raise invalid("type", f"Expected one of these: {choices}", "EnumValue", kind)
    if not _SLUG.fullmatch(slug) or slug in RESERVED:
        raise invalid("slug", "must be 1 to 100 letters, digits, - or _, and not reserved", "Pattern", slug)
    if not name.strip():
        raise invalid("name", "may not be empty", "NotEmpty")
    known = every(desk)
    if any(one["id"] == slug for one in known):
        raise refused(409, f"A property with the slug {slug} exists already")
    if len(known) >= MOST:
        raise refused(400, f"The limit of {MOST} customer properties has been reached")
    definition: Json = {"id": slug, "type": kind, "slug": slug, "name": name}
    if kind == "dropdown":
        definition["options"] = _options(wanted.get("options"))
    desk.put(KIND, definition)
    return Response(status_code=201, headers={"location": desk.link(f"v2/{KIND}/{slug}")["href"]})


def delete(desk: Desk, request: Request, _body: object) -> Response:
    """DELETE /v2/customer-properties/{slug}: the definition and everybody's values are gone."""
    remove(desk, request.path_params["slug"])
    return Response(status_code=204)


def remove(desk: Desk, slug: str) -> None:
    """Delete a definition and everybody's values.

    Raises:
        Refused: 404, there is none.
    """
    desk.get(KIND, slug)
    with desk.state.transaction():
        desk.delete(KIND, slug)
        for customer in desk.all(CUSTOMERS, match=lambda one: slug in one["values"]):
            del customer["values"][slug]
            desk.put(CUSTOMERS, customer)


def carried(known: list[Json], values: Json) -> list[Json]:
    """Return a customer's values as the customer shows them, those that are not set left out."""
    found = []
    for one in known:
        if one["slug"] in values:
            shown = {
                "type": one["type"],
                "slug": one["slug"],
                "name": one["name"],
                "value": values[one["slug"]],
            }
            for option in one.get("options", ()):
                if option["id"] == shown["value"]:
                    shown["text"] = option["label"]
            found.append(shown)
    return found


def _options(wanted: object) -> list[Json]:
    given = [one for one in wanted if isinstance(one, dict)] if isinstance(wanted, list) else []
    if not 0 < len(given) <= 100 or any(not 0 < len(str(one.get("label") or "")) <= 255 for one in given):
        raise invalid("options", "must be 1 to 100 options with labels of 1 to 255 characters", "Size")
    return [{"id": str(one.get("id") or uuid.uuid4()), "label": str(one["label"])} for one in given]


def _shown(definition: Json) -> Json:
    return {name: value for name, value in definition.items() if name != "id"}
