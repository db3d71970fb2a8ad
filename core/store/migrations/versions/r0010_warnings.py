"""What a backup's manifest warns of; no manifest that is here already has any."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """One column more."""
    op.add_column("backup", sa.Column("warnings", sa.Text(), nullable=False, server_default=""))
