"""Publishing is atomic: readers in threads and processes never fail and never see half a build."""

import errno
import json
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import duckdb
import pytest

from billing.errors import NotFound, Transient
from billing.settings_model import Warehouse
from billing.warehouse import open_reader, paths, publish, writer_lock
from billing.warehouse.postgres import connect_postgres
from billing.warehouse.reader import snapshot

ROOT = Path(__file__).parents[2]
# All rows of one build bear its number in both tables: a mixture of builds shows as two numbers.
PROBE = (
    "select min(c.build) as low, max(c.build) as high, min(r.build) as other, count(*) as n "
    "from charges c join refunds r on r.id = c.id"
)
ROWS = 2000


@pytest.fixture(params=["duckdb", "postgres"])
def warehouse(request: pytest.FixtureRequest, tmp_path: Path) -> Warehouse:
    """An empty warehouse of each engine."""
    if request.param == "duckdb":
        return Warehouse(dir=tmp_path / "warehouse")
    from sqlalchemy import make_url

    url = make_url(request.getfixturevalue("postgres_url"))
    return Warehouse(
        engine="postgres",
        dir=tmp_path / "warehouse",
        host=str(url.query["host"]),
        user=str(url.username),
        dbname=str(url.database),
    )


def build(warehouse: Warehouse, number: int) -> None:
    """Write marts as a dbt run would: one table after the other."""
    schema = "marts" if warehouse.engine == "postgres" else "marts.marts"
    statements = [f"create schema if not exists {schema}"]
    for table in ("charges", "refunds"):
        statements += [
            f"drop table if exists {schema}.{table}",
            f"create table {schema}.{table} as "
            f"select {number} as build, s.id from generate_series(1, {ROWS}) s(id)",
        ]
    warehouse.dir.mkdir(parents=True, exist_ok=True)
    if warehouse.engine == "postgres":
        with connect_postgres(warehouse) as connection:
            for statement in statements:
                connection.execute(statement)
        return
    with duckdb.connect(str(warehouse.dir / paths.MARTS)) as marts:
        for statement in statements:
            marts.execute(statement)


def wait_for(file: Path) -> None:
    until = time.monotonic() + 60
    while not file.exists():
        assert time.monotonic() < until, f"{file.name} was never written"
        time.sleep(0.01)


def wrong(row: dict[str, Any], at_least: int) -> bool:
    return not (at_least <= row["low"] == row["high"] == row["other"]) or row["n"] != ROWS


def test_nothing_published_is_told(warehouse: Warehouse) -> None:
    reader = open_reader(warehouse)
    with pytest.raises(NotFound, match="billhouse cycle"):
        reader.rows("select 1 from charges")
    build(warehouse, 1)
    with pytest.raises(NotFound, match="billhouse cycle"):
        reader.rows("select 1 from charges")


def test_a_reader_follows_the_published_copy(warehouse: Warehouse) -> None:
    reader = open_reader(warehouse)
    for number in (1, 2, 3, 4):
        build(warehouse, number)
        if number > 1:
            assert reader.rows(PROBE)[0]["low"] == number - 1, "a build is not seen before it is published"
        assert publish(warehouse) == f"serve-{number}"
        assert reader.rows(PROBE)[0]["low"] == number
        name, at = snapshot(reader)
        assert name == f"serve-{number}"
        assert at.tzinfo is not None
    reader.close()
    assert reader.rows(PROBE)[0]["low"] == 4, "a closed reader opens again"
    reader.close()


def test_parameters_are_values_not_text(warehouse: Warehouse) -> None:
    build(warehouse, 1)
    publish(warehouse)
    reader = open_reader(warehouse)
    assert reader.rows("select $a as a, '50 %' as b", {"a": "x' or 1=1 --"}) == [
        {"a": "x' or 1=1 --", "b": "50 %"}
    ]
    reader.close()


def test_only_the_last_two_copies_are_kept(folder_warehouse: Warehouse) -> None:
    for number in range(1, 6):
        build(folder_warehouse, number)
        publish(folder_warehouse)
    names = [path.name for path in paths.published_copies(folder_warehouse.dir)]
    assert names == ["serve-4.duckdb", "serve-5.duckdb"]
    assert (folder_warehouse.dir / paths.CURRENT).read_text() == "serve-5.duckdb"


