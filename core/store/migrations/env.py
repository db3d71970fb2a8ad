"""What Alembic runs: the scripts, on the connection and in the transaction that it is given."""

from __future__ import annotations

from alembic import context
from sqlalchemy import Connection


def _run() -> None:
    connection: Connection = context.config.attributes["connection"]
    context.configure(
        connection=connection,
        transactional_ddl=True,
        render_as_batch=connection.dialect.name == "sqlite",
    )
    context.run_migrations()


_run()
