"""Sealing and opening in memory, for tests."""

from __future__ import annotations

from io import BytesIO

from core.backup.seal import Sealed, SealWriter, open_sealed

KEY = bytes(range(32))
BACKUP, NAME = "20261121T020000Z-full-0011aabb", "3456.dat.zst"
SMALL_CHUNK = 64


def sealed(plain: bytes, *, key: bytes = KEY, name: str = NAME, backup_id: str = BACKUP) -> bytes:
    """``plain`` in a container of small chunks."""
    return sealed_with_outcome(plain, key=key, name=name, backup_id=backup_id)[0]


def sealed_with_outcome(
    plain: bytes, *, key: bytes = KEY, name: str = NAME, backup_id: str = BACKUP
) -> tuple[bytes, Sealed]:
    """The container, and what the writer says of it."""
    out = BytesIO()
    writer = SealWriter(out.write, key, backup_id=backup_id, name=name, chunk_bytes=SMALL_CHUNK)
    writer.write(plain)
    outcome = writer.finish()
    return out.getvalue(), outcome


def opened(container: bytes, *, key: bytes = KEY, digest: str = "") -> bytes:
    """What is in a container."""
    source = BytesIO(container)
    return b"".join(open_sealed(source, key, backup_id=BACKUP, name=NAME, digest=digest))
