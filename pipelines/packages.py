"""A stream of rows -> raw tables, in packages of bounded size: one is merged while readers fetch what is next.

Else a first load of years would hold all of them on disk, and only then begin to merge the first.
"""

from collections.abc import Callable, Collection, Iterable, Iterator
from typing import Any

import dlt

from pipelines import destination, raw
from pipelines.raw import Batch, Rows

PACKAGE_ROWS = 10_000


def load(
    pipeline: dlt.Pipeline,
    name: str,
    lacking: Collection[str],
    batch: Batch,
    stream: Iterable[Rows],
    finish: Callable[[dict[str, Any]], None],
) -> None:
    """Merge a stream into raw_<name>; the tables `lacking` exist afterwards.

    `finish` receives the source's state with the last package alone: a cursor moves if and only if all rows up to
    it are in. The batch is remembered from the first on, as no later one may have an id before it.

    Raises:
        BillhouseError: see `destination.open_pipeline`; earlier packages stay, and the next load merges them anew.
    """
    rest = _Rest(stream)

    def keep(state: dict[str, Any]) -> None:
        state["last_batch"] = batch.id
        if rest.is_over:
            finish(state)

    while True:
        destination.run(pipeline, name, raw.resource(lacking, batch, rest.take(PACKAGE_ROWS), keep))
        if rest.is_over:
            return
        lacking = ()


class _Rest:
    """What of a stream has not been taken yet."""

    def __init__(self, stream: Iterable[Rows]) -> None:
        self._stream = iter(stream)
        self._next = next(self._stream, None)

    @property
    def is_over(self) -> bool:
        return self._next is None

    def take(self, rows: int) -> Iterator[Rows]:
        """Yield the next so many rows, or a few more."""
        while self._next is not None and rows > 0:
            yield self._next
            rows -= len(self._next[1])
            self._next = next(self._stream, None)
