"""That a restore has proven a backup: true of its bytes in every copy, whatever becomes of one."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Note it of each backup of which a copy says so now."""
    op.add_column(
        "backup", sa.Column("was_restored", sa.SmallInteger(), nullable=False, server_default="0")
    )
    op.execute(
        "UPDATE backup SET was_restored = 1 WHERE backup_id IN"
        " (SELECT backup_id FROM backup_copy WHERE state = 'complete' AND level = 3)"
    )
