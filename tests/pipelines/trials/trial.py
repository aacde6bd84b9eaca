"""What the fault suite must know of one gateway; `trials/<gateway>.py` says it, as a subclass named TRIAL.

A trial is one account at a running sandbox and a warehouse of its own in a folder.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, ClassVar

import duckdb
import httpx
import orjson
import pytest

from billing.settings_model import Settings
from gateways import wiring
from gateways.wiring import Account
from pipelines import destination, run
from pipelines.report import LoadReport, Mode
from tests.conftest import Sandbox

Tables = Mapping[str, Mapping[str, Any]]
"""Raw table -> id -> object."""
Deed = Callable[[httpx.Response], object]
"""Takes the page that has just come; False says that nothing was done yet, and the next page is awaited."""


class Trial(ABC):
    """Builds its settings in `__init__`; everything else is asked of it by the suite."""

    name: ClassVar[str]
    listed: ClassVar[tuple[str, ...]]
    """Paths below the vendor's base (or patterns) that a first load asks for."""
    followed: ClassVar[tuple[str, ...]]
    """Paths (or patterns) that a load asks for after `change_old`, the last of them in its midst."""
    feed: ClassVar[str]
    """The path that tells of several changes of old objects, page by page."""
    page_sizes: ClassVar[Mapping[str, int]]
    """Where our client keeps the size of a page ("gateways.acme.api.PAGE_SIZE") -> one that makes `turns` turn."""
    secret: ClassVar[str]
    """The credential that no error may name."""

    settings: Settings
    account: Account

    def __init__(self, folder: Path, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self._controls = httpx.Client(base_url=sandbox.url, timeout=60)

    @abstractmethod
    def change_old(self) -> None:
        """Change an object at the vendor that was made long ago; each call makes another change."""

    @abstractmethod
    def turns(self) -> Mapping[str, Deed]:
        """Return paths of lists -> what happens at the vendor while we turn their pages.

        Objects of pages that have come and of pages to come change, and some are made or deleted, as far as the
        vendor lets them be: pages cut by number move.
        """

    @abstractmethod
    def told(self, living: Tables) -> Tables:
        """Return what the vendor tells now of all that can be listed; `living` is what raw holds, not deleted."""

    def counts(self) -> dict[str, int]:
        """Return raw table -> number of objects by the emulator's own count; what has no table is passed over."""
        found: dict[str, int] = self.ask("GET", "ledger")["counts"][self.account.account]
        return found

    def parse(self, data: str) -> Any:
        """Read a row's JSON."""
        return orjson.loads(data)

    def small_pages(self, patched: pytest.MonkeyPatch, size: int | None = None) -> None:
        """Let our client ask for pages of `page_sizes`, or of another size."""
        for place, own in self.page_sizes.items():
            patched.setattr(place, size or own)

    def path(self, below: str) -> str:
        """Return the sandbox's path of one of the vendor's paths."""
        return f"/{self.name}/{below}"

    def load(self) -> LoadReport:
        """Load the account."""
        return run.load(self.settings, self.name, self.account)

    def check(self) -> str:
        """Try the credential, as `billhouse check` does."""
        return wiring.api(self.name, self.account).check()

    def cursor(self) -> Any:
        """Return how far the account has been followed; None before its first load. Finishes nothing half-done."""
        with destination.open_pipeline(self.settings, self.name) as pipeline:
            return destination.state(pipeline, self.name).get("accounts", {}).get(self.account.account)

    def ask(self, method: str, path: str, /, **body: Any) -> Any:
        """Use one of the sandbox's controls, over one connection."""
        answer = self._controls.request(method, f"/control/{path}", json=body)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def raw(self) -> dict[str, list[tuple[Any, ...]]]:
        """Return all rows of all raw tables, making sure that no object is there twice."""
        schema = f"raw_{self.name}"
        with duckdb.connect(str(self.settings.warehouse.dir / "raw.duckdb"), read_only=True) as connection:
            found = connection.execute(
                "select table_name from information_schema.tables"
                " where table_schema = ? and not starts_with(table_name, '_dlt')",
                [schema],
            ).fetchall()
            rows = {
                table: connection.execute(
                    f"select account, id, data, is_deleted, created_at, fetched_at, batch_id from {schema}.{table}"
                    " order by account, id"
                ).fetchall()
                for (table,) in found
            }
        for table, every in rows.items():
            assert len({row[:2] for row in every}) == len(every), f"{table} has rows twice"
        return rows

    def assert_whole(self) -> None:
        """Raw holds everything that the vendor holds, once, as it is now, and nothing else."""
        living = {
            table: {key: self.parse(data) for _, key, data, is_deleted, *_ in rows if not is_deleted}
            for table, rows in self.raw().items()
        }
        for table, objects in self.told(living).items():
            held = living[table]
            lacking, left = sorted(objects.keys() - held.keys()), sorted(held.keys() - objects.keys())
            assert (lacking, left) == ([], []), f"{table}: lacks {lacking}, and {left} should not be there"
            stale = [key for key, thing in objects.items() if held[key] != thing]
            assert stale == [], f"{table}: {stale} are not as they are now"
        wrong = {
            table: (len(living[table]), count)
            for table, count in self.counts().items()
            if table in living and len(living[table]) != count
        }
        assert wrong == {}, f"rows held, and objects there: {wrong}"

    def assert_quiet(self) -> None:
        """Another load finds nothing that is not there already."""
        again = self.load()
        changed = {name: table.rows_changed for name, table in again.tables.items() if table.rows_changed}
        assert (again.mode, changed) == (Mode.CHANGES, {})


def trial_of(gateway: str) -> type[Trial]:
    """Return the description of a gateway.

    Raises:
        LookupError: there is none; the text says what is to be written.
    """
    place = f"tests.pipelines.trials.{gateway}"
    try:
        found: type[Trial] = import_module(place).TRIAL
    except ModuleNotFoundError as cause:
        if cause.name != place:
            raise
        raise LookupError(
            f"Nobody has said how {gateway} is put to the test: write {place.replace('.', '/')}.py with a TRIAL, "
            "as tests/pipelines/trials/stripe.py has one, so that its bad days are tried like the others'."
        ) from None
    return found
