"""Keys as people see them: their names and what is known of them, never the keys themselves."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class KeyRecord:
    """What the store knows of a key.

    ``derivation`` is how it comes from a passphrase, as ``wraps.json`` has it; empty where it does
    not. ``confirmed_at`` is when a person showed that a copy is kept elsewhere.
    """

    key_id: str
    name: str
    made_at: datetime
    derivation: str = ""
    confirmed_at: datetime | None = None
    confirmed_by: str = ""


@dataclass(frozen=True, slots=True)
class KeyStatus:
    """One key of the config. ``problem`` says why it is not at hand; ``key_id`` is empty then."""

    name: str
    place: str
    seals_new_backups: bool
    key_id: str = ""
    record: KeyRecord | None = None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class BackupKeyState:
    """How one backup's data keys in one repository are kept.

    ``key_ids`` are the keys that they are wrapped with; none where they are kept in the clear.
    ``problem`` says why no key at hand opens them; empty where one does.
    """

    repository: str
    backup_id: str
    key_ids: frozenset[str] = frozenset()
    problem: str = ""


@dataclass(frozen=True, slots=True)
class RotationReport:
    """What came of a rotation.

    ``rewrapped`` and ``already`` count backups; ``problems`` are those that still need an older
    key; ``read_bytes`` and ``written_bytes`` is all that was moved. ``latest`` is the backup that
    the last step found or brought under it, empty where that one has a problem. ``running`` are the
    server and database of each backup that ran meanwhile, and may be under an older key.
    ``hindrance`` is why the repository was not gone through to its end; empty where it was.
    """

    key_id: str
    rewrapped: int = 0
    already: int = 0
    read_bytes: int = 0
    written_bytes: int = 0
    problems: tuple[BackupKeyState, ...] = ()
    retired_key_ids: frozenset[str] = field(default_factory=frozenset)
    latest: str = ""
    running: tuple[str, ...] = ()
    hindrance: str = ""

    @property
    def is_complete(self) -> bool:
        """Whether no backup needs an older key any more, nor will one that was running."""
        return not (self.problems or self.running or self.hindrance)