@pytest.mark.slow
def test_readers_poll_through_twenty_publishes(warehouse: Warehouse, tmp_path: Path) -> None:
    """Threads with one shared reader, threads with their own, and another process: no error, no mixture."""
    build(warehouse, 1)
    publish(warehouse)
    stop, faults, reads = threading.Event(), [], []
    shared = open_reader(warehouse)

    def poll(own: bool) -> None:
        reader, last = (open_reader(warehouse) if own else shared), 1
        while not stop.is_set():
            try:
                row = reader.rows(PROBE)[0]
                if wrong(row, last):
                    faults.append(row)
                last = row["low"]
                reads.append(last)
            except Exception as error:
                faults.append(repr(error))

    threads = [threading.Thread(target=poll, args=(own,)) for own in (False, False, False, True)]
    flag = tmp_path / "stop"
    other = subprocess.Popen(
        [sys.executable, "-c", POLLING_PROCESS, warehouse.model_dump_json(), str(flag), PROBE, str(ROWS)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    for thread in threads:
        thread.start()
    try:
        wait_for(tmp_path / "stop.begun")  # a process takes seconds to start where others are busy
        for number in range(2, 22):
            build(warehouse, number)
            publish(warehouse)
            time.sleep(0.05)
    finally:
        stop.set()
        flag.touch()
        for thread in threads:
            thread.join()
        output, errors = other.communicate(timeout=60)
    shared.close()
    assert faults == []
    assert len(reads) > 100
    assert len(set(reads)) > 10, "readers saw the copies change"
    told = json.loads(output)
    assert told["faults"] == [], errors
    assert told["reads"] > 20
    assert told["last"] == 21


POLLING_PROCESS = """
import json, os, sys
from billing.settings_model import Warehouse
from billing.warehouse import open_reader
reader, flag, last, reads, faults = open_reader(Warehouse.model_validate_json(sys.argv[1])), sys.argv[2], 0, 0, []
over = False
while not over:
    over = os.path.exists(flag)
    try:
        row = reader.rows(sys.argv[3])[0]
        if not last <= row["low"] == row["high"] == row["other"] or row["n"] != int(sys.argv[4]):
            faults.append(row)
        last, reads = row["low"], reads + 1
    except Exception as error:
        faults.append(repr(error))
    open(flag + ".begun", "w").close()
print(json.dumps({"faults": faults, "reads": reads, "last": last}))
"""


def no_space(*_args: Any, **_kwargs: Any) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize("place", ["copyfile", "write_text", "half a copy"])
def test_a_full_disk_keeps_the_last_good_copy(
    folder_warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    build(folder_warehouse, 1)
    publish(folder_warehouse)
    build(folder_warehouse, 2)
    reader = open_reader(folder_warehouse)

    def half(source: Path, target: Path) -> None:
        target.write_bytes(source.read_bytes()[:1000])
        no_space()

    with monkeypatch.context() as broken:
        if place == "write_text":
            broken.setattr(Path, "write_text", no_space)
        else:
            broken.setattr(shutil, "copyfile", no_space if place == "copyfile" else half)
        for _ in range(3):
            with pytest.raises(Transient, match="last good one is still served"):
                publish(folder_warehouse)
    assert reader.rows(PROBE)[0]["low"] == 1
    left = sorted(path.name for path in folder_warehouse.dir.iterdir())
    assert left == ["CURRENT", "marts.duckdb", "serve-1.duckdb"], "a failed copy takes no room"
    publish(folder_warehouse)
    assert reader.rows(PROBE)[0]["low"] == 2
    reader.close()


def test_a_publish_killed_half_way_is_made_good_by_the_next(folder_warehouse: Warehouse) -> None:
    build(folder_warehouse, 1)
    publish(folder_warehouse)
    (folder_warehouse.dir / "serve-2.partial").write_bytes(b"half")
    shutil.copyfile(folder_warehouse.dir / "serve-1.duckdb", folder_warehouse.dir / "serve-2.duckdb")
    build(folder_warehouse, 3)
    publish(folder_warehouse)
    reader = open_reader(folder_warehouse)
    assert reader.rows(PROBE)[0]["low"] == 3
    reader.close()


def test_a_long_question_on_postgresql_does_not_hold_up_a_publish(
    postgres_url: str, warehouse: Warehouse
) -> None:
    """An analyst's open transaction on schema serve must not stop the next copy, nor other readers."""
    if warehouse.engine != "postgres":
        pytest.skip("DuckDB's readers have files of their own")
    build(warehouse, 1)
    publish(warehouse)
    analyst = connect_postgres(warehouse)
    analyst.execute("begin")
    analyst.execute("select count(*) from serve.charges")
    for number in (2, 3):
        build(warehouse, number)
        publish(warehouse)
        reader = open_reader(warehouse)
        assert reader.rows(PROBE)[0]["low"] == number
    analyst.execute("rollback")
    analyst.close()


def test_one_writer_at_a_time(folder_warehouse: Warehouse) -> None:
    with writer_lock(folder_warehouse):
        with pytest.raises(Transient, match="Another writer"), writer_lock(folder_warehouse, wait_seconds=0):
            pass
        other = subprocess.run(
            [sys.executable, "-c", LOCKING_PROCESS, folder_warehouse.model_dump_json()],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        assert "Another writer" in other.stderr
    with writer_lock(folder_warehouse, wait_seconds=0):
        pass


def test_the_lock_goes_with_a_killed_writer(folder_warehouse: Warehouse) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", LOCKING_PROCESS + "    import time; time.sleep(60)\n",
         folder_warehouse.model_dump_json()],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )  # fmt: skip
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    holder.kill()
    holder.wait()
    with writer_lock(folder_warehouse, wait_seconds=2):
        pass


LOCKING_PROCESS = """
import sys
from billing.settings_model import Warehouse
from billing.warehouse import writer_lock
with writer_lock(Warehouse.model_validate_json(sys.argv[1]), wait_seconds=1):
    print("held", flush=True)
"""
