"""When each account was last read, and what the latest try ran into: how old the figures are, by account."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine

from billing import clock
from billing.errors import BillhouseError
from billing.store import checkpoints
from billing.store.clocktext import from_text, to_text
from billing.store.engine import transaction

_READ, _PROBLEM = "load.read", "load.problem"
LAGS_AFTER = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class LastLoad:
    """One account: when its last good load began (aware UTC; None: never), and why the latest try failed, if so."""

    gateway: str
    account: str
    read_at: datetime | None
    problem: str | None

    def is_behind(self, published_at: datetime | None = None) -> bool:
        """Say whether its figures are older than the others': the latest try failed, or it was left out since.

        `published_at` is when the copy that people read was made: an account that was read more than an hour
        before that was not read for it. Of an account that was never tried nothing is known, so it is not behind.
        """
        if self.problem is not None:
            return True
        return bool(self.read_at and published_at and published_at - self.read_at > LAGS_AFTER)

    def words(self, title: str) -> str:
        """Say since when it has not been read: "PayPal (paypal_main) has not been read since 12 Oct, 14:05 UTC"."""
        if self.read_at is None:
            return f"{title} ({self.account}) has never been read"
        year = "" if self.read_at.year == clock.now().year else f" {self.read_at.year}"
        day = f"{self.read_at.day} {self.read_at:%b}{year}"
        return f"{title} ({self.account}) has not been read since {day}, {self.read_at:%H:%M} UTC"


@contextmanager
def noted(engine: Engine, gateway: str, account: str) -> Iterator[None]:
    """Note how the load went that the block does: well, or with which error.

    Raises:
        BillhouseError: what the block raised.
    """
    begun_at = clock.now()
    try:
        yield
    except BillhouseError as failure:
        with transaction(engine) as connection:
            failed(connection, gateway, account, str(failure))
        raise
    with transaction(engine) as connection:
        read(connection, gateway, account, begun_at)


def read(connection: Connection, gateway: str, account: str, begun_at: datetime) -> None:
    """Note a load that went well; what it read is at least as new as the moment (aware) at which it began."""
    checkpoints.put(connection, f"{_READ}:{gateway}:{account}", to_text(begun_at))
    checkpoints.put(connection, f"{_PROBLEM}:{gateway}:{account}", "")


def failed(connection: Connection, gateway: str, account: str, problem: str) -> None:
    """Note a load that failed; the last good one stays on record."""
    checkpoints.put(connection, f"{_PROBLEM}:{gateway}:{account}", problem)


def last(connection: Connection, accounts: Iterable[tuple[str, str]]) -> list[LastLoad]:
    """Return what is on record of each (gateway, account), in their order."""
    found = []
    for gateway, account in accounts:
        at = checkpoints.get(connection, f"{_READ}:{gateway}:{account}")
        problem = checkpoints.get(connection, f"{_PROBLEM}:{gateway}:{account}")
        found.append(LastLoad(gateway, account, from_text(at) if at else None, problem or None))
    return found
