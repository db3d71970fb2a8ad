"""The checksums that a server compares what it is sent with."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from hashlib import md5, sha256
from zlib import crc32

from core.backup.repository.presets import Checksum


class RunningChecksum:
    """The checksum of an upload's body, made as the bytes come."""

    def __init__(self, kind: Checksum) -> None:
        self._kind = kind
        self._crc = 0
        self._hash = md5(usedforsecurity=False) if kind == "md5" else sha256()

    def update(self, data: bytes | memoryview) -> None:
        """Take more bytes."""
        if self._kind == "crc32":
            self._crc = crc32(data, self._crc)
        else:
            self._hash.update(data)

    def parameter(self) -> Mapping[str, str]:
        """The checksum as botocore takes it."""
        digest = self._crc.to_bytes(4, "big") if self._kind == "crc32" else self._hash.digest()
        name = {"crc32": "ChecksumCRC32", "sha256": "ChecksumSHA256", "md5": "ContentMD5"}
        return {name[self._kind]: base64.b64encode(digest).decode()}
