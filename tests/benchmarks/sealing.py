"""What sealing costs: beside bare AES-256-GCM, and verification beside ``sha256sum``.

``uv run python -m tests.benchmarks sealing [MEBIBYTES]`` seals and opens so much (256) in memory,
at the same chunk size as the bare cipher, and then verifies one sealed file as level 1 does while
``sha256sum`` reads it too. All in one run, in turn, medians of five.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from core.backup.seal import CHUNK_BYTES, SealWriter, new_data_key, open_sealed
from core.backup.seal.header import ByteSource
from tests.benchmarks.medians import medians

LEAST_SHARE_OF_BARE = 0.7
MOST_OF_SHA256SUM = 1.5
_BACKUP, _NAME = "20261121T020000Z-full-0011aabb", "3456.dat.zst"


class _Chunks:
    """Gives sealed chunks back as a file would."""

    def __init__(self, parts: list[bytes]) -> None:
        self._parts = iter(parts)

    def read(self, size: int, /) -> bytes:
        """The next part; each is what the writer wrote at once, and what the reader asks for."""
        part = next(self._parts, b"")
        if len(part) > size:
            self._parts = iter([part[size:], *self._parts])
        return part[:size]


def main() -> None:
    """Print each figure with what it may be."""
    mebibytes = int(sys.argv[2]) if len(sys.argv) > 2 else 256
    chunks = [os.urandom(CHUNK_BYTES) for _ in range(mebibytes)]
    key, sealed = new_data_key(), list[bytes]()
    bare = AESGCM(key)
    nonces = [number.to_bytes(12, "big") for number in range(mebibytes)]
    encrypted = [
        bare.encrypt(nonce, chunk, b"") for nonce, chunk in zip(nonces, chunks, strict=True)
    ]
    digest = _seal(chunks, key, sealed.append)

    def bare_seal() -> None:
        for nonce, chunk in zip(nonces, chunks, strict=True):
            bare.encrypt(nonce, chunk, b"")

    def bare_open() -> None:
        for nonce, chunk in zip(nonces, encrypted, strict=True):
            bare.decrypt(nonce, chunk, b"")

    def seal() -> None:
        _seal(chunks, key, len)

    def opened() -> None:
        _drain(_Chunks(sealed), key, digest)

    took = medians(bare_seal, seal, bare_open, opened)
    _print("sealing", took[0] / took[1], f">= {LEAST_SHARE_OF_BARE} of bare AESGCM")
    _print("opening", took[2] / took[3], f">= {LEAST_SHARE_OF_BARE} of bare AESGCM")
    gigabytes = mebibytes * CHUNK_BYTES / 1e9
    names = ("bare sealing", "sealing", "bare opening", "opening")
    for name, seconds in zip(names, took, strict=True):
        print(f"  {name:<14} {gigabytes / seconds:5.2f} GB/s")
    _verification(sealed, key, digest)


def _seal(chunks: list[bytes], key: bytes, write: Callable[[bytes], object]) -> str:
    writer = SealWriter(write, key, backup_id=_BACKUP, name=_NAME)
    for chunk in chunks:
        writer.write(chunk)
    return writer.finish().digest


def _verification(sealed: list[bytes], key: bytes, digest: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "artifact.sealed"
        with path.open("wb") as file:
            file.writelines(sealed)
        sealed.clear()

        def verify() -> None:
            with path.open("rb", buffering=0) as source:
                _drain(source, key, digest)

        def sha256sum() -> None:
            subprocess.run(["sha256sum", str(path)], check=True, stdout=subprocess.DEVNULL)

        took = medians(sha256sum, verify)
        _print("verification", took[1] / took[0], f"<= {MOST_OF_SHA256SUM} x sha256sum")


def _drain(source: ByteSource, key: bytes, digest: str) -> None:
    for _ in open_sealed(source, key, backup_id=_BACKUP, name=_NAME, digest=digest):
        pass


def _print(what: str, ratio: float, limit: str) -> None:
    print(f"{what:<14} {ratio:5.2f}   {limit}")
