"""The shop's own sales report, day by day: a sum that WooCommerce makes apart from what we read of its orders.

Gross sales stand at the local day of an order's creation. Refunds are only true over the whole range, for a day
shows a fully refunded order's whole total once more for each of its refunds; so the range is asked for as one, too.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import orjson

from billing import clock
from billing.errors import Refused
from gateways.http import Params
from gateways.woocommerce.api import WooApi
from pipelines.raw import Row, Rows
from pipelines.woocommerce.objects import REPORTS

_WINDOW = timedelta(days=85)  # a range of more than three months is told by month
WHOLE = "all"
_FIELDS = "id,date_created"


def read(api: WooApi, zone: str | None) -> Iterator[Rows]:
    """Yield a row per local day since the first order, and one, `WHOLE`, for all of them together.

    `zone` is the shop's time zone. A shop without the report, which WooCommerce calls outdated, yields nothing.

    Raises:
        BillhouseError: the shop could not be read.
    """
    first, last = _edge(api, "asc"), _edge(api, "desc")
    if first is None or last is None:
        return
    last = max(last, _today(zone)) + timedelta(days=1)
    try:
        yield REPORTS, [_whole(_report(api, first, last))]
        start = first
        while start <= last:
            end = min(last, start + _WINDOW)
            totals = _report(api, start, end)["totals"]
            yield REPORTS, [_row({"id": day, **found}) for day, found in totals.items()]
            start = end + timedelta(days=1)
    except Refused as refusal:
        if refusal.code != "rest_no_route":
            raise


def _edge(api: WooApi, order: str) -> date | None:
    """Return the local day of the first or last order; None where there is none."""
    params: Params = {"orderby": "date", "order": order, "per_page": 1, "status": "any", "_fields": _FIELDS}
    found = api.page("/orders", params).items
    return date.fromisoformat(found[0]["date_created"][:10]) if found else None


def _today(zone: str | None) -> date:
    try:
        return clock.now().astimezone(ZoneInfo(zone or "UTC")).date()
    except (ZoneInfoNotFoundError, ValueError):
        return clock.now().date()


def _report(api: WooApi, first: date, last: date) -> dict[str, Any]:
    found = api.get("/reports/sales", {"date_min": first.isoformat(), "date_max": last.isoformat()})
    if not isinstance(found, list) or not found or "totals" not in found[0]:
        raise Refused(f"WooCommerce shop {api.account} answers its sales report in an unknown shape.")
    report: dict[str, Any] = found[0]
    return report


def _whole(report: dict[str, Any]) -> Row:
    kept = ("total_sales", "total_orders", "total_items", "total_tax", "total_shipping", "total_refunds")
    return _row({"id": WHOLE, **{name: report[name] for name in kept if name in report}})


def _row(thing: dict[str, Any]) -> Row:
    return Row(str(thing["id"]), None, orjson.dumps(thing).decode())
