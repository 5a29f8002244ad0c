"""How Alembic runs Kalm's migrations: on the connection that Database hands it."""

from alembic import context

from handoff.store.tables import metadata

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=metadata)
with context.begin_transaction():
    context.run_migrations()
