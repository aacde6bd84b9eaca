"""`python -m benchmarks.ingest [--rows N] [--json]`: Stripe charges from a local server into raw, ready for dbt.

Two halves, each beside what it is to be judged by, in the same run and on the same rows.

1. A server that answers at once: our whole load (HTTP, parsing, the merge into DuckDB) beside `httpx` and `orjson`
   fetching and parsing the same pages alone, which no loader can beat.
2. Every page takes 60 ms, and the vendor allows 100 requests a second. `latency_speedup` is our whole load beside a
   whole load of the usual kind: one reader, page after page, that merges into DuckDB (`benchmarks.loaders`).
   `latency_speedup_bare` is our whole load beside one reader that only fetches and parses, page after page, and
   writes nothing. That has a ceiling which no loader can pass, however many readers it has, for the vendor gives
   pages out no quicker than its limit:

       ceiling = seconds that a page takes the bare reader * limit = about (0.060 + 0.005) * 100 = 6.5

   `latency_share` is how much of that ceiling is reached: the vendor's least time over the time of our whole load.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import orjson

from benchmarks.figure import Figure

PAGE = 100
PAGE_MS = 60
LIMIT = 100  # requests a second: Stripe's in live mode
NO_LIMIT = 500  # more than a server in Python answers
REPEATS = 3

Found = dict[str, float]

MEANING = {
    "rows_per_s": "charges a second that our whole load brings into raw, from a server that answers at once",
    "floor_rows_per_s": "charges a second that httpx and orjson fetch and parse from it, and do nothing with",
    "peak_mb": "memory of our loading process at its peak, in MB",
    "latency_speedup": "with 60 ms a page: times as quick as the usual sequential loader, both whole loads",
    "latency_speedup_bare": "with 60 ms a page: times as quick as a sequential reader that writes nothing",
    "latency_ceiling_bare": "the most that the line above could be under 100 requests a second",
    "latency_share": "how much of that ceiling is reached: 1 would be no time but the vendor's",
    "latency_seconds": "with 60 ms a page: seconds of our whole load",
    "latency_seconds_usual": "... of the usual sequential loader's",
    "latency_seconds_bare": "... of the sequential reader that writes nothing",
    "latency_requests": "requests that our load sent; a page holds 100 charges",
    "latency_busiest_second": "requests that the server met in its busiest second: the limit is 100",
}


@contextmanager
def served(rows: int, delay_ms: int) -> Iterator[str]:
    """Run the server in a process of its own and give its URL."""
    command = [sys.executable, "-m", "benchmarks.stripe_server", str(rows), str(delay_ms)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process.stdout.readline().strip() if process.stdout else ""
        finally:
            process.terminate()


def read_alone(url: str) -> Found:
    """Fetch and parse every page one after another; return rows and seconds."""
    after: dict[str, str] = {}
    begun, rows = time.perf_counter(), 0
    with httpx.Client(base_url=url) as http:
        while True:
            page = orjson.loads(http.get("/v1/charges", params={"limit": PAGE, **after}).content)
            rows += len(page["data"])
            if not page["has_more"]:
                return {"rows": rows, "seconds": time.perf_counter() - begun}
            after = {"starting_after": page["data"][-1]["id"]}


def load(which: str, url: str, limit: int) -> Found:
    """Load in a process of its own, so that its memory is its own; return rows, seconds and peak_mb."""
    with tempfile.TemporaryDirectory(prefix="billhouse-bench-") as folder:
        command = [sys.executable, "-m", "benchmarks.loaders", which, url, folder, str(limit)]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
    found: Found = json.loads(done.stdout.splitlines()[-1])
    return found


def measure(rows: int, repeats: int = REPEATS) -> Found:
    """Return the figures that `MEANING` names; those of the first half are medians.

    Raises:
        SystemExit: a loader brought other rows than the server has.
    """
    with served(rows, 0) as url:
        alone = [_all(rows, read_alone(url)) for _ in range(repeats)]
        loads = [_all(rows, load("ours", url, NO_LIMIT)) for _ in range(repeats)]
    with served(rows, PAGE_MS) as url:
        bare = _all(rows, read_alone(url))["seconds"]
        usual = _all(rows, load("usual", url, LIMIT))["seconds"]
        httpx.delete(f"{url}/seen")
        ours = _all(rows, load("ours", url, LIMIT))["seconds"]
        seen = httpx.get(f"{url}/seen").json()
    least = rows / PAGE / LIMIT
    return {
        "rows_per_s": round(rows / statistics.median(one["seconds"] for one in loads)),
        "floor_rows_per_s": round(rows / statistics.median(one["seconds"] for one in alone)),
        "peak_mb": round(max(one["peak_mb"] for one in loads)),
        "latency_speedup": round(usual / ours, 1),
        "latency_speedup_bare": round(bare / ours, 1),
        "latency_ceiling_bare": round(bare / least, 1),
        "latency_share": round(least / ours, 2),
        "latency_seconds": round(ours, 1),
        "latency_seconds_usual": round(usual, 1),
        "latency_seconds_bare": round(bare, 1),
        "latency_requests": seen["requests"],
        "latency_busiest_second": seen["busiest_second"],
    }


def figures(found: Found, rows: int) -> list[Figure]:
    """Return the two halves for the table of all benchmarks, each beside its floor."""
    return [
        Figure(
            what=f"{rows:,} charges over HTTP into raw",
            unit="rows/s",
            ours=found["rows_per_s"],
            floor=found["floor_rows_per_s"],
            floor_is="httpx and orjson, fetching and parsing alone",
            is_rate=True,
        ),
        Figure(
            what=f"the same at {PAGE_MS} ms a page",
            unit="s",
            ours=found["latency_seconds"],
            floor=rows / PAGE / LIMIT,
            floor_is=f"the pages at the vendor's limit of {LIMIT} requests a second",
        ),
    ]


def in_words(found: Found) -> str:
    """Return one line for each figure: its name, its value and what it is."""
    return "\n".join(f"{name:23} {found[name]:>8,}  {words}" for name, words in MEANING.items())


def _all(rows: int, found: Found) -> Found:
    if found["rows"] != rows:
        raise SystemExit(f"{found['rows']:.0f} of {rows} rows came: the figures mean nothing.")
    return found


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.ingest", description=__doc__)
    parser.add_argument("--rows", type=int, default=50_000, help="charges to load")
    parser.add_argument("--repeats", type=int, default=REPEATS, help="loads of which the median is taken")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    found = measure(options.rows, options.repeats)
    print(json.dumps(found) if options.json else in_words(found))


if __name__ == "__main__":
    main()
