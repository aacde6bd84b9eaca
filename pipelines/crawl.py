"""Runs many small reading jobs in threads and hands over what they find as one stream.

A job reads something, emits rows and may return further jobs. The first error stops everything and is raised
to whoever reads the stream; nothing is half-reported.
"""

import queue
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass

from pipelines.raw import Row, Rows

Emit = Callable[[str, list[Row]], None]


@dataclass(frozen=True, slots=True)
class Job:
    """One piece of reading. Of two jobs with the same `key` only the first is run."""

    key: tuple[str, ...]
    run: Callable[[Emit], Iterable["Job"]]


class _Stopped(Exception):
    """Raised inside a job when nobody reads the stream any more."""


class _Crawl:
    def __init__(self, workers: int) -> None:
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="crawl")
        self._found: queue.Queue[Rows | list[Job] | BaseException] = queue.Queue(maxsize=workers * 16)
        self._stop = threading.Event()
        self._keys: set[tuple[str, ...]] = set()
        self._open = 0

    def stream(self, jobs: Iterable[Job]) -> Iterator[Rows]:
        try:
            self._submit(jobs)
            while self._open:
                found = self._found.get()
                if isinstance(found, BaseException):
                    raise found
                if isinstance(found, list):
                    self._open -= 1
                    self._submit(found)
                else:
                    yield found
        finally:
            self._stop.set()
            self._pool.shutdown(wait=True, cancel_futures=True)

    def _submit(self, jobs: Iterable[Job]) -> None:
        for job in jobs:
            if job.key not in self._keys:
                self._keys.add(job.key)
                self._open += 1
                self._pool.submit(self._run, job)

    def _run(self, job: Job) -> None:
        try:
            self._put(list(job.run(lambda table, rows: self._put((table, rows)))))
        except _Stopped:
            return
        except BaseException as error:  # noqa: BLE001 - raised again by the reader of the stream
            with suppress(_Stopped):
                self._put(error)

    def _put(self, item: Rows | list[Job] | BaseException) -> None:
        while not self._stop.is_set():
            try:
                self._found.put(item, timeout=0.2)
                return
            except queue.Full:
                continue
        raise _Stopped


def crawl(jobs: Iterable[Job], workers: int) -> Iterator[Rows]:
    """Yield what jobs find, in no particular order, until they and those they lead to are done.

    Raises:
        BillhouseError: whatever the first failing job raised.
    """
    return _Crawl(workers).stream(jobs)
