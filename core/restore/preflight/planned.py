"""What the checks are made of."""

from __future__ import annotations

from dataclasses import dataclass

from core.backup.dump.table_of_contents import TocEntry
from core.model.backup import Manifest, TableName
from core.model.restore import TargetKind
from core.model.restore_target import DatabaseThere, TargetState


@dataclass(frozen=True, slots=True)
class Planned:
    """A restore as it is meant, and the server as it is.

    ``entries`` are those of the archive that would be restored. ``database`` is the name of the
    new database, of the live one in a swap or merge. ``staged_bytes`` is what has to be unpacked
    on this host, ``staging_free`` what is free there. ``target_free`` is what is free on the
    server's disk, ``None`` where it can't be seen from here; ``shares_disk`` where what is unpacked
    lies on it, too. ``table_bytes`` is what the tables took where they were backed up, without
    their indexes, where all of them are restored and that is known. ``workers`` connect at once.
    Without
    ``owners`` everything belongs to the role that restores; with ``create_roles`` those that are
    missing are made. ``is_whole`` where nothing of the backup is left out, ``wants_rows`` where
    rows are wanted of anything. ``left_out`` are tables of the live database, in a swap, that the
    backup left out as it was told to; ``None`` where that can't be seen.
    """

    manifest: Manifest
    entries: tuple[TocEntry, ...]
    codec: str
    target: TargetState
    kind: TargetKind
    database: str
    staged_bytes: int
    staging_free: int
    target_free: int | None
    workers: int
    owners: bool = True
    create_roles: bool = False
    is_whole: bool = True
    wants_rows: bool = True
    left_out: frozenset[TableName] | None = frozenset()
    table_bytes: int = 0
    shares_disk: bool = False

    @property
    def there(self) -> DatabaseThere | None:
        """The database of that name, where there is one."""
        return self.target.database(self.database)

    @property
    def makes_database(self) -> bool:
        """Whether a database is made on the server."""
        return self.kind is not TargetKind.MERGE

    def text(self, value: bytes | None) -> str:
        """A name in the archive."""
        return (value or b"").decode(self.codec, "replace")
