"""Since when each copy waits out its grace period: what one repository lets go, others may keep."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """What a backup said counts for all its copies until each repository is looked at again."""
    op.add_column("backup_copy", sa.Column("expired_at", sa.BigInteger(), nullable=True))
    op.execute(
        "UPDATE backup_copy SET expired_at = (SELECT backup.expired_at FROM backup"
        " WHERE backup.backup_id = backup_copy.backup_id)"
    )
