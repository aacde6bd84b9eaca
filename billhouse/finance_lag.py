"""Finance's marts follow what agents see: the worker builds them once it is quiet, never before a webhook's news.

They are more than half of a build, and nobody beside a ticket waits for them. What was left out stays on record as
due (`pipelines.due`), so that a cycle makes up for it too, should the worker end first.
"""

from time import monotonic

from billhouse.house import House
from billing.errors import BillhouseError
from billing.warehouse import publish, writer_lock
from pipelines.build import build
from pipelines.due import due

QUIET_SECONDS = 20.0
LONGEST_SECONDS = 600.0


class FinanceLag:
    """Knows since when finance's marts are older than the others, and brings them up to date."""

    def __init__(self) -> None:
        self._since: float | None = None
        self._last = 0.0

    def grow(self) -> None:
        """Note that something was published without finance's marts."""
        self._last = monotonic()
        self._since = self._since or self._last

    def end_if_due(self, house: House) -> bool:
        """Build and publish what was left out, if it was quiet for a while or has lasted too long.

        Raises:
            BillhouseError: a check failed, or the warehouse does not answer; the last good copy stays.
        """
        now = monotonic()
        if self._since is None or (now < self._last + QUIET_SECONDS and now < self._since + LONGEST_SECONDS):
            return False
        self._since = None  # should it fail, the next news asks again, and every cycle does
        with writer_lock(house.settings.warehouse):
            wanted = due(house.settings)
            if wanted is None:
                return False
            built = build(house.settings, wanted.select)
            if built.failed:
                raise BillhouseError(f"Checks failed, so nothing was published: {'; '.join(built.failed)}")
            publish(house.settings.warehouse)
        return True
