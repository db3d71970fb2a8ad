"""What one backup is to be, and what it is taken with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from core.backup.alone import Held
from core.backup.keys.ring import KeyRing
from core.backup.progress import JobReporter
from core.backup.repository.protocol import Repository
from core.backup.staging import Staging
from core.clock import Clock
from core.config.settings import Settings
from core.model.backup import BackupCopy, BackupKind, CatalogEntry, Selection
from core.postgres.target import Target


@dataclass(frozen=True, slots=True)
class BackupOrder:
    """What one backup is to be: one database, everything of it or what ``selection`` chooses.

    ``keep`` is why it is to be protected; empty: it is not. ``schedule`` names what asked for it.
    ``copies`` are the repositories that were named for it; empty: those of the config are meant.
    """

    server_id: str
    target: Target
    kind: BackupKind
    who: str
    selection: Selection = field(default_factory=Selection)
    keep: str = ""
    schedule: str = ""
    copies: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Parts:
    """What a backup is taken with.

    ``entries`` are the server's backups as the catalog has them, in line with the repositories.
    ``on_begin`` hears the backup's id, ``on_damage`` of copies that lack something.
    ``expected_bytes`` is the size of the dump as the last one was, ``None`` where there was none.
    """

    settings: Settings
    repositories: Sequence[Repository]
    ring: KeyRing
    staging: Staging
    programs_folder: Path
    clock: Clock
    reporter: JobReporter
    held: Held
    on_begin: Callable[[str], object]
    on_damage: Callable[[BackupCopy], object]
    entries: Sequence[CatalogEntry] = ()
    expected_bytes: int | None = None
