"""Notices what no date of change tells: objects that were deleted, and any that slipped through a moving list.

A list's total against what we hold costs one request; only where they differ, and once a day in any case, are the
ids compared. Nothing is marked as deleted before its own page has said so.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from billing.errors import Terminal
from gateways.woocommerce.api import WooApi
from pipelines.crawl import Job
from pipelines.raw import Row, Rows
from pipelines.woocommerce import reading
from pipelines.woocommerce.objects import LISTED, REFUND, Resource

_TOLERATED_LOSS = 50


@dataclass(slots=True)
class Seen:
    """The ids that this load has read, by table: what is there, what is gone, and which lists were read whole."""

    living: dict[str, set[str]] = field(default_factory=dict)
    gone: dict[str, set[str]] = field(default_factory=dict)

    def note(self, stream: Iterable[Rows]) -> Iterator[Rows]:
        """Pass rows on and remember them; the later word on an object holds."""
        for table, rows in stream:
            self.take(table, rows)
            yield table, rows

    def take(self, table: str, rows: Iterable[Row]) -> None:
        """Remember rows."""
        living, gone = self.living.setdefault(table, set()), self.gone.setdefault(table, set())
        for row in rows:
            (gone if row.is_deleted else living).add(row.id)
            (living if row.is_deleted else gone).discard(row.id)

    def held(self, table: str, stored: set[str]) -> set[str]:
        """Return the ids that will be living once this load is in."""
        return (stored | self.living.get(table, set())) - self.gone.get(table, set())


Stored = Callable[[str], set[str]]
"""table -> the ids that the raw table holds as living."""


def missing(api: WooApi, seen: Seen, stored: Stored, *, is_thorough: bool) -> Iterator[Job]:
    """Yield the jobs that bring us level with the shop: objects to look at because only one side has them.

    Raises:
        Terminal: a list is so short that it cannot be true.
        BillhouseError: the shop could not be read.
    """
    for resource in LISTED:
        held = seen.held(resource.table, stored(resource.table))
        if resource.is_dated:
            found = _listed(api, resource, held, is_thorough=is_thorough)
            if found is None:
                continue
            listed = set(found)
            yield from reading.some_objects(api, resource, listed - held)
        else:
            listed = seen.living.get(resource.table, set())
        lost = held - listed
        _believe(api, resource, len(listed), len(held), len(lost))
        yield from (reading.one_object(api, resource.kind, key) for key in sorted(lost))


def refunds(api: WooApi, seen: Seen, stored: Stored, *, is_thorough: bool) -> tuple[list[Job], list[Row]]:
    """Return jobs for refunds that we lack, and rows for those that are gone.

    Deleting a refund changes no date of its order; an older shop, without a list of all refunds, tells nothing.

    Raises:
        BillhouseError: see `missing`.
    """
    held = seen.held(REFUND.table, stored(REFUND.table))
    listed = _listed(api, REFUND, held, is_thorough=is_thorough)
    if listed is None:
        return [], []
    orders = {str(listed[key]["parent_id"]) for key in set(listed) - held if listed[key].get("parent_id")}
    lost = held - set(listed)
    _believe(api, REFUND, len(listed), len(held), len(lost))
    return [reading.refunds_of(api, key) for key in sorted(orders)], [
        reading.gone(key) for key in sorted(lost)
    ]


def _listed(
    api: WooApi, resource: Resource, held: set[str], *, is_thorough: bool
) -> dict[str, reading.Thing] | None:
    """Return what the shop lists; None where it holds as many as we do, or has no such list."""
    total = reading.total(api, resource)
    if total is None or (total == len(held) and not is_thorough):
        return None
    return reading.ids(api, resource)


def _believe(api: WooApi, resource: Resource, listed: int, held: int, lost: int) -> None:
    if lost > max(_TOLERATED_LOSS, held // 2):
        raise Terminal(
            f"WooCommerce shop {api.account} lists {listed} {resource.table}, where {held} are stored. A list this "
            "short is not believed, and nothing was changed. Check its key, and that the shop is the same one."
        )
