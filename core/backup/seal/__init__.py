"""The sealed container: how every artifact of a backup is encrypted and authenticated.

The format is written down in ``docs/sealed-artifacts.md``.
"""

from core.backup.seal.cipher import TAG_BYTES
from core.backup.seal.header import CHUNK_BYTES, Header, new_data_key
from core.backup.seal.reader import open_sealed
from core.backup.seal.writer import Sealed, SealWriter

__all__ = [
    "CHUNK_BYTES",
    "TAG_BYTES",
    "Header",
    "SealWriter",
    "Sealed",
    "new_data_key",
    "open_sealed",
]
