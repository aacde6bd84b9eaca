"""Who does not answer: a helpdesk that failed twice in a row is asked for nothing more in the same round.

Without this, each of a backlog's tickets would wait five minutes for the same silence.
"""

from collections import defaultdict

from billing.errors import BillhouseError, Transient

_ENOUGH = 2


class Outages:
    """The passing faults of one round, by helpdesk account."""

    def __init__(self) -> None:
        self._in_a_row: dict[str, int] = defaultdict(int)
        self._away: dict[str, Transient] = {}

    def check(self, name: str) -> None:
        """Say at once what another call to a helpdesk that is away would say after minutes.

        Raises:
            Transient: it is away.
        """
        if name in self._away:
            raise self._away[name]

    def answered(self, name: str) -> None:
        """Note that a helpdesk did what was asked, or said no to it."""
        self._in_a_row[name] = 0

    def failed(self, name: str, cause: BillhouseError) -> bool:
        """Note a failure; return True where it is an outage, which is waited out."""
        if not isinstance(cause, Transient):
            self.answered(name)
            return False
        self._in_a_row[name] += 1
        if self._in_a_row[name] >= _ENOUGH:
            self._away[name] = cause
        return True
