"""Taking one backup of one database, from a look at the server to a manifest in each copy."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from core.backup import layout
from core.backup.backup_order import BackupOrder, Parts
from core.backup.clocks import gap_between, gap_told
from core.backup.commit import commit, digests_beside, write_beside
from core.backup.copies import Copies, Copy
from core.backup.dump import preflight
from core.backup.dump.arguments import compression_of
from core.backup.dump.endpoint import Endpoint
from core.backup.dump.globals import dump_globals
from core.backup.dump.preflight import Preflight
from core.backup.dump.snapshot import HeldSnapshot, hold_snapshot
from core.backup.dumping import (
    SealedDump,
    SnapshotDump,
    WatchfulReporter,
    artifact_of,
    directory,
    stream,
)
from core.backup.fingerprint import fresh_seeds, take
from core.backup.identity import claim
from core.backup.incremental import Choice, NextBackup, choose
from core.backup.markers import Protection
from core.backup.meanwhile import meanwhile
from core.backup.one_place import same_place
from core.backup.parent import newest_parent, table_of_contents_of
from core.backup.result import TakenBackup
from core.backup.sealing import Sealing
from core.backup.sign_of_life import SignOfLife
from core.backup.timeline import sequence_after
from core.errors import BackupError
from core.model.backup import (
    ArchiveFormat,
    Artifact,
    ArtifactRole,
    BackupKind,
    Manifest,
)
from core.postgres.client_programs import ClientPrograms, embedded_place, find_client_programs
from core.store.local import host_name

GLOBALS = "globals.sql"


def run_backup(order: BackupOrder, parts: Parts) -> TakenBackup:
    """Take the backup; where it fails, nothing of it stays, and earlier ones are as they were.

    A copy that fails does not keep the others from being finished.

    Raises:
        PreflightError: it would not hold everything, or could not be finished.
        BackupError: it could not be taken, or not be stored in any repository.
        CancelledError: a person cancelled the job.
        ServerError: the server can't be reached.
    """
    copies = Copies(parts.repositories)
    run = _Run(order, parts, copies, WatchfulReporter(parts.reporter, parts.held))
    try:
        manifest = run.take()
    finally:
        run.clear_up()
    return TakenBackup(manifest, tuple(copy.name for copy in copies.good), copies.problems)


@dataclass(slots=True)
class _Run:
    """One backup under way."""

    order: BackupOrder
    parts: Parts
    copies: Copies
    reporter: WatchfulReporter
    backup_id: str = ""
    sign: SignOfLife | None = None
    notes: list[str] = field(default_factory=list)

    def take(self) -> Manifest:
        """Everything, in its order."""
        started_at = self.parts.clock.now()
        self.reporter.phase("preparing")
        endpoint = Endpoint.of(self.order.target, self.parts.settings.dump)
        programs = find_client_programs(
            endpoint.server_version,
            configured=self.parts.settings.dump.client_programs,
            embedded=lambda: embedded_place(self.parts.programs_folder),
        )
        found = self._look(endpoint, programs)
        parent = self._parent(endpoint.database)
        with hold_snapshot(endpoint, found.selection) as held:
            self._compare_clocks(started_at, held.taken_at)
            # pg_dump and its workers need as many sessions as the fingerprint and this together.
            with meanwhile(self.reporter, lambda: self._globals(held, programs, found)) as asked:
                coming = self._coming(held, programs, found, parent)
                globals_ = asked.result()
            choice = self._choice(parent, coming)
            if choice.kind is not BackupKind.INCREMENTAL:
                parent = None
            sealing = self._begin(started_at, choice.kind)
            with meanwhile(self.reporter, lambda: self._first(sealing, globals_)) as first:
                dumped = self._dump(SnapshotDump(held, programs, coming, choice), sealing, parent)
        self.reporter.check_cancelled()
        finished_at = self.parts.clock.now()
        manifest = Manifest(
            backup_id=self.backup_id,
            server_id=self.order.server_id,
            system_identifier=found.system_identifier,
            database=endpoint.database,
            kind=choice.kind,
            parent_id=parent.backup_id if parent else "",
            chain_id=parent.chain_id if parent else self.backup_id,
            generation=parent.generation + 1 if parent else 0,
            started_at=started_at,
            snapshot_at=held.taken_at,
            finished_at=finished_at,
            server_version=endpoint.server_version,
            program_version=dumped.program_version,
            archive_format=found.archive_format,
            compression=coming.compression,
            artifacts=(*dumped.artifacts, *first.result()),
            fingerprint=dumped.fingerprint,
            selection=found.selection,
            host=host_name(),
            who=self.order.who,
            schedule=self.order.schedule,
            notes=tuple(self.notes),
            warnings=(*found.hidden, *dumped.warnings),
            beside=digests_beside(self.order.server_id, self.backup_id),
            copies=self.order.copies,
            table_bytes=found.table_bytes,
            sequenced_at=sequence_after(self.parts.entries, min(held.taken_at, finished_at)),
        )
        self.reporter.phase("commit")
        keep = self.order.keep
        commit(
            self.copies,
            sealing,
            manifest,
            protection=Protection(keep, self.order.who, manifest.finished_at) if keep else None,
        )
        return manifest

    def _look(self, endpoint: Endpoint, programs: ClientPrograms) -> Preflight:
        """Whether a backup can be taken at all, and which repositories it may go to."""
        found = preflight.check(
            endpoint,
            programs,
            self.parts.staging.dump,
            kind=self.order.kind,
            selection=self.order.selection,
        )
        self.notes += found.notes
        server, system = self.order.server_id, found.system_identifier
        ids: dict[str, str] = {}

        def claim_once(copy: Copy) -> None:
            here = claim(copy.repository, server, system)
            if here and (other := ids.setdefault(here, copy.name)) != copy.name:
                raise same_place(copy.name, other, here)

        self.copies.each(claim_once)
        return found

    def _compare_clocks(self, began: datetime, snapshot_at: datetime) -> None:
        """Say where one of the clocks is wrong: what is pruned, and when, depends on them."""
        if gap := gap_between(began, snapshot_at, self.parts.clock.now()):
            told = f"this host's clock is {gap_told(gap)} the server's; nothing is pruned by it"
            self.notes.append(told)
            self.reporter.note(told)

    def _coming(
        self,
        held: HeldSnapshot,
        programs: ClientPrograms,
        found: Preflight,
        parent: Manifest | None,
    ) -> NextBackup:
        """What the snapshot holds."""
        settings = self.parts.settings.dump
        fingerprint = take(
            held,
            seeds=parent.fingerprint.seeds if parent else fresh_seeds(),
            workers=settings.workers,
            budget_bytes=settings.fingerprint_bytes,
            kind=self.order.kind,
            selection=found.selection,
            reporter=self.reporter,
        )
        return NextBackup(
            system_identifier=found.system_identifier,
            database=held.endpoint.database,
            server_version=held.endpoint.server_version,
            program_version=programs.version_num,
            archive_format=found.archive_format,
            compression=compression_of(programs, settings),
            fingerprint=fingerprint,
            selection=found.selection,
        )

    def _begin(self, started_at: datetime, kind: BackupKind) -> Sealing:
        """From here on there is something in the repositories; the staging folder says what."""
        server, copies = self.order.server_id, self.copies
        self.backup_id = layout.new_backup_id(started_at, kind)
        self.parts.staging.note(server, self.backup_id, [copy.name for copy in copies.good])
        self.parts.on_begin(self.backup_id)
        self.sign = SignOfLife(copies, server, self.backup_id, host=host_name(), who=self.order.who)
        self.sign.begin()
        return Sealing(copies, self.parts.ring, server, self.backup_id, self.reporter)

    def _dump(self, dump: SnapshotDump, sealing: Sealing, parent: Manifest | None) -> SealedDump:
        repositories = [copy.repository for copy in self.copies.good]

        def parents_contents() -> bytes:
            if parent is None:
                raise BackupError("A full backup refers to no other")
            return table_of_contents_of(parent, repositories, self.parts.ring)

        expected = None if dump.choice.unchanged else self.parts.expected_bytes
        self.reporter.phase("dump", expected)
        if dump.coming.archive_format is ArchiveFormat.CUSTOM:
            return stream(dump, sealing, kind=self.order.kind, reporter=self.reporter)
        return directory(
            dump,
            sealing,
            self.parts.staging.dump,
            kind=self.order.kind,
            files_at_once=self.parts.settings.backup.files_at_once,
            parents_contents=parents_contents,
            reporter=self.reporter,
        )

    def clear_up(self) -> None:
        """Take away what was stored in repositories that have no manifest of it now."""
        if not self.backup_id:
            return
        if self.sign is not None:
            self.sign.end()
        without = [copy for copy in self.copies.all if not copy.is_committed]
        for sentence in self.copies.discard(without, self.order.server_id, self.backup_id):
            self.reporter.note(sentence)

    def _parent(self, database: str) -> Manifest | None:
        """The backup whose tables may be referred to, where an incremental one is asked for."""
        if self.order.kind is not BackupKind.INCREMENTAL:
            return None
        parent, problems = newest_parent(
            self.parts.entries,
            server=self.order.server_id,
            database=database,
            repositories=[copy.repository for copy in self.copies.good],
            keys=self.parts.ring,
            on_damage=self.parts.on_damage,
        )
        for sentence in problems:
            self.reporter.note(sentence)
        return parent

    def _choice(self, parent: Manifest | None, coming: NextBackup) -> Choice:
        if self.order.kind is not BackupKind.INCREMENTAL:
            return Choice(self.order.kind, {}, "")
        longest = self.parts.settings.dump.incremental_chain
        choice = choose(parent, coming, longest_chain=longest)
        self.notes.append(
            choice.reason
            if choice.kind is BackupKind.INCREMENTAL
            else f"a full backup instead of an incremental one: {choice.reason}"
        )
        return choice

    def _globals(
        self, held: HeldSnapshot, programs: ClientPrograms, found: Preflight
    ) -> bytes | None:
        """Roles and tablespaces; a choice of tables has no use for them."""
        if self.order.kind is BackupKind.DATA:
            return None
        return dump_globals(
            held.endpoint, programs, passwords=found.passwords, reporter=self.reporter
        )

    def _first(self, sealing: Sealing, globals_: bytes | None) -> tuple[Artifact, ...]:
        """Store what is there before the dump: the way in without pgvigil, and the globals."""
        write_beside(self.copies, self.order.server_id, self.backup_id)
        if globals_ is None:
            return ()
        stored = sealing.seal_bytes(globals_, GLOBALS)
        return (artifact_of(stored, ArtifactRole.GLOBALS, self.backup_id),)
