"""Opens a sealed stream: nothing is given out that was not authenticated."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from hmac import compare_digest

from core.backup.seal.cipher import TAG_BYTES, ChunkCipher
from core.backup.seal.header import ByteSource, Header, damaged, read_fully, read_header


def open_sealed(
    source: ByteSource, data_key: bytes, *, backup_id: str, name: str, digest: str = ""
) -> Iterator[bytes]:
    """The plain bytes of ``source``, a chunk at a time; two chunks are held in memory.

    It must be the artifact ``name`` of ``backup_id``; where a ``digest`` is given, the very one
    that had it. Whoever takes chunks before the end has bytes that are genuine, but may be cut.

    Raises:
        DamagedArtifactError: it was changed, cut, extended, reordered, or is another one.
        WrongKeyError: it was sealed with another key.
        NewerFormatError: a newer pgvigil sealed it.
    """
    header = read_header(source)
    if (header.backup_id, header.name) != (backup_id, name):
        raise damaged(f"it is {header.name} of backup {header.backup_id}, not {name}")
    cipher = ChunkCipher(header.key_from(data_key), header.digest())
    tags = sha256(header.to_bytes())
    counter = 0
    chunk = _next_chunk(source, header)
    while True:
        following = _next_chunk(source, header) if len(chunk) == _full(header) else b""
        plain = cipher.open(header.nonce(counter, is_final=not following), chunk)
        tags.update(chunk[-TAG_BYTES:])
        if following:
            yield plain
            chunk, counter = following, counter + 1
            continue
        if digest and not compare_digest(tags.hexdigest(), digest):
            raise damaged(f"it is another attempt to write {name} than the manifest names")
        yield plain
        return


def _full(header: Header) -> int:
    return header.chunk_bytes + TAG_BYTES


def _next_chunk(source: ByteSource, header: Header) -> bytes:
    return read_fully(source, _full(header))
