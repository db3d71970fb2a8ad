"""Run the migration scripts on a store; Alembic is imported here only, because that takes long."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection


def scripts() -> Config:
    """Alembic's configuration: the scripts beside this file, wherever it is installed."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    return config


def upgrade(connection: Connection) -> None:
    """Bring the store to the newest revision, within the transaction of ``connection``."""
    config = scripts()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
