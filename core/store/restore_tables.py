"""The table of restores that are still being put together."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, Table, Text

from core.store.seed_tables import metadata
from core.store.types import Document, Moment

__all__ = ["metadata", "restore_draft"]

restore_draft = Table(
    "restore_draft",
    metadata,
    Column("id", Text, primary_key=True),
    Column("server_id", Text, nullable=False),
    Column("who", Text, nullable=False),
    Column("host", Text, nullable=False),
    Column("step", Text, nullable=False),
    Column("wish", Document(), nullable=False),
    Column("revision", Integer, nullable=False),
    Column("updated_at", Moment(), nullable=False),
    Index(None, "server_id", "updated_at"),
)
