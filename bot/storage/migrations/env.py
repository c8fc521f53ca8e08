"""Run by Alembic: the migrations, on the connection and in the transaction that `bot.storage.database` hands over."""

from __future__ import annotations

from alembic import context

from bot.storage.tables import metadata

# SQLite undoes table changes as well, though Alembic does not count on it.
context.configure(connection=context.config.attributes["connection"], target_metadata=metadata, transactional_ddl=True)
context.run_migrations()
