"""Guided drills: runbooks that people tick off against the clock."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.store.types import Document, Moment

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Add their table."""
    op.create_table(
        "guided_drill",
        sa.Column("drill_id", sa.Text(), nullable=False),
        sa.Column("server_id", sa.Text(), nullable=False),
        sa.Column("symptom", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("started_at", Moment(), nullable=False),
        sa.Column("noted_at", Moment(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("record", Document(), nullable=False),
        sa.PrimaryKeyConstraint("drill_id", name=op.f("pk_guided_drill")),
        if_not_exists=True,
    )
    op.create_index(
        op.f("ix_guided_drill_server_id_started_at"),
        "guided_drill",
        ["server_id", "started_at"],
        unique=False,
        if_not_exists=True,
    )
