"""What the emulated vendors remember: one SQLite file of JSON objects, settings and a few small tables.

Every call is safe from any thread: there is one connection, and a lock around it. Objects keep the order of
their birth (`created`, then `seq`), so a list is paged by key, never by offset.
"""

import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

import orjson

from sandbox.tables import SCHEMA

Json = dict[str, Any]
Jsons = list[Json]
Rows = list[sqlite3.Row]
Key = tuple[int, int]

_BATCH = 5000  # rows written at once: memory stays small, the insert stays quick


@dataclass(frozen=True, slots=True)
class Row:
    """One object to be stored in bulk: like the arguments of `State.put`, with its JSON ready."""

    kind: str
    id: str
    created: int
    json: bytes
    parent: str | None = None
    email: str | None = None
    links: Mapping[str, str] = field(default_factory=dict)


class State:
    """The memory of one sandbox, in one SQLite file that a restart finds again."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.RLock()
        self._depth = 0
        self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._db.row_factory = sqlite3.Row
        self._db.execute("pragma journal_mode = wal")
        self._db.execute("pragma synchronous = off")
        self._db.execute("pragma cache_size = -65536")
        self._db.executescript(SCHEMA)

    def close(self) -> None:
        """Close the file; the state cannot be used afterwards."""
        with self._lock:
            self._db.close()

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Everything inside happens, or nothing does. Others wait; an inner transaction joins the outer one."""
        with self._lock:
            if self._depth == 0:
                self._db.execute("begin immediate")
            self._depth += 1
            try:
                yield self._db
            except BaseException:
                self._depth -= 1
                if self._depth == 0:
                    self._db.execute("rollback")
                raise
            self._depth -= 1
            if self._depth == 0:
                self._db.execute("commit")

    def execute(self, sql: str, params: Sequence[Any] | Mapping[str, Any] = ()) -> Rows:
        """Run one statement and return all its rows (they answer to names and positions)."""
        with self._lock:
            return self._db.execute(sql, params).fetchall()

    def get_setting(self, name: str, default: Any = None) -> Any:
        """Return a setting as it was put (any JSON value), or the default."""
        rows = self.execute("select value from settings where name = ?", (name,))
        return orjson.loads(rows[0]["value"]) if rows else default

    def set_setting(self, name: str, value: Any) -> None:
        """Keep any JSON value under a name."""
        sql = "insert into settings values (?, ?) on conflict(name) do update set value = excluded.value"
        self.execute(sql, (name, orjson.dumps(value)))

    def next_number(self, name: str) -> int:
        """Return 1, 2, 3 ... for a name, never the same twice."""
        sql = "insert into counters values (?, 1) on conflict(name) do update set n = n + 1 returning n"
        return int(self.execute(sql, (name,))[0]["n"])

    def put(
        self,
        vendor: str,
        account: str,
        kind: str,
        obj: Json,
        parent: str | None = None,
        *,
        created: int | None = None,
        links: Mapping[str, str | None] | None = None,
    ) -> None:
        """Store or replace an object by its "id". Its place in lists stays where its first put left it.

        Args:
            vendor: who speaks this object, e.g. "stripe".
            account: the vendor's account.
            kind: the object's kind within the vendor.
            obj: the object itself; "id" is needed, "email" is indexed.
            parent: what it belongs to, for `list(parent=...)`.
            created: Unix seconds; by default the object's own "created", else 0.
            links: unchanging references by which it can be listed (`where`); None values are left out.
        """
        born = created if created is not None else obj.get("created", 0)
        email = obj.get("email")
        with self.transaction() as db:
            row = db.execute(
                "insert into objects(vendor, account, kind, id, created, parent, email, json)"
                " values (?, ?, ?, ?, ?, ?, ?, ?)"
                " on conflict(vendor, account, kind, id) do update set json = excluded.json,"
                " email = excluded.email, parent = coalesce(excluded.parent, parent)"
                " returning created, seq",
                (vendor, account, kind, str(obj["id"]), born, parent, email, orjson.dumps(obj)),
            ).fetchone()
            db.executemany(
                "insert or ignore into links values (?, ?, ?, ?, ?, ?, ?)",
                [
                    (vendor, account, kind, name, value, row["created"], row["seq"])
                    for name, value in (links or {}).items()
                    if value is not None
                ],
            )

    def put_many(self, vendor: str, account: str, rows: Iterable[Row]) -> None:
        """Store many new objects at once; an id that is already there is an error."""
        waiting = iter(rows)
        with self.transaction() as db:
            last = int(db.execute("select coalesce(max(seq), 0) from objects").fetchone()[0])
            while batch := list(enumerate(islice(waiting, _BATCH), last + 1)):
                last = batch[-1][0]
                db.executemany(
                    "insert into objects values (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    [
                        (n, vendor, account, row.kind, row.id, row.created, row.parent, row.email, row.json)
                        for n, row in batch
                    ],
                )
                db.executemany(
                    "insert or ignore into links values (?, ?, ?, ?, ?, ?, ?)",
                    [
                        (vendor, account, row.kind, name, value, row.created, n)
                        for n, row in batch
                        for name, value in row.links.items()
                    ],
                )

    def get(self, vendor: str, account: str, kind: str, id: str) -> Json | None:
        """Return one object, or None."""
        sql = "select json from objects where vendor = ? and account = ? and kind = ? and id = ?"
        rows = self.execute(sql, (vendor, account, kind, str(id)))
        return orjson.loads(rows[0]["json"]) if rows else None

    def key(self, vendor: str, account: str, kind: str, id: str) -> Key | None:
        """Return an object's place in its list (created, seq), or None if there is no such object."""
        sql = "select created, seq from objects where vendor = ? and account = ? and kind = ? and id = ?"
        rows = self.execute(sql, (vendor, account, kind, str(id)))
        return (rows[0]["created"], rows[0]["seq"]) if rows else None

    def delete(self, vendor: str, account: str, kind: str, id: str) -> bool:
        """Remove one object; False if it was not there."""
        with self.transaction() as db:
            row = db.execute(
                "delete from objects where vendor = ? and account = ? and kind = ? and id = ?"
                " returning created, seq",
                (vendor, account, kind, str(id)),
            ).fetchone()
            if row is None:
                return False
            # links are keyed by field and value: the few that point here are found by their common birth
            db.execute(
                "delete from links where vendor = ? and account = ? and kind = ? and created = ? and seq = ?",
                (vendor, account, kind, row["created"], row["seq"]),
            )
            return True

    def list(self, vendor: str, account: str, kind: str, **choice: Any) -> Jsons:
        """Return objects, newest first; `choice` as in `rows`."""
        return [orjson.loads(row["json"]) for row in self.rows(vendor, account, kind, **choice)]

    def rows(
        self,
        vendor: str,
        account: str,
        kind: str,
        *,
        parent: str | None = None,
        email: str | None = None,
        where: tuple[str, Sequence[str]] | None = None,
        since: int | None = None,
        until: int | None = None,
        after: Key | None = None,
        before: Key | None = None,
        limit: int | None = None,
        match: Callable[[Json], bool] | None = None,
        oldest_first: bool = False,
    ) -> Rows:
        """Return rows (json, created, seq), newest first, of the objects chosen.

        Args:
            vendor: as in `put`.
            account: as in `put`.
            kind: as in `put`.
            parent: only those put with this parent.
            email: only those with exactly this e-mail.
            where: (field, values): only those put with such a link to one of the values.
            since: only those created at or after (Unix seconds).
            until: only those created at or before.
            after: only those further down the list than this key.
            before: only those further up the list than this key.
            limit: at most so many; all by default.
            match: a condition that the index does not know, tried on each object in turn.
            oldest_first: turn the order round.
        """
        table = "links l join objects o on o.seq = l.seq" if where else "objects o"
        t = "l" if where else "o"
        tests = [f"{t}.vendor = ?", f"{t}.account = ?", f"{t}.kind = ?"]
        params: list[Any] = [vendor, account, kind]
        if where:
            tests.append(f"l.field = ? and l.value in ({','.join('?' * len(where[1]))})")
            params += [where[0], *where[1]]
        for column, value in (("parent", parent), ("email", email)):
            if value is not None:
                tests.append(f"o.{column} = ?")
                params.append(value)
        for test, bound in ((">=", since), ("<=", until)):
            if bound is not None:
                tests.append(f"{t}.created {test} ?")
                params.append(bound)
        down, up = (">", "<") if oldest_first else ("<", ">")
        for sign, place in ((down, after), (up, before)):
            if place is not None:
                tests.append(f"({t}.created, {t}.seq) {sign} (?, ?)")
                params += place
        order = "asc" if oldest_first else "desc"
        sql = (
            f"select o.json, o.created, o.seq from {table} where {' and '.join(tests)}"  # noqa: S608 - values are bound
            f" order by {t}.created {order}, {t}.seq {order}"
        )
        if match is None:
            return self.execute(f"{sql} limit ?", (*params, -1 if limit is None else limit))
        return self._matching(sql, params, match, limit)

    def _matching(
        self, sql: str, params: Sequence[Any], match: Callable[[Json], bool], limit: int | None
    ) -> Rows:
        found: Rows = []
        with self._lock:
            for row in self._db.execute(sql, params):
                if limit is not None and len(found) >= limit:
                    break
                if match(orjson.loads(row["json"])):
                    found.append(row)
        return found

    def count(self, vendor: str) -> Rows:
        """Return (account, kind, n) for every kind of object that the vendor has."""
        sql = "select account, kind, count(*) n from objects where vendor = ? group by account, kind"
        return self.execute(sql, (vendor,))
