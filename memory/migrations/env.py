"""Alembic's entry: migrations run on the connection that `memory.database.migrate` hands over."""

from alembic import context
from sqlalchemy import text

from memory.tables import Table

connection = context.config.attributes["connection"]
if connection.dialect.name == "postgresql":
    # Two processes may start at once: the second waits here and then finds nothing left to do.
    connection.execute(text("SELECT pg_advisory_xact_lock(7216001)"))
context.configure(connection=connection, target_metadata=Table.metadata, render_as_batch=connection.dialect.name == "sqlite")
with context.begin_transaction():
    context.run_migrations()
