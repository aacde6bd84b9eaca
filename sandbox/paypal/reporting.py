"""Transaction search and balances: what PayPal's reports tell, three hours late.

A window is at most 31 days and reaches back three years; 10,000 lines and more are refused as too large. Without
balance_affecting_records_only=N authorizations and pending payments are left out without a word.
"""

from decimal import Decimal

from sandbox.paypal.accounts import VENDOR, knob
from sandbox.paypal.books import Books
from sandbox.paypal.call import Answer, Call, link
from sandbox.paypal.errors import refused
from sandbox.paypal.money import local_moment, money, seconds
from sandbox.state import Json

_MOST_DAYS = 31
_YEARS = 3
_PARTS = ("payer_info", "shipping_info", "auction_info", "cart_info", "incentive_info", "store_info")


def refreshed(books: Books) -> int:
    """Return up to when reports tell, in Unix seconds."""
    return books.at - knob(books.state, "reporting_delay_seconds")


def search(call: Call) -> Answer:
    """GET /v1/reporting/transactions."""
    books = call.books
    start, end = _window(call)
    size, page = call.number("page_size", 100, 1, 500), call.number("page", 1, 1, 2**31 - 1)
    lines = [line for line in _lines(books, start, end) if _wanted(call, line)]
    if len(lines) >= knob(books.state, "reporting_limit"):
        raise refused(
            400, "RESULTSET_TOO_LARGE", name="RESULTSET_TOO_LARGE",
            message="Result set size is greater than the maximum limit. Change the filter criteria and try again.",
        )  # fmt: skip
    fields = call.query.get("fields", "transaction_info").split(",")
    parts = _PARTS if "all" in fields else [name for name in _PARTS if name in fields]
    zone = books.account.time_zone
    chosen = lines[(page - 1) * size : page * size]
    pages = -(-len(lines) // size)
    return 200, {
        "transaction_details": [
            {"transaction_info": line["transaction_info"]}
            | {name: line[name] for name in parts if name in line}
            for line in chosen
        ],
        "account_number": books.account.merchant_id,
        "start_date": local_moment(start, zone),
        "end_date": local_moment(min(end, refreshed(books)), zone),
        "last_refreshed_datetime": local_moment(refreshed(books), zone),
        "page": page,
        "total_items": len(lines),
        "total_pages": pages,
        "links": [link(call.url, "/v1/reporting/transactions", "self")],
    }


def balances(call: Call) -> Answer:
    """GET /v1/reporting/balances."""
    books = call.books
    prefix = f"{VENDOR}.balance."
    rows = books.state.execute("select name from settings where name like ? order by name", (f"{prefix}%",))
    found = []
    for row in rows:
        currency = row["name"].removeprefix(prefix)
        amount = money(Decimal(books.state.get_setting(row["name"])), currency)
        found.append(
            {
                "currency": currency, "primary": currency == "EUR", "total_balance": amount,
                "available_balance": amount, "withheld_balance": money(Decimal(0), currency),
            }
        )  # fmt: skip
    when = local_moment(books.at, books.account.time_zone)
    return 200, {
        "balances": found, "account_id": books.account.merchant_id, "as_of_time": when, "last_refresh_time": when,
    }  # fmt: skip


def _window(call: Call) -> tuple[int, int]:
    start, end = (seconds(call.query.get(name, ""), name) for name in ("start_date", "end_date"))
    if end < start or end - start > _MOST_DAYS * 86_400:
        raise refused(
            400, "INVALID_DATE_RANGE", "end_date", "INVALID_REQUEST", "Date range is greater than 31 days"
        )
    if start > refreshed(call.books) or start < call.books.at - _YEARS * 365 * 86_400:
        raise refused(
            400,
            "INVALID_START_DATE",
            "start_date",
            "INVALID_REQUEST",
            "Data for the given start date is not available.",
        )
    return start, end


def _lines(books: Books, start: int, end: int) -> list[Json]:
    """Return the lines begun or changed in a window, oldest first, each as the reports know it by now."""
    known, found = refreshed(books), []
    for thing in books.every("report", oldest_first=True):
        told = [version for version in thing.body["versions"] if version[0] <= known]
        if told and (start <= thing.inner["initiated"] <= end or start <= told[-1][0] <= end):
            found.append(told[-1][1])
    return found


def _wanted(call: Call, line: Json) -> bool:
    told = line["transaction_info"]
    if call.query.get("balance_affecting_records_only", "Y") != "N" and (
        told["transaction_status"] in ("P", "D") or told["transaction_event_code"].startswith("T13")
    ):
        return False
    filters = {
        "transaction_id": told["transaction_id"],
        "transaction_type": told["transaction_event_code"],
        "transaction_status": told["transaction_status"],
        "transaction_currency": told["transaction_amount"]["currency_code"],
    }
    return all(call.query.get(name, value) == value for name, value in filters.items())
