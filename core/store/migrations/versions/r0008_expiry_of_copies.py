"""Since when each copy waits out its grace period: what one repository lets go, others may keep."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """What a backup said is true of its only copy.

    Which of several it was said of is not known: they count as kept until each repository is looked
    at again, and says so itself. A mark that none of them has would let the last good copy go.
    """
    op.add_column("backup_copy", sa.Column("expired_at", sa.BigInteger(), nullable=True))
    op.execute(
        "UPDATE backup_copy SET expired_at = (SELECT backup.expired_at FROM backup"
        " WHERE backup.backup_id = backup_copy.backup_id)"
        " WHERE backup_id NOT IN"
        " (SELECT backup_id FROM backup_copy GROUP BY backup_id HAVING count(*) > 1)"
    )
    op.execute(
        "UPDATE backup SET expired_at = NULL WHERE backup_id IN"
        " (SELECT backup_id FROM backup_copy GROUP BY backup_id HAVING count(*) > 1)"
    )
