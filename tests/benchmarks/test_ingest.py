"""The benchmark of loads runs, counts its rows, and says what each figure is."""

import json
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from benchmarks import ingest

ROOT = Path(__file__).parents[2]
ASKED = {"rows_per_s", "floor_rows_per_s", "peak_mb", "latency_speedup"}


@pytest.mark.slow
def test_it_prints_its_figures() -> None:
    command = [sys.executable, "-m", "benchmarks.ingest", "--rows", "600", "--repeats", "1", "--json"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    found = json.loads(done.stdout)
    assert found.keys() == ingest.MEANING.keys() >= ASKED
    assert all(found[name] > 0 for name in ASKED)
    assert found["latency_requests"] >= 6, "600 charges are six pages at least"
    assert found["latency_busiest_second"] <= ingest.LIMIT
    words = ingest.in_words(found).splitlines()
    assert len(words) == len(found)
    assert [figure.is_rate for figure in ingest.figures(found, 600)] == [True, False]


def test_rows_that_did_not_come_make_no_figure() -> None:
    with pytest.raises(SystemExit, match="599 of 600 rows"):
        ingest._all(600, {"rows": 599, "seconds": 1})


def test_the_server_lists_as_stripe_does_and_counts_what_it_is_asked() -> None:
    with ingest.served(250, 0) as url:
        assert ingest.read_alone(url)["rows"] == 250
        assert httpx.get(f"{url}/seen").json()["requests"] == 3
        httpx.delete(f"{url}/seen")
        window = {"created[gte]": 1_700_000_010, "created[lt]": 1_700_000_020, "limit": 8}
        first = httpx.get(f"{url}/v1/charges", params=window).json()
        rest = httpx.get(
            f"{url}/v1/charges", params={**window, "starting_after": first["data"][-1]["id"]}
        ).json()
        seen = httpx.get(f"{url}/seen").json()
    assert [one["created"] - 1_700_000_000 for one in first["data"]] == list(range(19, 11, -1))
    assert [one["created"] - 1_700_000_000 for one in rest["data"]] == [11, 10]
    assert (first["has_more"], rest["has_more"]) == (True, False)
    assert seen["requests"] == 2
    assert 1 <= seen["busiest_second"] <= 2
