"""Alembic's entry: runs on the connection that `idp/store/migrate.py` hands in."""

from alembic import context

from idp.store.schema import metadata

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=metadata, transaction_per_migration=True)
with context.begin_transaction():
    context.run_migrations()
