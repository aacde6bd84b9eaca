"""Reading jobs for one shop: whole lists, what changed since a moment, single objects, refunds, ids alone.

Lists are cut into pages by number, and move while they are read. So a whole list is sorted by id, where only a
deletion moves anything, and changes are followed by their date with a fresh first page each time; whatever slips
through all the same is found by the sweep of ids that follows (`sweep.py`).
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

from billing.errors import NotFound, Refused
from gateways.http import Params
from gateways.woocommerce.api import PAGE_SIZE, Page, WooApi
from pipelines.crawl import Emit, Job
from pipelines.raw import Row
from pipelines.woocommerce.objects import (
    BY_KIND,
    COUPON,
    ORDER,
    REFUND,
    Resource,
    is_trashed,
    to_row,
    with_order,
)

_BY_ID: Params = {"orderby": "id", "order": "asc", "per_page": PAGE_SIZE}
_SECOND = timedelta(seconds=1)
_PAGE_OVERLAP = 1
Thing = dict[str, Any]


def whole_list(api: WooApi, resource: Resource) -> Job:
    """Read a whole list, page by page; the first page says how many there are."""

    def run(emit: Emit) -> Iterable[Job]:
        page = _page(api, resource, {**resource.params, **_BY_ID, "page": 1})
        if page is None:
            return []
        further = _emit(api, resource, page.items, emit)
        rest = [_one_page(api, resource, number, page.total) for number in range(2, page.pages + 1)]
        return [*further, *rest]

    return Job(("list", resource.table), run)


def changes(api: WooApi, resource: Resource, since: str, latest: dict[str, str]) -> Job:
    """Read what was modified after a moment (GMT), oldest change first; `latest` learns the newest date seen.

    Each page is a first page after the last date seen, so that an object which changes meanwhile, and thereby goes
    to the end, shifts no other one past us. Only where one second fills a page are further pages asked for.
    """

    def run(emit: Emit) -> Iterable[Job]:
        further: list[Job] = []
        after, number = since, 1
        while True:
            dates: Params = {"modified_after": after, "dates_are_gmt": "true", "page": number}
            sort: Params = {"orderby": "modified", "order": "asc", "per_page": PAGE_SIZE}
            page = _page(api, resource, {**resource.params, **dates, **sort})
            if page is None or not page.items:
                return further
            further += _emit(api, resource, page.items, emit)
            newest = max(str(thing["date_modified_gmt"]) for thing in page.items)
            latest[resource.table] = max(latest.get(resource.table, ""), newest)
            if len(page.items) < PAGE_SIZE:
                return further
            before_newest = (datetime.fromisoformat(newest) - _SECOND).isoformat()
            number = 1 if before_newest > after else number + 1
            after = max(after, before_newest)

    return Job(("changes", resource.table), run)


def one_object(api: WooApi, kind: str, object_id: str) -> Job:
    """Read one object by its id; one that is gone, or in the trash, becomes a row marked as deleted."""
    resource = BY_KIND[kind]

    def run(emit: Emit) -> Iterable[Job]:
        try:
            thing = api.get(f"{resource.path}/{object_id}")
        except NotFound:
            emit(resource.table, [gone(object_id)])
            return []
        return _emit(api, resource, [thing], emit)

    return Job(("object", kind, object_id), run)


def some_objects(api: WooApi, resource: Resource, ids: Iterable[str]) -> Iterator[Job]:
    """Read listed objects by their ids, a page of them at a time."""
    wanted = sorted(ids)
    for start in range(0, len(wanted), PAGE_SIZE):
        chunk = ",".join(wanted[start : start + PAGE_SIZE])
        params: Params = {**resource.params, "include": chunk, "per_page": PAGE_SIZE}
        yield _list_once(api, resource, params, ("some", resource.table, chunk))


def refunds_of(api: WooApi, order_id: str) -> Job:
    """Read an order's refunds; an order that was deleted since it was listed is read again, to say so."""

    def run(emit: Emit) -> Iterable[Job]:
        try:
            for refund in _all(api, f"{ORDER.path}/{order_id}/refunds"):
                emit(REFUND.table, [to_row(with_order(refund, order_id))])
        except NotFound:
            return [one_object(api, ORDER.kind, order_id)]
        return []

    return Job(("refunds", order_id), run)


def ids(api: WooApi, resource: Resource) -> dict[str, Thing]:
    """Return the ids of everything that a list holds, each with its few fields.

    Raises:
        BillhouseError: the list could not be read.
    """
    params = {**resource.params, "orderby": "id", "_fields": "id,parent_id"}
    return {str(thing["id"]): thing for thing in _all(api, resource.path, params)}


def total(api: WooApi, resource: Resource) -> int | None:
    """Return how many objects a list holds; None where the shop has no such list.

    Raises:
        BillhouseError: the list could not be read.
    """
    page = _page(api, resource, {**resource.params, "per_page": 1, "_fields": "id"})
    return None if page is None else page.total


def gone(object_id: str) -> Row:
    """Return the row of an object that is no longer there: what was last known of it stands."""
    return Row(object_id, None, None, is_deleted=True)


def _one_page(api: WooApi, resource: Resource, number: int, expected: int) -> Job:
    def run(emit: Emit) -> Iterable[Job]:
        page = _page(api, resource, {**resource.params, **_BY_ID, "page": number})
        if page is None:
            return []
        further = _emit(api, resource, page.items, emit)
        if (
            page.total < expected and number > 1
        ):  # something before it was deleted: its first row slid back a page
            further.append(_one_page(api, resource, number - _PAGE_OVERLAP, page.total))
        return further

    return Job(("page", resource.table, str(number), str(expected)), run)


def _list_once(api: WooApi, resource: Resource, params: Params, key: tuple[str, ...]) -> Job:
    def run(emit: Emit) -> Iterable[Job]:
        page = _page(api, resource, params)
        return [] if page is None else _emit(api, resource, page.items, emit)

    return Job(key, run)


def _emit(api: WooApi, resource: Resource, things: list[Thing], emit: Emit) -> list[Job]:
    """Hand objects over as rows, and name what is to be read because of them."""
    if things:
        emit(resource.table, [to_row(thing, is_deleted=is_trashed(thing)) for thing in things])
    if resource is not ORDER:
        return []
    jobs = [refunds_of(api, str(order["id"])) for order in things if order.get("refunds")]
    codes = {str(line["code"]) for order in things for line in order.get("coupon_lines") or ()}
    # A coupon's use is counted past its own date of change.
    jobs += [_list_once(api, COUPON, {"code": code}, ("coupon", code)) for code in sorted(codes)]
    return jobs


def _page(api: WooApi, resource: Resource, params: Params) -> Page | None:
    try:
        return api.page(resource.path, params)
    except Refused as refusal:
        if refusal.code == "rest_no_route" and (resource.is_plugin or resource is REFUND):
            return None
        raise


def _all(api: WooApi, path: str, params: Params | None = None) -> Iterator[Thing]:
    number, pages = 1, 1
    while number <= pages:
        page = api.page(path, {**(params or {}), "order": "asc", "per_page": PAGE_SIZE, "page": number})
        yield from page.items
        number, pages = number + 1, page.pages
