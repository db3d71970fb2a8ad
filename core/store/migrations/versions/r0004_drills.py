"""Drills: restores that prove that they can be done, and faults that must be seen."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.store.types import Document

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add their table."""
    op.create_table(
        "drill",
        sa.Column("drill_id", sa.Text(), nullable=False),
        sa.Column("server_id", sa.Text(), nullable=False),
        sa.Column("database", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("finished_at", sa.BigInteger(), nullable=True),
        sa.Column("record", Document(), nullable=False),
        sa.PrimaryKeyConstraint("drill_id", name=op.f("pk_drill")),
        if_not_exists=True,
    )
    op.create_index(
        op.f("ix_drill_server_id_started_at"),
        "drill",
        ["server_id", "started_at"],
        unique=False,
        if_not_exists=True,
    )
