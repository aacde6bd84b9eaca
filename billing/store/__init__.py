"""The operational store: whatever must not be lost. SQLite by default, PostgreSQL by URL."""

from billing.store.engine import open_store, transaction

__all__ = ["open_store", "transaction"]
