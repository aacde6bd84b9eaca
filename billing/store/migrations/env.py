"""Alembic's entry: migrates over the connection that billing.store.engine hands in."""

from alembic import context

from billing.store.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
with context.begin_transaction():
    context.run_migrations()
