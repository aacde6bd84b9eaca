"""The one source of the present moment: UTC, aware, and replaceable in tests."""

from collections.abc import Callable
from datetime import UTC, datetime


def _system() -> datetime:
    return datetime.now(UTC)


_source: Callable[[], datetime] = _system


def now() -> datetime:
    """Return the present moment as an aware UTC datetime."""
    return _source()


def naive(moment: datetime) -> datetime:
    """Return an aware moment as naive UTC, the form in which the warehouse keeps time."""
    return moment.astimezone(UTC).replace(tzinfo=None)


def replace(source: Callable[[], datetime] | None) -> None:
    """Let tests put another clock in place; None puts the system's clock back."""
    global _source  # noqa: PLW0603 - the single switch of the process's clock
    _source = source or _system
