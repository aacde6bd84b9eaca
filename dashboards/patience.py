"""Waiting for somebody else's server no longer than a person at a screen would."""

from collections.abc import Callable
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any, TypeVar

from billing.errors import BillhouseError, Transient

T = TypeVar("T")


def within(seconds: float, who: str, work: Callable[[], T]) -> T:
    """Return what `work` returns; `who` is asked by it. After `seconds` it goes on unwatched.

    Raises:
        Transient: there was no answer in that time.
        BillhouseError: what the work raised.
    """
    answers: SimpleQueue[tuple[Any, BillhouseError | None]] = SimpleQueue()

    def run() -> None:
        try:
            answers.put((work(), None))
        except BillhouseError as cause:
            answers.put((None, cause))

    Thread(target=run, daemon=True).start()
    try:
        answer, cause = answers.get(timeout=seconds)
    except Empty:
        raise Transient(
            f"{who} has not answered within {seconds:.0f} seconds. It is asked on for some minutes; "
            "look at this page again then."
        ) from None
    if cause is not None:
        raise cause
    result: T = answer
    return result
