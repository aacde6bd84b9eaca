"""The warehouse's reading side: where its files are, how a copy is published, and named queries on it."""

from billing.warehouse.lock import writer_lock
from billing.warehouse.publish import publish
from billing.warehouse.reader import Reader, open_reader

__all__ = ["Reader", "open_reader", "publish", "writer_lock"]
