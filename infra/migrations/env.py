"""Alembic's entry: runs the migrations on the connection that `infra.database` hands in."""

from alembic import context

from hub.store.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table="schema_version",
    version_table_schema="hub",
    include_schemas=True,
)
with context.begin_transaction():
    context.run_migrations()
