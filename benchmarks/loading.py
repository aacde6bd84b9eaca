"""Raw load: parsed pages -> merged rows in raw.duckdb, against parsing the same JSON and writing Parquet."""

import shutil
from pathlib import Path

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.figure import Figure, seconds
from benchmarks.rows import charges
from billing.settings import Settings
from pipelines import destination, raw
from pipelines.raw import Batch, Row

PAGE = 100


def measure(settings: Settings, count: int) -> Figure:
    """Load `count` charges into an empty warehouse, without the network's part."""
    things = list(charges(count))
    pages = [orjson.dumps(things[start : start + PAGE]) for start in range(0, count, PAGE)]

    def ours() -> None:
        shutil.rmtree(settings.warehouse.dir, ignore_errors=True)
        shutil.rmtree(settings.var / "dlt", ignore_errors=True)
        settings.warehouse.dir.mkdir(parents=True)
        batch = Batch.after(None, "bench", "2026-10-28.endive")
        stream = (("charges", [Row.of(thing) for thing in orjson.loads(page)]) for page in pages)
        with destination.open_pipeline(settings, "bench") as pipeline:
            rows = raw.resource(["charges"], batch, raw.gathered(stream), lambda _state: None)
            destination.run(pipeline, "bench", [rows])

    def floor() -> None:
        _write_parquet(pages, settings.var / "floor.parquet")

    return Figure(
        what=f"raw load of {count:,} charges",
        unit="rows/s",
        ours=count / seconds(ours),
        floor=count / seconds(floor),
        floor_is="parse the JSON, write it as Parquet",
        is_rate=True,
    )


def _write_parquet(pages: list[bytes], path: Path) -> None:
    schema = pa.schema([("id", pa.string()), ("data", pa.string())])
    with pq.ParquetWriter(path, schema) as writer:
        for page in pages:
            things = orjson.loads(page)
            columns = [[thing["id"] for thing in things], [orjson.dumps(thing).decode() for thing in things]]
            writer.write_table(pa.table(columns, schema=schema))
