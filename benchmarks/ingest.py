"""`python -m benchmarks.ingest [--rows N] [--json]`: Stripe charges from a local server into raw, ready for dbt.

Beside it, in the same run: `httpx` + `orjson` fetching and parsing the same pages alone, which no loader can beat;
and how much windows side by side gain over one reader after another when every page takes 60 ms.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import orjson

PAGE_MS = 60
LIMIT = 100  # requests a second: Stripe's in live mode
SLOW_ROWS = 10_000


@contextmanager
def served(rows: int, delay_ms: int) -> Iterator[str]:
    """Run the server in a process of its own and give its URL."""
    command = [sys.executable, "-m", "benchmarks.stripe_server", str(rows), str(delay_ms)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process.stdout.readline().strip() if process.stdout else ""
        finally:
            process.terminate()


def read_alone(url: str) -> tuple[int, float]:
    """Fetch and parse every page one after another; return rows and seconds."""
    begun, rows, after = time.perf_counter(), 0, {}
    with httpx.Client(base_url=url) as http:
        while True:
            page = orjson.loads(http.get("/v1/charges", params={"limit": 100, **after}).content)
            rows += len(page["data"])
            if not page["has_more"]:
                return rows, time.perf_counter() - begun
            after = {"starting_after": page["data"][-1]["id"]}


def load_into_raw(url: str, limit: int) -> dict[str, float]:
    """Load in a process of its own, so that its memory is its own; return rows, seconds and peak_mb."""
    with tempfile.TemporaryDirectory(prefix="billhouse-bench-") as folder:
        command = [sys.executable, "-m", "benchmarks.ingest", "--load", url, folder, str(limit)]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def _load(url: str, folder: str, limit: int) -> None:
    from billing.settings_model import Company, Settings, StripeAccount, Warehouse
    from pipelines.stripe import load

    company = Company(name="Bench", address=["Here"], country="DE", email="bench@example.com")
    warehouse = Warehouse(dir=Path(folder) / "warehouse")
    settings = Settings(company=company, warehouse=warehouse, var=Path(folder))
    account = StripeAccount.model_validate(
        {
            "account": "bench",
            "title": "Bench",
            "secret_key": "sk",
            "base_url": url,
            "requests_per_second": limit,
        }
    )
    begun = time.perf_counter()
    report = load(settings, account)
    seconds = time.perf_counter() - begun
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024 if sys.platform == "linux" else 1024**2)
    print(json.dumps({"rows": report.tables["charges"].rows_fetched, "seconds": seconds, "peak_mb": peak}))


def measure(rows: int) -> dict[str, float]:
    """Return rows_per_s, floor_rows_per_s, peak_mb and latency_speedup."""
    with served(rows, 0) as url:
        alone, floor_seconds = read_alone(url)
        loaded = load_into_raw(url, 500)
    if alone != rows or loaded["rows"] < rows:
        raise SystemExit(f"{loaded['rows']:.0f} of {rows} rows came: the figures mean nothing.")
    with served(SLOW_ROWS, PAGE_MS) as url:
        _, one_by_one = read_alone(url)
        side_by_side = load_into_raw(url, LIMIT)
    return {
        "rows_per_s": round(rows / loaded["seconds"]),
        "floor_rows_per_s": round(rows / floor_seconds),
        "peak_mb": round(loaded["peak_mb"]),
        "latency_speedup": round(one_by_one / side_by_side["seconds"], 1),
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.ingest", description=__doc__)
    parser.add_argument("--rows", type=int, default=50_000)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--load", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.load:
        _load(options.load[0], options.load[1], int(options.load[2]))
        return
    found = measure(options.rows)
    if options.json:
        print(json.dumps(found))
        return
    for name, value in found.items():
        print(f"{name:18} {value:>10,}")


if __name__ == "__main__":
    main()
