"""Which repositories a backup was meant for, where its order named them."""

from __future__ import annotations

import msgspec
import sqlalchemy as sa
from alembic import op

from core.store.codec import unpack

revision = "0009"
down_revision = "0008"

_BATCH = 200


def upgrade() -> None:
    """Read it in the manifests that are here."""
    op.add_column("backup", sa.Column("meant_for", sa.Text(), nullable=False, server_default=""))
    connection = op.get_bind()
    backup = sa.table("backup", sa.column("backup_id"), sa.column("meant_for"))
    manifest = sa.table("backup_manifest", sa.column("backup_id"), sa.column("payload"))
    after = ""
    while rows := connection.execute(
        sa.select(manifest.c.backup_id, manifest.c.payload)
        .where(manifest.c.backup_id > after)
        .order_by(manifest.c.backup_id)
        .limit(_BATCH)
    ).all():
        for row in rows:
            if meant_for := _meant_for(row.payload):
                connection.execute(
                    sa.update(backup)
                    .where(backup.c.backup_id == row.backup_id)
                    .values(meant_for=meant_for)
                )
        after = rows[-1].backup_id


def _meant_for(payload: bytes) -> str:
    """As the catalog writes it; empty where none was named, or that can't be told."""
    raw = unpack(bytes(payload))
    try:
        manifest = msgspec.msgpack.decode(raw or b"\x80", type=dict[str, msgspec.Raw])
        named = msgspec.msgpack.decode(manifest.get("copies", b"\x90"), type=list[str])
    except msgspec.MsgspecError:
        return ""
    return msgspec.json.encode(named).decode() if named else ""
