"""A backup: what it holds, where its sealed artifacts are, and how far it was verified."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum, StrEnum

from core.model.fingerprint import Fingerprint


class BackupKind(StrEnum):
    """What a backup holds of its database.

    ``INCREMENTAL`` restores like ``FULL``; artifacts of unchanged tables are those of its parents.
    ``PHYSICAL`` is a copy of the cluster's files; none is taken yet.
    """

    FULL = "full"
    INCREMENTAL = "incremental"
    SCHEMA = "schema"
    DATA = "data"
    PHYSICAL = "physical"


class ArchiveFormat(StrEnum):
    """The format of pg_dump in which the database's archive is."""

    DIRECTORY = "directory"
    CUSTOM = "custom"


class ArtifactRole(StrEnum):
    """What a restore needs an artifact for."""

    TABLE_OF_CONTENTS = "table of contents"
    TABLE_DATA = "table data"
    LARGE_OBJECTS = "large objects"
    ARCHIVE = "archive"
    GLOBALS = "globals"


class VerificationLevel(IntEnum):
    """How far a backup was proven: each level includes those before."""

    NONE = 0
    SEALED = 1
    STRUCTURE = 2
    RESTORED = 3


@dataclass(frozen=True, slots=True)
class TableName:
    """A table as the catalog names it, not quoted."""

    schema: str
    name: str


@dataclass(frozen=True, slots=True)
class Artifact:
    """One sealed object.

    ``backup_id`` is the backup in whose folder it is: this one's, or an ancestor's. ``file_name``
    is its name in pg_dump's directory (or of the archive); ``digest`` names the sealed bytes, see
    ``core.backup.seal``. ``table`` is there for table data.
    """

    name: str
    role: ArtifactRole
    backup_id: str
    file_name: str
    plain_bytes: int
    sealed_bytes: int
    digest: str
    table: TableName | None = None


@dataclass(frozen=True, slots=True)
class Selection:
    """Which schemas and tables were chosen, as pg_dump's patterns; empty: everything."""

    schemas: tuple[str, ...] = ()
    tables: tuple[str, ...] = ()
    excluded_schemas: tuple[str, ...] = ()
    excluded_tables: tuple[str, ...] = ()

    def in_order(self) -> Selection:
        """The same choice, however it was put."""
        lists = (self.schemas, self.tables, self.excluded_schemas, self.excluded_tables)
        return Selection(*(tuple(sorted(set(each))) for each in lists))

    @property
    def chosen_words(self) -> str:
        """What was picked, in words; empty where nothing was."""
        picked = (("schemas", self.schemas), ("tables", self.tables))
        return "; ".join(f"{what} {', '.join(each)}" for what, each in picked if each)

    @property
    def words(self) -> str:
        """What was picked and what left out, in words; empty where it is everything."""
        left_out = (
            ("without schemas", self.excluded_schemas),
            ("without tables", self.excluded_tables),
        )
        told = (f"{what} {', '.join(each)}" for what, each in left_out if each)
        return "; ".join(filter(None, (self.chosen_words, *told)))


@dataclass(frozen=True, slots=True)
class Manifest:
    """Everything about a backup; it is written last, so what it names is there.

    ``snapshot_at`` is the moment whose state the backup holds. ``chain_id`` is the id of the full
    backup at the beginning of the chain, ``generation`` how many steps it is away from that.
    ``fingerprint`` was taken inside the dump's own snapshot. ``beside`` has the names and SHA-256
    of the files that lie beside the backup in the clear: who opens it by hand runs one of them.
    ``copies`` are the repositories that its order named; empty: those of the config are meant.
    ``table_bytes`` is what the tables and large objects that it holds took on the server just
    before, without their indexes; ``None`` where an earlier pgvigil did not note it.
    ``sequenced_at`` is its place among its server's backups where its own moment does not tell it:
    just after the latest of those that were known when it was taken. ``warnings`` are what is
    not in it because the role may not see it, and what pg_dump warned of.
    """

    backup_id: str
    server_id: str
    system_identifier: str
    database: str
    kind: BackupKind
    parent_id: str
    chain_id: str
    generation: int
    started_at: datetime
    snapshot_at: datetime
    finished_at: datetime
    server_version: int
    program_version: int
    archive_format: ArchiveFormat
    compression: str
    artifacts: tuple[Artifact, ...]
    fingerprint: Fingerprint
    selection: Selection = field(default_factory=Selection)
    host: str = ""
    who: str = ""
    schedule: str = ""
    notes: tuple[str, ...] = ()
    beside: tuple[tuple[str, str], ...] = ()
    copies: tuple[str, ...] = ()
    table_bytes: int | None = None
    sequenced_at: datetime | None = None
    warnings: tuple[str, ...] = ()

    @property
    def sealed_bytes(self) -> int:
        """What this backup itself takes in a repository, without its parents' artifacts."""
        own = (each for each in self.artifacts if each.backup_id == self.backup_id)
        return sum(each.sealed_bytes for each in own)

    @property
    def ancestors(self) -> frozenset[str]:
        """The backups whose artifacts this one needs."""
        return frozenset(each.backup_id for each in self.artifacts) - {self.backup_id}


class CopyState(StrEnum):
    """What is known of one copy."""

    COMPLETE = "complete"
    MISSING = "missing"
    DAMAGED = "damaged"
    EXPIRED = "expired"


