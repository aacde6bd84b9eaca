"""Reading jobs for one PayPal account: windows of the transaction report, single objects, disputes of a payment."""

from collections.abc import Callable, Iterable, Iterator
from urllib.parse import quote

from billing.errors import NotFound, Terminal
from gateways.paypal.api import PaypalApi, TooLarge
from pipelines.crawl import Emit, Job
from pipelines.paypal.cursor import WINDOW, moment
from pipelines.paypal.objects import BY_KIND, TRANSACTIONS, Target, Thing, to_row, transaction_row
from pipelines.raw import Row

Follow = Callable[[list[Thing]], Iterable[Job]]
"""What lines of a report ask to be read besides."""


def refreshed_at(api: PaypalApi, start: int) -> str:
    """Return up to when the report tells, as the answer for a single second names it."""
    answer = api.report(moment(start), moment(start), 1, page_size="1")
    return str(answer.get("last_refreshed_datetime") or answer["end_date"])


def windows(api: PaypalApi, start: int, end: int, follow: Follow) -> list[Job]:
    """Read the report between two moments in windows of at most 31 days."""
    edges = range(start, max(start + 1, end), WINDOW)
    return [_window(api, edge, min(edge + WINDOW, max(end, edge + 1)), follow) for edge in edges]


def one_object(
    api: PaypalApi, kind: str, object_id: str, *, is_known: bool = False, with_related: bool = False
) -> Job:
    """Read one object by its id.

    One that is gone is marked as deleted, if it was known: not every payment of a report can be read by its id.
    """
    resource = BY_KIND[kind]

    def run(emit: Emit) -> Iterable[Job]:
        try:
            thing = api.get(f"{resource.path}/{quote(object_id, safe='')}")
        except NotFound:
            if is_known:
                emit(resource.table, [Row(object_id, None, None, is_deleted=True)])
            return ()
        emit(resource.table, [to_row(resource, thing)])
        return objects(api, resource.related(thing)) if with_related else ()

    return Job(("object", kind, object_id), run)


def objects(api: PaypalApi, targets: Iterable[Target]) -> Iterator[Job]:
    """Read objects and what changes along with them."""
    return (one_object(api, kind, key, with_related=True) for kind, key in targets if kind in BY_KIND and key)


def disputes_of(api: PaypalApi, payment: str) -> Job:
    """Read the disputes of one payment, however old."""

    def run(_emit: Emit) -> Iterable[Job]:
        found = api.disputes(disputed_transaction_id=payment)
        return list(objects(api, (("dispute", one["dispute_id"]) for one in found)))

    return Job(("disputes", payment), run)


def _window(api: PaypalApi, start: int, end: int, follow: Follow) -> Job:
    def run(emit: Emit) -> Iterable[Job]:
        further: list[Job] = []
        page, pages = 1, 1
        while page <= pages:
            try:
                answer = api.report(moment(start), moment(end), page)
            except TooLarge:
                return _halves(api, start, end, follow)
            lines = answer.get("transaction_details") or []
            emit(TRANSACTIONS, [transaction_row(line) for line in lines])
            further += follow(lines)
            pages, page = int(answer.get("total_pages") or 1), page + 1
        return further

    return Job(("report", str(start), str(end)), run)


def _halves(api: PaypalApi, start: int, end: int, follow: Follow) -> list[Job]:
    """Split a window that holds too much; both halves know the second in their midst, which harms nothing.

    Raises:
        Terminal: it is a single second and still holds too much.
    """
    if end == start:
        raise Terminal(
            f"PayPal account {api.account}: the second {moment(start)} holds more lines than a search gives."
        )
    middle = (start + end) // 2
    second = end if end - start == 1 else middle
    return [_window(api, start, middle, follow), _window(api, second, end, follow)]
