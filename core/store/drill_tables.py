"""The table of drills."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Table, Text

from core.store.restore_tables import metadata
from core.store.types import Document

__all__ = ["drill", "metadata"]

drill = Table(
    "drill",
    metadata,
    Column("drill_id", Text, primary_key=True),
    Column("server_id", Text, nullable=False),
    Column("database", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("started_at", BigInteger, nullable=False),
    Column("finished_at", BigInteger),
    Column("record", Document(), nullable=False),
    Index(None, "server_id", "started_at"),
)
"""``record`` is all of it; the other columns are what is searched by."""
