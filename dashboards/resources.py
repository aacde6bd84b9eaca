"""What the pages work with, opened once a process: settings, store, reader and the desk for actions."""

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path

import streamlit as st
from sqlalchemy import Engine

from actions.service import Desk
from actions.wiring import desk
from billing import logs
from billing.settings import Settings, load
from billing.store import loads, open_store, transaction
from billing.store.loads import LastLoad
from billing.warehouse.reader import Reader, open_reader
from gateways import REGISTRY


@dataclass(frozen=True, slots=True)
class House:
    """The opened parts."""

    settings: Settings
    engine: Engine
    reader: Reader
    desk: Desk

    def title(self, gateway: str, account: str) -> str:
        """Return what people call an account: "Stripe Europe"."""
        accounts = getattr(self.settings.gateways, gateway, [])
        return next((str(one.title) for one in accounts if one.account == account), account)

    def last_loads(self) -> list[LastLoad]:
        """Return when each configured account was last read, and what the latest try ran into."""
        wanted = [(name, one.account) for name in REGISTRY for one in getattr(self.settings.gateways, name)]
        with transaction(self.engine) as connection:
            return loads.last(connection, wanted)


def house() -> House:
    """Open what the configuration names, anew whenever its file changed: a role taken away is gone at once.

    Raises:
        ConfigError: the configuration is not as it should be.
    """
    parser = argparse.ArgumentParser(prog="streamlit run dashboards/app.py --")
    parser.add_argument("--config", type=Path, default=Path("billhouse.toml"))
    path = parser.parse_args(sys.argv[1:]).config.resolve()
    return _open(path, path.stat().st_mtime_ns if path.exists() else 0)


@st.cache_resource(max_entries=1, show_spinner="Opening the house…")
def _open(path: Path, changed_ns: int) -> House:  # changed_ns is part of the cache's key
    settings = load(path)
    logs.set_up(settings)
    password = settings.store.password.get_secret_value() if settings.store.password else None
    engine = open_store(settings.store.url, password)
    return House(
        settings=settings,
        engine=engine,
        reader=open_reader(settings.warehouse),
        desk=desk(settings, engine),
    )
