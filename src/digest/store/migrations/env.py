"""How Alembic reaches the store: over the connection, and in the transaction, that it is given."""

from alembic import context

from digest.store.tables import SCHEMA_TABLE, metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table=SCHEMA_TABLE,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
