"""Reading jobs for one Stripe account: whole lists in windows of time, lists since a time, single objects."""

from collections.abc import Callable, Iterable
from typing import Any

import orjson

from billing.errors import NotFound
from gateways.stripe.api import PAGE_SIZE, StripeApi
from pipelines.crawl import Emit, Job
from pipelines.raw import Row
from pipelines.stripe.objects import BY_KIND, Resource, object_path, related, to_rows

_MOST_WINDOWS = 24
_PAGES_A_WINDOW = 5
_STRIPE_OPENED = 1_293_840_000  # 2011: no object is older


Follow = Callable[[list[dict[str, Any]]], Iterable[Job]]
"""What a page of a list asks to be read besides."""


def whole_list(
    api: StripeApi, resource: Resource, opened: int | None, follow: Follow = lambda _page: ()
) -> Job:
    """Read a whole list. What does not fit the first page is read in windows of time, side by side.

    `opened` is when the account was made, in Unix seconds; it only evens the windows out, the first of which
    is open to the past.
    """

    def run(emit: Emit) -> Iterable[Job]:
        page = next(api.pages(resource.path, resource.list_params))
        _emit(api, resource, page, emit)
        further = list(follow(page))
        if len(page) == PAGE_SIZE:
            span = windows(opened or _STRIPE_OPENED, page[-1]["created"], page[0]["created"])
            further += [_window(api, resource, bounds, follow) for bounds in span]
        return further

    return Job(("list", resource.table), run)


def list_since(api: StripeApi, resource: Resource, created: int) -> Job:
    """Read what was created at or after a time, in Unix seconds."""
    return _window(api, resource, {"created[gte]": created})


def one_object(
    api: StripeApi,
    kind: str,
    object_id: str,
    *,
    last_known: dict[str, Any] | None = None,
    with_related: bool = False,
) -> Job:
    """Read one object by its id; one that is gone becomes a row marked as deleted.

    `last_known` is how a deletion's event described it, in our API version; else what is stored stands.
    """
    resource = BY_KIND[kind]

    def run(emit: Emit) -> Iterable[Job]:
        try:
            thing = api.get(object_path(resource, object_id), resource.read_params)
        except NotFound:
            thing = {"deleted": True}
        if thing.get("deleted"):
            emit(resource.table, [_gone(object_id, last_known)])
            thing = last_known or {}
        else:
            _emit(api, resource, [thing], emit)
        further = [one_object(api, *pair) for pair in related(thing)] if with_related else []
        if kind == "invoice":  # its payments change with it, without events of their own
            further.append(_window(api, BY_KIND["invoice_payment"], {"invoice": object_id}))
        return further

    return Job(("object", kind, object_id), run)


def windows(opened: int, oldest: int, newest: int) -> list[dict[str, int]]:
    """Split the time from an account's opening to `oldest` (still included) into even windows.

    `oldest` and `newest` are the ends of the page already read; its density says how many windows are worth
    it. All are Unix seconds. Together the windows hold every moment up to `oldest` once.
    """
    expected_pages = (oldest - opened) // max(1, newest - oldest)
    parts = max(1, min(_MOST_WINDOWS, expected_pages // _PAGES_A_WINDOW))
    edges = [opened + (oldest - opened) * part // parts for part in range(1, parts)]
    starts = [None, *edges]
    ends = [*edges, None]
    return [_bounds(start, end, oldest) for start, end in zip(starts, ends, strict=True)]


def _bounds(start: int | None, end: int | None, oldest: int) -> dict[str, int]:
    bounds = {"created[lte]": oldest} if end is None else {"created[lt]": end}
    return bounds if start is None else {"created[gte]": start, **bounds}


def _window(
    api: StripeApi, resource: Resource, bounds: dict[str, Any], follow: Follow = lambda _page: ()
) -> Job:
    def run(emit: Emit) -> Iterable[Job]:
        further: list[Job] = []
        for page in api.pages(resource.path, {**resource.list_params, **bounds}):
            _emit(api, resource, page, emit)
            further += follow(page)
        return further

    return Job(("window", resource.table, str(sorted(bounds.items()))), run)


def _emit(api: StripeApi, resource: Resource, things: list[dict[str, Any]], emit: Emit) -> None:
    for table, rows in to_rows(api, resource, things):
        if rows:
            emit(table, rows)


def _gone(object_id: str, last_known: dict[str, Any] | None) -> Row:
    if last_known is None:
        return Row(object_id, None, None, is_deleted=True)
    return Row(object_id, last_known.get("created"), orjson.dumps(last_known).decode(), is_deleted=True)
