"""Restores that are still being put together, so that another engineer can go on with them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.store.types import Document, Moment

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add their table."""
    op.create_table(
        "restore_draft",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("server_id", sa.Text(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("wish", Document(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("updated_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_restore_draft")),
        if_not_exists=True,
    )
    op.create_index(
        op.f("ix_restore_draft_server_id_updated_at"),
        "restore_draft",
        ["server_id", "updated_at"],
        unique=False,
        if_not_exists=True,
    )
