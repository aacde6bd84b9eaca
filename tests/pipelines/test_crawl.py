"""Jobs in threads: all that is found comes through once, and an error stops everything."""

import threading
import time
from collections.abc import Iterable
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.errors import Transient
from pipelines.crawl import Emit, Job, crawl
from pipelines.raw import Row
from pipelines.stripe.reading import windows


def job(name: str, *further: Job, rows: int = 1, error: Exception | None = None) -> Job:
    def run(emit: Emit) -> Iterable[Job]:
        for number in range(rows):
            emit("things", [Row(f"{name}{number}", None, "{}")])
        if error is not None:
            raise error
        return further

    return Job((name,), run)


def ids(*jobs: Job, workers: int = 4) -> list[str]:
    return sorted(row.id for _, rows in crawl(jobs, workers) for row in rows)


def test_jobs_lead_to_jobs() -> None:
    assert ids(job("a", job("b", job("c")), rows=2)) == ["a0", "a1", "b0", "c0"]


def test_a_job_is_run_once() -> None:
    assert ids(job("a", job("b"), job("b")), job("b"), job("a")) == ["a0", "b0"]


def test_more_is_found_than_is_waited_for() -> None:
    assert len(ids(*(job(f"j{number}-", rows=50) for number in range(20)), workers=2)) == 1000


def test_the_first_error_is_raised_and_the_threads_end() -> None:
    before = threading.active_count()
    jobs = [job(f"j{number}-", rows=200) for number in range(8)]
    with pytest.raises(Transient, match="vendor is down"):
        ids(job("bad", error=Transient("vendor is down")), *jobs, workers=4)
    assert threading.active_count() == before


def test_a_reader_who_leaves_stops_the_threads() -> None:
    before = threading.active_count()
    stream = crawl([job("a", rows=10_000)], 2)
    next(stream)
    stream.close()  # type: ignore[attr-defined]
    deadline = time.monotonic() + 5
    while threading.active_count() > before and time.monotonic() < deadline:
        time.sleep(0.05)
    assert threading.active_count() == before


times = st.integers(0, 2_000_000_000)


@given(times, times, st.integers(0, 10**6), times)
def test_windows_hold_every_moment_once(opened: int, oldest: int, length: int, moment: int) -> None:
    """Whatever the account's age: each moment up to the oldest one read lies in exactly one window."""
    found = windows(opened, oldest, oldest + length)

    def holds(window: dict[str, int]) -> bool:
        return (
            moment >= window.get("created[gte]", -1)
            and moment < window.get("created[lt]", moment + 1)
            and moment <= window.get("created[lte]", moment)
        )

    assert sum(holds(window) for window in found) == (moment <= oldest)
    assert "created[gte]" not in found[0], "the first window is open to the past"
    assert len(found) <= 24


@given(times, times, st.integers(0, 10**6))
def test_windows_meet(opened: int, oldest: int, length: int) -> None:
    found = windows(opened, oldest, oldest + length)
    assert all(left["created[lt]"] == right["created[gte]"] for left, right in pairwise(found))
    assert found[-1]["created[lte]"] == oldest
