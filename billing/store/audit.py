"""The audit log: append-only (triggers refuse update and delete) and hash-chained (verify finds tampering).

Each entry's hash covers all its fields and the hash before it; `audit_head` remembers the last one, so that a
removed tail is found as well. Secrets and card numbers never go into `data`.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from sqlalchemy import Column, Connection, or_, select, text

from billing.store.clocktext import now_text
from billing.store.tables import audit_head, audit_log
from billing.vocabulary import Channel

APPEND_LOCK = 7_204_312  # PostgreSQL advisory lock: one appender at a time keeps the chain a chain
GENESIS = "0" * 64


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts, in which role, through which door."""

    name: str
    role: str | None
    channel: Channel


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the log; `type` is dotted and past tense, as charge.refund.succeeded."""

    type: str
    actor: Actor
    action_id: str | None = None
    object_ref: str | None = None
    ticket: str | None = None
    reason: str | None = None
    snapshot: str | None = None
    data: Mapping[str, Any] = field(default_factory=dict)


def record(connection: Connection, entry: Entry) -> int:
    """Append an entry within the caller's transaction and return its sequence number."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("select pg_advisory_xact_lock(:key)"), {"key": APPEND_LOCK})
    head = connection.execute(select(audit_head.c.seq, audit_head.c.hash)).one_or_none()
    seq, previous = (head.seq + 1, head.hash) if head else (1, GENESIS)
    row = {
        "seq": seq,
        "occurred_at": now_text(),
        **{k: v for k, v in asdict(entry).items() if k not in ("actor", "data")},
        "actor": entry.actor.name,
        "role": entry.actor.role,
        "channel": entry.actor.channel.value,
        "data": json.dumps(entry.data, sort_keys=True, ensure_ascii=False, default=str),
        "previous_hash": previous,
    }
    row["hash"] = _hash(row)
    connection.execute(audit_log.insert().values(row))
    if head:
        connection.execute(audit_head.update().values(seq=seq, hash=row["hash"]))
    else:
        connection.execute(audit_head.insert().values(id=1, seq=seq, hash=row["hash"]))
    return seq


def entries(
    connection: Connection,
    *,
    object_ref: str | None = None,
    actor: str | None = None,
    action_id: str | None = None,
    kind: str | None = None,
    about: str | None = None,
    since: str | None = None,
    until: str | None = None,
    limit: int = 200,
) -> list[dict[str, Any]]:
    """Return entries, newest first, with `data` parsed.

    Args:
        connection: of the store.
        object_ref: the whole reference, gateway:account:id.
        actor: who.
        action_id: one action.
        kind: the entry's type, charge.refund.succeeded; all by default.
        about: an object's reference or its id alone, an action's id, or a ticket's number.
        since: entries at or after this moment, as the store writes it.
        until: entries before this moment.
        limit: the most entries to return.
    """
    query = select(audit_log).order_by(audit_log.c.seq.desc()).limit(limit)
    if object_ref:
        query = query.where(audit_log.c.object_ref == object_ref)
    if actor:
        query = query.where(audit_log.c.actor == actor)
    if action_id:
        query = query.where(audit_log.c.action_id == action_id)
    if kind:
        query = query.where(audit_log.c.type == kind)
    if about:
        columns = (audit_log.c.object_ref, audit_log.c.action_id, audit_log.c.ticket)
        ends = audit_log.c.object_ref.endswith(f":{about}", autoescape=True)
        query = query.where(or_(ends, *(column == about for column in columns)))
    if since:
        query = query.where(audit_log.c.occurred_at >= since)
    if until:
        query = query.where(audit_log.c.occurred_at < until)
    return [{**row, "data": json.loads(row["data"])} for row in connection.execute(query).mappings()]


def walk(
    connection: Connection, *, since: str | None = None, until: str | None = None
) -> Iterator[dict[str, Any]]:
    """Yield entries as they are stored (`data` as text), oldest first; `since` counts, `until` does not."""
    query = select(audit_log).order_by(audit_log.c.seq).execution_options(yield_per=1000)
    if since:
        query = query.where(audit_log.c.occurred_at >= since)
    if until:
        query = query.where(audit_log.c.occurred_at < until)
    for row in connection.execute(query).mappings():
        yield dict(row)


def known(connection: Connection) -> tuple[list[str], list[str]]:
    """Return the types and the actors that the log names, each in order, for whoever filters it."""

    def distinct(column: Column[str]) -> list[str]:
        return list(connection.execute(select(column).distinct().order_by(column)).scalars())

    return distinct(audit_log.c.type), distinct(audit_log.c.actor)


def verify(connection: Connection) -> list[str]:
    """Walk the whole chain and name every entry that was altered, removed or reordered; [] means intact."""
    faults: list[str] = []
    expected_seq, previous = 1, GENESIS
    query = select(audit_log).order_by(audit_log.c.seq).execution_options(yield_per=1000)
    for row in connection.execute(query).mappings():
        if row["seq"] != expected_seq:
            faults.append(f"Entries {expected_seq} to {row['seq'] - 1} are missing.")
        elif row["previous_hash"] != previous:
            faults.append(f"Entry {row['seq']} does not follow the entry before it.")
        if row["hash"] != _hash({k: v for k, v in row.items() if k != "hash"}):
            faults.append(f"Entry {row['seq']} was altered.")
        expected_seq, previous = row["seq"] + 1, row["hash"]
    head = connection.execute(select(audit_head.c.seq, audit_head.c.hash)).one_or_none()
    if head and head.seq >= expected_seq:
        faults.append(f"Entries {expected_seq} to {head.seq} are missing.")
    elif (head.seq, head.hash) != (expected_seq - 1, previous) if head else expected_seq > 1:
        faults.append(f"The last entry, {expected_seq - 1}, is not the one that was written last.")
    return faults


def _hash(row: Mapping[str, Any]) -> str:
    canonical = json.dumps(dict(row), sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()
