"""Moments as the store keeps them: ISO 8601 UTC text with microseconds, which sorts as time does."""

from datetime import UTC, datetime

from billing import clock


def now_text() -> str:
    """Return the present moment as the store writes it: "2026-11-23T18:05:00.000000+00:00"."""
    return to_text(clock.now())


def to_text(moment: datetime) -> str:
    """Write an aware moment in UTC with microseconds."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def from_text(text: str) -> datetime:
    """Read back what `to_text` wrote, as an aware UTC datetime."""
    return datetime.fromisoformat(text)
