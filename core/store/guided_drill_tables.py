"""The table of guided drills."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, Table, Text

from core.store.drill_tables import metadata
from core.store.types import Document, Moment

__all__ = ["guided_drill", "metadata"]

guided_drill = Table(
    "guided_drill",
    metadata,
    Column("drill_id", Text, primary_key=True),
    Column("server_id", Text, nullable=False),
    Column("symptom", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("holder", Text, nullable=False),
    Column("started_at", Moment(), nullable=False),
    Column("noted_at", Moment(), nullable=False),
    Column("revision", Integer, nullable=False),
    Column("record", Document(), nullable=False),
    Index(None, "server_id", "started_at"),
)
"""``record`` is all of it; the other columns are what is searched by, and what people ask for."""
