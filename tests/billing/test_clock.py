"""Time is UTC; the store's texts sort as time does."""

from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from billing import clock
from billing.store.clocktext import from_text, to_text

moments = st.datetimes(
    min_value=datetime(2000, 1, 1),  # noqa: DTZ001 - hypothesis adds the time zone itself
    max_value=datetime(2100, 1, 1),  # noqa: DTZ001
    timezones=st.sampled_from([UTC, timezone(timedelta(hours=9)), timezone(timedelta(hours=-5))]),
)


@given(moments, moments)
def test_texts_sort_as_their_moments(a: datetime, b: datetime) -> None:
    assert (to_text(a) < to_text(b)) == (a < b)
    assert from_text(to_text(a)) == a


@given(moments)
def test_naive_is_utc(moment: datetime) -> None:
    naive = clock.naive(moment)
    assert naive.tzinfo is None
    assert naive.replace(tzinfo=UTC) == moment


def test_now_is_aware() -> None:
    assert clock.now().tzinfo is UTC
