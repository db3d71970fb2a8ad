"""Which key each copy is sealed with, and since when."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Nothing is known of it yet: the next look into each repository reads it there."""
    op.add_column("backup_copy", sa.Column("key_id", sa.Text(), nullable=True))
    op.add_column("backup_copy", sa.Column("wraps_written_at", sa.BigInteger(), nullable=True))
