"""`python -m benchmarks.loaders ours|usual URL FOLDER LIMIT`: load a server's charges into DuckDB, in this process.

`ours` is Billhouse's Stripe pipeline. `usual` is what public loaders are: dlt's own REST client, which follows one
page after the other, and dlt's merge into a table with a column for each field. Both begin with an empty folder and
end with rows that dbt could read. The last line printed is JSON: rows, seconds, and peak memory in MB.
"""

# ruff: noqa: TID251 - what we are measured beside is dlt itself
import json
import resource
import sys
import time
from pathlib import Path

import dlt
import duckdb
from dlt.sources.helpers.rest_client.client import RESTClient
from dlt.sources.helpers.rest_client.paginators import JSONResponseCursorPaginator

from billing.settings_documents import LegalEntity
from billing.settings_model import Settings, StripeAccount, Warehouse
from pipelines.stripe import load

PAGE = 100


def ours(url: str, folder: Path, limit: int) -> tuple[str, str]:
    """Run Billhouse's first load; return the DuckDB file and the table of charges in it."""
    company = LegalEntity(name="Bench", address=["Here"], country="DE", email="bench@example.com")
    warehouse = Warehouse(dir=folder / "warehouse")
    settings = Settings(company=company, warehouse=warehouse, var=folder)
    account = {"account": "bench", "title": "Bench", "secret_key": "sk", "base_url": url}
    load(settings, StripeAccount.model_validate({**account, "requests_per_second": limit}))
    return str(warehouse.dir / "raw.duckdb"), "raw_stripe.charges"


def usual(url: str, folder: Path, _limit: int) -> tuple[str, str]:
    """Run dlt's own reader and merge; return the DuckDB file and the table. One reader never meets the limit."""
    pages = JSONResponseCursorPaginator("data[-1].id", "starting_after", has_more_path="has_more")
    client = RESTClient(url, paginator=pages, data_selector="data")
    charges = dlt.resource(
        client.paginate("/v1/charges", params={"limit": PAGE}),
        name="charges",
        primary_key="id",
        write_disposition="merge",
    )
    file = str(folder / "usual.duckdb")
    with dlt.config.values({"runtime.dlthub_telemetry": False, "runtime.log_level": "ERROR"}):
        pipeline = dlt.pipeline(
            "usual",
            pipelines_dir=str(folder / "dlt"),
            destination=dlt.destinations.duckdb(file),
            dataset_name="stripe",
        )
        pipeline.run(charges)
    return file, "stripe.charges"


def main() -> None:
    """Load, and print what came of it."""
    which, url, folder, limit = sys.argv[1:]
    begun = time.perf_counter()
    file, table = {"ours": ours, "usual": usual}[which](url, Path(folder), int(limit))
    seconds = time.perf_counter() - begun
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024 if sys.platform == "linux" else 1024**2)
    with duckdb.connect(file, read_only=True) as connection:
        found = connection.execute(f"select count(distinct id) from {table}").fetchone()
    print(json.dumps({"rows": found[0] if found else 0, "seconds": seconds, "peak_mb": peak}))


if __name__ == "__main__":
    main()
