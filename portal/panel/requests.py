"""Requests to the panel's addresses: the raw body, the JSON in it, who is proven by it, and errors as statuses."""

from collections.abc import Mapping
from typing import Any

import orjson
from starlette.requests import ClientDisconnect, Request

from billing import clock
from billing.errors import BillhouseError, Forged, NotAllowed, NotFound, Terminal, Transient
from portal.body import body
from portal.panel import entry
from portal.panel.house import House
from portal.panel.sessions import Session

MAX_BYTES = 1 << 18
_STATUS = ((Forged, 401), (NotAllowed, 403), (NotFound, 404), (Transient, 503))


async def proven(house: House, request: Request, helpdesk: str, account: str) -> Session:
    """Return the session of a request that its helpdesk has signed.

    Raises:
        NotFound: no such account.
        Forged, NotAllowed, Transient: as `entry.exchange`.
    """
    found = entry.account_of(house, helpdesk, account)
    if found is None:
        raise NotFound("No such account. The address is /panels/<helpdesk>/<account>.")
    panel, config = found
    if not panel.is_configured(config):
        raise NotAllowed(f"helpdesks.{helpdesk} has no secret for the panel: nothing can be verified.")
    asked = entry.asked(
        request.method, request.query_params.multi_items(), request.headers.items(), await raw(request)
    )
    proof = panel.prove(asked, config, clock.now())
    return await entry.exchange(house, helpdesk, account, proof)


async def raw(request: Request) -> bytes:
    """Return a request's body as it came.

    Raises:
        Terminal: it is too large, or ended before it was whole.
    """
    try:
        found = await body(request, MAX_BYTES)
    except ClientDisconnect:
        raise Terminal("The connection ended before the whole body had come.") from None
    if found is None:
        raise Terminal(f"The body is larger than {MAX_BYTES} bytes.")
    return found


async def content(request: Request) -> Mapping[str, Any]:
    """Return a request's JSON object.

    Raises:
        Terminal: the body is none.
    """
    if request.headers.get("content-type", "").partition(";")[0] != "application/json":
        raise Terminal("This takes JSON.")
    try:
        found = orjson.loads(await raw(request))
    except orjson.JSONDecodeError:
        raise Terminal("The body is not JSON.") from None
    if not isinstance(found, dict):
        raise Terminal("The body is not a JSON object.")
    return found


def status_of(cause: BillhouseError) -> int:
    """Return the HTTP status that fits an error."""
    return next((status for kind, status in _STATUS if isinstance(cause, kind)), 400)
