"""The sandbox's clock: the real time plus an offset that can be moved and that a restart remembers."""

from datetime import UTC, datetime, timedelta

from sandbox.state import State

_SETTING = "clock.offset_microseconds"


class Clock:
    """Now, as the emulated vendors see it."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._offset = timedelta(microseconds=state.get_setting(_SETTING, 0))

    def now(self) -> datetime:
        """Return the sandbox's present moment, aware, in UTC."""
        return datetime.now(UTC) + self._offset

    def timestamp(self) -> int:
        """Return the sandbox's present moment as whole Unix seconds."""
        return int(self.now().timestamp())

    def advance(self, seconds: float) -> None:
        """Move the clock on by some seconds. What falls due meanwhile is the business of `life.advance`."""
        self._keep(self._offset + timedelta(seconds=seconds))

    def set(self, moment: datetime) -> None:
        """Put the clock to a moment (aware); it runs on from there."""
        self._keep(moment - datetime.now(UTC))

    def move_to(self, timestamp: int) -> None:
        """Move the clock on to a moment (Unix seconds); never back."""
        if timestamp > self.timestamp():
            self.set(datetime.fromtimestamp(timestamp, UTC))

    def _keep(self, offset: timedelta) -> None:
        self._offset = offset
        self._state.set_setting(_SETTING, offset // timedelta(microseconds=1))
