"""No backup is taken before somebody has shown that a copy of its key is kept elsewhere."""

from __future__ import annotations

from typing import Protocol

from core.backup.keys.key import KeyEncryptionKey
from core.backup.keys.recovery import line_of_recovery, recovery_lines
from core.backup.keys.ring import KeyRing
from core.config.encryption_settings import EncryptionSettings
from core.errors import PreflightError, WrongKeyError

LINES = 4


class Confirmations(Protocol):
    """Who knows which keys were confirmed: ``store.backup_keys``."""

    def is_confirmed(self, key_id: str) -> bool:
        """Whether a copy of the key is known to be kept."""


def require_confirmed(
    ring: KeyRing, encryption: EncryptionSettings, confirmations: Confirmations
) -> None:
    """Let a backup go on.

    Raises:
        PreflightError: its key was not confirmed as kept, and the config names nobody who keeps it.
    """
    if ring.primary is None or encryption.recovery_kept_by:
        return
    if not confirmations.is_confirmed(ring.primary.key_id):
        raise PreflightError(
            "No backup is taken: nobody has confirmed that the key is kept elsewhere",
            why=f"should this machine be lost with key {encryption.key} "
            f"({ring.primary.key_id}), every backup would be lost with it",
            remedy="write the recovery key down (`pgvigil key export`), then `pgvigil key "
            "confirm`; or say in the config who keeps it: [encryption] recovery_kept_by",
        )


def check_typed_line(key: KeyEncryptionKey, number: int, typed: str) -> None:
    """See that line ``number`` (from 0) of the recovery key was typed from what was kept.

    Raises:
        WrongKeyError: it is another line, or has a mistake.
    """
    if line_of_recovery(number, typed) != line_of_recovery(number, recovery_lines(key)[number]):
        raise WrongKeyError(
            f"That is not line {number + 1} of the recovery key",
            why="it is a line of another key",
            remedy="see that what you kept is of this key, and type it again",
        )
