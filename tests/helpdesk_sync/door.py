"""The portal that all five helpdesks of the sandbox post to, and the worker's part behind it."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from billhouse.house import House
from billing.settings_model import Settings
from billing.store import open_store
from billing.warehouse.reader import DuckDBReader
from helpdesk_sync import tickets
from helpdesk_sync.registry import HELPDESKS
from tests.billhouse.letters import listening
from tests.conftest import Sandbox
from tests.helpdesk_sync.conftest import house_of, publish_into
from tests.helpdesk_sync.ward import account

PATIENCE_SECONDS = 20
LOST = "update inbox set due_at = received_at where state = 'pending'"


@dataclass
class Door:
    """The portal, and the house behind it."""

    url: str
    settings: Settings
    engine: Engine
    reader: DuckDBReader
    folder: Path

    def publish(self, *changes: str) -> None:
        publish_into(self.folder / "warehouse", [], *changes)

    def heard(self, helpdesk: str, ticket: str) -> list[Any]:
        """The inbox's rows about a ticket, oldest first."""
        with self.engine.connect() as connection:
            sql = "select state, error from inbox where gateway = ? and object_id = ? order by id"
            return list(connection.exec_driver_sql(sql, (helpdesk, ticket)).all())

    def wait(self, helpdesk: str, ticket: str, before: int = 0) -> list[Any]:
        """Wait until the portal has heard of a ticket more often than `before`, and return all it has heard."""
        until = time.monotonic() + PATIENCE_SECONDS
        while len(found := self.heard(helpdesk, ticket)) <= before:
            assert time.monotonic() < until, f"no event of {helpdesk} about {ticket}: {found}"
            time.sleep(0.1)
        time.sleep(0.5)  # a deed may be told in more than one event
        return self.heard(helpdesk, ticket)

    def attend(self) -> tickets.TicketsReport:
        with self.engine.begin() as connection:
            connection.exec_driver_sql(LOST)
        return tickets.attend(self.settings, self.engine, self.reader)


@contextmanager
def open_door(sandbox: Sandbox, folder: Path) -> Iterator[Door]:
    """Listen to all five helpdesks."""
    settings = house_of(folder, **{name: [account(name, sandbox.url)] for name in HELPDESKS})
    engine, reader = open_store(settings.store.url), DuckDBReader(folder / "warehouse")
    with listening(House(folder / "billhouse.toml", settings, engine, reader)) as listener:
        for name in HELPDESKS:
            url = f"{listener.url}/helpdesks/{name}/{name}"
            if name == "front":  # which tries the address before it takes it
                sandbox.control("act", vendor="front", deed="save_webhook", url=url)
            else:
                sandbox.control("webhooks/target", account=name, url=url)
        yield Door(listener.url, settings, engine, reader, folder)
    reader.close()
    engine.dispose()
