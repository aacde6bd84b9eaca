"""What a load did, for people and for Dagster."""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

Progress = Callable[[str, int], None]
"""Called now and then with a raw table's name and the rows read for it so far."""


class Mode(StrEnum):
    """Which kind of load it was."""

    FIRST = "first"
    CHANGES = "changes"
    HEALED = "healed"
    OBJECTS = "objects"


@dataclass(slots=True)
class TableReport:
    """Rows read from the gateway and, of these, rows that were new or different."""

    rows_fetched: int = 0
    rows_changed: int = 0


@dataclass(slots=True)
class LoadReport:
    """One load of one account. `batch_id` is on every row that it wrote; `seconds` is its whole duration."""

    gateway: str
    account: str
    mode: Mode
    batch_id: str
    seconds: float = 0.0
    tables: dict[str, TableReport] = field(default_factory=dict)

    @property
    def rows_fetched(self) -> int:
        """Rows read over all tables."""
        return sum(table.rows_fetched for table in self.tables.values())

    @property
    def rows_changed(self) -> int:
        """Rows written over all tables."""
        return sum(table.rows_changed for table in self.tables.values())

    def table(self, name: str) -> TableReport:
        """Return the report of one table, making an empty one where there is none yet."""
        return self.tables.setdefault(name, TableReport())