_THERE = frozenset({CopyState.COMPLETE, CopyState.DAMAGED})

CANT_BE_READ = "can't be read: "
"""How the problem of a copy begins that is there, and of which nothing can be told for now."""

KEY_NOT_AT_HAND = f"{CANT_BE_READ}no key at hand opens it: "
"""How that begins where the copy itself, or a backup that it needs, is sealed with another key."""


@dataclass(frozen=True, slots=True)
class BackupCopy:
    """One backup in one repository, and how far this copy was verified, and when.

    ``key_id`` is the key that its data keys are wrapped with there, empty where they are in the
    clear; ``None`` where nobody has looked since the catalog knows the backup's alone.
    ``expired_at`` is the moment from which this copy waits out its grace period.
    """

    backup_id: str
    repository: str
    state: CopyState
    level: VerificationLevel
    verified_at: datetime | None
    problem: str = ""
    key_id: str | None = None
    expired_at: datetime | None = None

    @property
    def is_refused(self) -> bool:
        """Whether it may be whole, and can't be read for now; its level is what it was before."""
        return self.state is CopyState.COMPLETE and self.problem.startswith(CANT_BE_READ)

    @property
    def is_closed(self) -> bool:
        """Whether no key at hand opens it, or what it needs."""
        return self.state is CopyState.COMPLETE and self.problem.startswith(KEY_NOT_AT_HAND)

    @property
    def is_good(self) -> bool:
        """Whether every byte of it was authenticated, and nothing was found against it since."""
        is_proven = self.state is CopyState.COMPLETE and self.level >= VerificationLevel.SEALED
        return is_proven and not self.is_refused


def last_expiry(copies: Collection[BackupCopy]) -> datetime | None:
    """Since when none of these is kept any more; one that is not there counts where all are."""
    there = [copy for copy in copies if copy.state in _THERE] or copies
    found = [copy.expired_at for copy in there if copy.expired_at is not None]
    return max(found, default=None) if len(found) == len(there) else None


@dataclass(frozen=True, slots=True)
class CatalogEntry:
    """A backup as the catalog lists it: what is needed to list, to plan and to prune.

    ``sealed_bytes`` is what it takes itself, ``plain_bytes`` what was sealed (pg_dump compressed it
    before), ``table_bytes`` what its manifest says. ``kept_because`` is why a person protects it,
    empty where nobody does. ``selection`` is in one order; ``sequenced_at`` is what its manifest
    says. ``was_restored``: a copy of it was once proven by a restore. That proves the bytes of
    every copy, and stays true whatever becomes of that one. ``meant_for`` are the repositories that
    its order named; empty: those of the config. ``warnings`` are its manifest's.
    """

    backup_id: str
    server_id: str
    system_identifier: str
    database: str
    kind: BackupKind
    parent_id: str
    chain_id: str
    needs: frozenset[str]
    snapshot_at: datetime
    finished_at: datetime
    sealed_bytes: int
    plain_bytes: int
    key_id: str
    copies: tuple[BackupCopy, ...] = ()
    kept_because: str = ""
    table_bytes: int | None = None
    selection: Selection = field(default_factory=Selection)
    sequenced_at: datetime | None = None
    was_restored: bool = False
    meant_for: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    def key_of(self, copy: BackupCopy) -> str:
        """The key that a copy of it is sealed with, as far as is known; empty: it is not."""
        return self.key_id if copy.key_id is None else copy.key_id

    @property
    def key_ids(self) -> tuple[str, ...]:
        """The keys of all its copies, each once; none where no copy is sealed."""
        there = [copy for copy in self.copies if copy.state in _THERE]
        keys = {self.key_of(copy) for copy in there} if there else {self.key_id}
        return tuple(sorted(keys - {""}))

    @property
    def moment(self) -> datetime:
        """When it was taken by the earlier of the two clocks, the server's and its host's."""
        return min(self.snapshot_at, self.finished_at)

    @property
    def order(self) -> tuple[datetime, str]:
        """Greater than that of any backup of its server that was known when it was taken."""
        return self.sequenced_at or self.moment, self.backup_id

    @property
    def expired_at(self) -> datetime | None:
        """Since when none of its copies is kept any more; ``None`` where one is."""
        return last_expiry(self.copies)

    @property
    def share_of_tables(self) -> float | None:
        """What it takes itself for each byte of the tables on the server; ``None``: not known."""
        return self.sealed_bytes / self.table_bytes if self.table_bytes else None

    @property
    def level(self) -> VerificationLevel:
        """The best of its complete copies that a key at hand opens."""
        return max((each.level for each in self._open), default=VerificationLevel.NONE)

    @property
    def _open(self) -> list[BackupCopy]:
        complete = (copy for copy in self.copies if copy.state is CopyState.COMPLETE)
        return [copy for copy in complete if not copy.is_closed]

    @property
    def is_closed(self) -> bool:
        """Whether no key at hand opens any of its complete copies."""
        return not self._open and any(copy.is_closed for copy in self.copies)

    @property
    def is_good(self) -> bool:
        """Whether at least one copy is complete and every byte of it was authenticated."""
        return self.level >= VerificationLevel.SEALED

    @property
    def is_unverified(self) -> bool:
        """Whether it may be good: a copy is complete, and none was read yet."""
        return bool(self._open) and not self.is_good
