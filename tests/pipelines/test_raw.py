"""The shape of raw rows."""

from datetime import UTC, datetime

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing import clock
from pipelines.raw import SCHEMA, Batch, Row, gathered


@pytest.fixture(autouse=True)
def _own_clock() -> object:
    clock.replace(lambda: datetime(2026, 11, 23, 18, 0, tzinfo=UTC))
    yield
    clock.replace(None)


def test_a_row_keeps_the_object_word_for_word() -> None:
    thing = {"id": "ch_1", "created": 1_764_000_000, "note": 'Zoë "5 €"\n\\', "big": 2**53 + 1, "none": None}
    table = Batch("b1", "stripe_eu", "v1").to_arrow([Row.of(thing)])
    assert table.schema == SCHEMA
    (row,) = table.to_pylist()
    assert orjson.loads(row["data"]) == thing
    assert row["created_at"] == datetime(2025, 11, 24, 16, 0)  # noqa: DTZ001 - naive UTC
    assert (row["account"], row["id"], row["batch_id"], row["is_deleted"]) == (
        "stripe_eu",
        "ch_1",
        "b1",
        False,
    )


def test_batches_sort_in_the_order_they_were_begun() -> None:
    first = Batch.after(None, "a", "v")
    second = Batch.after(first.id, "a", "v")
    third = Batch.after("20991231T235959.999999", "a", "v")
    assert first.id == "20261123T180000.000000"
    assert first.id < second.id < third.id == "21000101T000000.000000"


@given(st.lists(st.tuples(st.sampled_from(["charges", "refunds"]), st.lists(st.integers(0, 30)))))
def test_gathering_loses_nothing_and_keeps_the_latest(pieces: list[tuple[str, list[int]]]) -> None:
    stream, expected, version = [], {}, 0
    for table, numbers in pieces:
        rows = []
        for number in numbers:
            version += 1
            rows.append(Row(str(number), None, str(version)))
            expected[table, str(number)] = str(version)
        stream.append((table, rows))
    found: dict[tuple[str, str], str | None] = {}
    for table, rows in gathered(stream, size=7):
        assert len({row.id for row in rows}) == len(rows), "one version of an object per list"
        found.update({(table, row.id): row.data for row in rows})
    assert found == expected
