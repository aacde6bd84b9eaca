"""The opened configuration as a Dagster resource: settings, operational store, reader of the published copy."""

from pathlib import Path

from dagster import ConfigurableResource, InitResourceContext
from pydantic import PrivateAttr
from sqlalchemy import Engine

from billing import settings
from billing.settings import Settings
from billing.store import open_store
from billing.warehouse import Reader, open_reader

POOL = "warehouse_writer"
"""Dagster's pool of everything that writes the warehouse; its limit is one (see dagster_defs.launch)."""


class HouseResource(ConfigurableResource):  # type: ignore[type-arg]  # its parameter would be itself
    """Opens what a billhouse.toml names when a run or a sensor's tick begins, and closes it afterwards."""

    config: str
    _settings: Settings = PrivateAttr()
    _engine: Engine = PrivateAttr()
    _reader: Reader = PrivateAttr()

    def setup_for_execution(self, context: InitResourceContext) -> None:
        """Open the store and the reader.

        Raises:
            ConfigError: the file, a secret or the store's database is not as it should be.
        """
        self._settings = settings.load(Path(self.config))
        password = self._settings.store.password
        self._engine = open_store(self._settings.store.url, password.get_secret_value() if password else None)
        self._reader = open_reader(self._settings.warehouse)

    def teardown_after_execution(self, context: InitResourceContext) -> None:
        """Let go of the store and the published copy."""
        self._reader.close()
        self._engine.dispose()

    @property
    def settings(self) -> Settings:
        """The checked configuration."""
        return self._settings

    @property
    def engine(self) -> Engine:
        """The operational store."""
        return self._engine

    @property
    def reader(self) -> Reader:
        """The published copy."""
        return self._reader
