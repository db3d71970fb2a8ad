"""What each backup was chosen to hold, wrong clocks, and which repository a place is."""

from __future__ import annotations

import msgspec
import sqlalchemy as sa
from alembic import op

from core.store.codec import unpack

revision = "0002"
down_revision = "0001"

_BATCH = 200
_LISTS = ("schemas", "tables", "excluded_schemas", "excluded_tables")


def upgrade() -> None:
    """Read what was chosen in the manifests that are here; order the backups by their moments."""
    op.add_column("backup", sa.Column("selection", sa.Text(), nullable=False, server_default=""))
    op.add_column(
        "backup", sa.Column("sequenced_at", sa.BigInteger(), nullable=False, server_default="0")
    )
    op.create_index(
        op.f("ix_backup_server_id_sequenced_at"),
        "backup",
        ["server_id", "sequenced_at"],
        unique=False,
    )
    op.execute(
        "UPDATE backup SET sequenced_at ="
        " CASE WHEN snapshot_at < finished_at THEN snapshot_at ELSE finished_at END"
    )
    _read_selections(op.get_bind())
    op.add_column("schedule_state", sa.Column("ahead_since", sa.BigInteger(), nullable=True))
    op.create_table(
        "repository_seen",
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("repository_id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("host", "place", name=op.f("pk_repository_seen")),
        sqlite_with_rowid=False,
        if_not_exists=True,
    )


def _read_selections(connection: sa.Connection) -> None:
    backup = sa.table("backup", sa.column("backup_id"), sa.column("selection"))
    manifest = sa.table("backup_manifest", sa.column("backup_id"), sa.column("payload"))
    after = ""
    while rows := connection.execute(
        sa.select(manifest.c.backup_id, manifest.c.payload)
        .where(manifest.c.backup_id > after)
        .order_by(manifest.c.backup_id)
        .limit(_BATCH)
    ).all():
        for row in rows:
            if chosen := _selection(row.payload):
                connection.execute(
                    sa.update(backup)
                    .where(backup.c.backup_id == row.backup_id)
                    .values(selection=chosen)
                )
        after = rows[-1].backup_id


def _selection(payload: bytes) -> str:
    """As the catalog writes it; empty where everything was chosen, or that can't be told."""
    raw = unpack(bytes(payload))
    try:
        manifest = msgspec.msgpack.decode(raw or b"\x80", type=dict[str, msgspec.Raw])
        chosen = msgspec.msgpack.decode(
            manifest.get("selection", b"\x80"), type=dict[str, list[str]]
        )
    except msgspec.MsgspecError:
        return ""
    if not any(chosen.values()):
        return ""
    in_order = {name: sorted(set(chosen.get(name, ()))) for name in _LISTS}
    return msgspec.json.encode(in_order).decode()
