"""The tables of the catalog: which backups there are, and their copies.

They are a memory of what the repositories hold, and can be made again out of those.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, LargeBinary, SmallInteger, Table, Text

from core.store.tables import metadata

__all__ = [
    "backup", "backup_copy", "backup_manifest", "metadata",
    "repository_identity", "repository_seen",
]  # fmt: skip


def _backup() -> Column[str]:
    return Column(
        "backup_id", Text, ForeignKey("backup.backup_id", ondelete="CASCADE"), primary_key=True
    )


backup = Table(
    "backup",
    metadata,
    Column("backup_id", Text, primary_key=True),
    Column("server_id", Text, nullable=False),
    Column("system_identifier", Text, nullable=False),
    Column("database", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("parent_id", Text, nullable=False),
    Column("chain_id", Text, nullable=False),
    Column("needs", Text, nullable=False),
    Column("snapshot_at", BigInteger, nullable=False),
    Column("finished_at", BigInteger, nullable=False),
    Column("sealed_bytes", BigInteger, nullable=False),
    Column("plain_bytes", BigInteger, nullable=False),
    Column("key_id", Text, nullable=False),
    Column("kept_because", Text, nullable=False),
    Column("expired_at", BigInteger),
    Column("table_bytes", BigInteger),
    Column("selection", Text, nullable=False, server_default=""),
    Column("sequenced_at", BigInteger, nullable=False, server_default="0"),
    Column("was_restored", SmallInteger, nullable=False, server_default="0"),
    Column("meant_for", Text, nullable=False, server_default=""),
    Column("warnings", Text, nullable=False, server_default=""),
    Index(None, "server_id", "snapshot_at"),
    Index(None, "server_id", "sequenced_at"),
    Index(None, "chain_id"),
)
"""``needs`` has the ids of the backups whose artifacts it refers to, with spaces between.

``expired_at`` is what its copies come to, see ``core.store.expiry``. ``selection`` is JSON,
empty for everything; ``sequenced_at`` is its place among its server's; ``was_restored`` is 1 as
soon as one of its copies has once been proven by a restore; ``meant_for`` is a list in JSON,
empty where its order named no repositories, and so is ``warnings``, empty where there are none.
"""

backup_copy = Table(
    "backup_copy",
    metadata,
    _backup(),
    Column("repository", Text, primary_key=True),
    Column("state", Text, nullable=False),
    Column("level", SmallInteger, nullable=False),
    Column("verified_at", BigInteger),
    Column("problem", Text, nullable=False),
    Column("key_id", Text),
    Column("wraps_written_at", BigInteger),
    Column("expired_at", BigInteger),
    sqlite_with_rowid=False,
)
"""``key_id`` is that of its ``wraps.json``, which was written at ``wraps_written_at`` by the
repository's clock; neither is there where nobody has looked into that.
"""

backup_manifest = Table(
    "backup_manifest",
    metadata,
    _backup(),
    Column("payload", LargeBinary, nullable=False),
)
"""Manifests for who looks at one backup, apart from the rows that are listed by thousands."""

repository_identity = Table(
    "repository_identity",
    metadata,
    Column("server_id", Text, primary_key=True),
    Column("repository", Text, primary_key=True),
    Column("repository_id", Text, nullable=False),
    sqlite_with_rowid=False,
)
"""Which repository has a server's backups under a name of the config; empty: whichever is there."""

repository_seen = Table(
    "repository_seen",
    metadata,
    Column("host", Text, primary_key=True),
    Column("place", Text, primary_key=True),
    Column("repository_id", Text, nullable=False),
    sqlite_with_rowid=False,
)
"""Which repository a place is, whatever server's backups go there; a bucket's host is empty."""
