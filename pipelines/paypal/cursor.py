"""How far one PayPal account has been followed, by PayPal's own clocks.

Reports lag up to three hours and are refreshed at a moment that each answer names: the next look begins a day
before that moment, never at our own clock's now. Webhook events are listed for 30 days, disputes by their last
change for 180.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from pipelines.paypal.objects import Thing, is_pending, seconds, transaction_row

DAY = 86_400
WINDOW = 31 * DAY - 1
OVERLAP = DAY
EVENT_OVERLAP = 3600
EVENT_MEMORY = 30 * DAY - 3600
DISPUTE_MEMORY = 180 * DAY - 3600
GAP = 25 * DAY


@dataclass(slots=True)
class Cursor:
    """All times are Unix seconds of PayPal's clocks."""

    reported_to: int = 0
    """Up to when the report had been refreshed when we last read it, kept to the hour."""
    pending: dict[str, int] = field(default_factory=dict)
    """Lines of the report that were pending when last seen, with their beginning: they are looked at again."""
    events_to: int = 0
    """When the newest webhook event seen was made."""
    seen: list[str] = field(default_factory=list)
    """Ids of the events of the last hour before that."""
    disputes_to: int = 0
    """The newest change of a dispute."""
    invoices_at: int = 0
    """When the whole list of invoices was last compared, kept to the day."""
    rescanned: str = ""
    """The last object of those that may change without telling, where they are too many for one load."""

    @classmethod
    def of(cls, state: dict[str, Any]) -> "Cursor":
        """Read what `to_state` wrote."""
        return cls(**{**state, "pending": dict(state["pending"]), "seen": list(state["seen"])})

    def to_state(self) -> dict[str, Any]:
        """Return plain data for dlt's state."""
        return {
            "reported_to": self.reported_to,
            "pending": dict(sorted(self.pending.items())),
            "events_to": self.events_to,
            "seen": sorted(self.seen),
            "disputes_to": self.disputes_to,
            "invoices_at": self.invoices_at,
            "rescanned": self.rescanned,
        }

    def report_start(self) -> int:
        """Return where the next look at the report begins: a day back, or further at what is pending."""
        earliest = self.reported_to - WINDOW
        return max(earliest, min([self.reported_to - OVERLAP, *self.pending.values()]))

    def is_gap(self, refreshed: int) -> bool:
        """Say whether webhook events may have been lost since the last look."""
        return refreshed - self.reported_to > GAP

    def refresh(self, refreshed: int) -> None:
        """Remember how far the report was read; to the hour, or every quiet look would be a load of its own."""
        if refreshed - self.reported_to >= 3600:
            self.reported_to = refreshed // 3600 * 3600
        self.pending = {key: at for key, at in self.pending.items() if at > refreshed - 2 * WINDOW}

    def notice(self, lines: Iterable[Thing]) -> None:
        """Remember which lines are still pending."""
        for line in lines:
            row = transaction_row(line)
            if is_pending(line):
                self.pending[row.id] = row.created or 0
            else:
                self.pending.pop(row.id, None)

    def see(self, events: Iterable[Thing]) -> list[Thing]:
        """Return the events that are new, and remember them."""
        known = set(self.seen)
        every = list(events)
        new = [event for event in every if event["id"] not in known]
        self.events_to = max([self.events_to, *(seconds(event["create_time"]) for event in every)])
        late = self.events_to - EVENT_OVERLAP
        self.seen = [event["id"] for event in every if seconds(event["create_time"]) >= late]
        return new


def moment(at: int) -> str:
    """Write Unix seconds as PayPal reads them."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
