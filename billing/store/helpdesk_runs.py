"""What each run over a helpdesk account did: when facts last went out, how many, and what failed."""

from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import Connection, select

from billing.store.tables import helpdesk_runs

Kind = Literal["sweep", "push"]
KEPT = 50  # runs of each kind and account
_QUIET = {"writes": 0, "failed": 0, "problem": None}


@dataclass(frozen=True, slots=True)
class Run:
    """One run. `started_at` is as the store writes moments; `problem` has a line for each reason of a failure."""

    helpdesk: str
    kind: Kind
    started_at: str
    milliseconds: int
    contacts_seen: int
    contacts_matched: int
    contacts_synced: int
    writes: int
    failed: int
    problem: str | None = None

    @property
    def is_quiet(self) -> bool:
        """Say whether there was nothing to do."""
        return {name: getattr(self, name) for name in _QUIET} == _QUIET


def record(connection: Connection, run: Run) -> None:
    """Keep a run. One that had nothing to do takes the place of such a one right before it."""
    values: dict[str, Any] = {name: getattr(run, name) for name in Run.__slots__}
    ours = (helpdesk_runs.c.helpdesk == run.helpdesk, helpdesk_runs.c.kind == run.kind)
    newest_first = select(helpdesk_runs).where(*ours).order_by(helpdesk_runs.c.id.desc())
    last = connection.execute(newest_first.limit(1)).mappings().first()
    if last and run.is_quiet and _run(last).is_quiet:
        connection.execute(helpdesk_runs.update().where(helpdesk_runs.c.id == last["id"]).values(values))
        return
    connection.execute(helpdesk_runs.insert().values(values))
    oldest = connection.execute(newest_first.offset(KEPT).limit(1)).mappings().first()
    if oldest:
        connection.execute(helpdesk_runs.delete().where(*ours, helpdesk_runs.c.id <= oldest["id"]))


def latest(connection: Connection, helpdesk: str, kind: Kind) -> Run | None:
    """Return the newest run of a kind; None where there was none yet."""
    query = (
        select(helpdesk_runs)
        .where(helpdesk_runs.c.helpdesk == helpdesk, helpdesk_runs.c.kind == kind)
        .order_by(helpdesk_runs.c.id.desc())
        .limit(1)
    )
    found = connection.execute(query).mappings().first()
    return _run(found) if found else None


def recent(connection: Connection, limit: int = 100) -> list[Run]:
    """Return the runs over all helpdesks, the one that began last first."""
    query = select(helpdesk_runs).order_by(helpdesk_runs.c.started_at.desc(), helpdesk_runs.c.id.desc())
    return [_run(row) for row in connection.execute(query.limit(limit)).mappings()]


def _run(row: Any) -> Run:
    return Run(**{name: row[name] for name in Run.__slots__})
