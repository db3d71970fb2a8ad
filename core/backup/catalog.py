"""The catalog brought in line with what a repository holds: the repository is right."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from core.backup import identity, layout
from core.backup.copy_keys import look_at_keys
from core.backup.fate import take_over
from core.backup.keys.ring import OpeningKeys
from core.backup.one_place import check_single
from core.backup.opened import read_manifest_of, read_wraps_of
from core.backup.progress import JobReporter
from core.backup.recognised import recognise, recognise_place
from core.backup.repository.protocol import Repository
from core.config.repository_settings import RepositorySettings
from core.errors import CancelledError, DamagedArtifactError, PgvigilError, StoreError
from core.model.backup import BackupCopy, CatalogEntry, CopyState, Manifest, VerificationLevel
from core.store.catalog import Catalog


@dataclass(frozen=True, slots=True)
class CatalogNews:
    """What was found in a repository that the catalog did not know.

    ``added`` were unknown, ``found`` are copies that were missing or not known here, ``vanished``
    are copies that are no longer there. ``problems`` are backups that can't be read, with reasons.
    """

    repository: str
    added: tuple[str, ...] = ()
    found: tuple[str, ...] = ()
    vanished: tuple[str, ...] = ()
    problems: tuple[tuple[str, str], ...] = ()


@dataclass(slots=True)
class _Seen:
    """The objects of one backup's folder that say what became of it.

    ``wraps`` is when its ``wraps.json`` was written.
    """

    manifest: bool = False
    wraps: datetime | None = None
    protected: bool = False
    expired: bool = False
    restored: bool = False
    destroying: bool = False


@dataclass(slots=True)
class _News:
    added: list[str] = field(default_factory=list)
    found: list[str] = field(default_factory=list)
    vanished: list[str] = field(default_factory=list)
    problems: list[tuple[str, str]] = field(default_factory=list)


def bring_in_line(
    repository: Repository,
    catalog: Catalog,
    keys: OpeningKeys,
    *,
    server: str = "",
    besides: Iterable[str] = (),
    configured: Mapping[str, RepositorySettings],
    reporter: JobReporter,
) -> CatalogNews:
    """Have the catalog say of ``server`` what the repository holds.

    Empty: of all that have a folder there, and of those ``besides``, which should have one.
    ``configured`` are the repositories of the config: none of them may be this one too.

    The names in the repository are listed; opened are only the manifests of backups that the
    catalog does not know. A copy whose manifest is gone is MISSING, one whose wrapped keys are
    destroyed EXPIRED, or DAMAGED where it had not expired. A copy in its time of grace keeps its
    state and has ``expired_at``; what is kept elsewhere is told by those places. Protection of a
    backup with several copies is taken back only by who takes it back everywhere
    (``Catalog.unprotect``). Which key each copy is sealed with is read where its ``wraps.json`` is
    another than was known.

    Raises:
        OtherRepositoryError: it is not the repository that the catalog means.
        SamePlaceError: it is another repository of the config by another name.
        NewerFormatError: a newer pgvigil made the repository.
        RepositoryError: the repository can't be read; the catalog says what it did before.
        StoreError: the catalog can't be written.
        CancelledError: a person cancelled the job.
    """
    identity.check_format(repository)
    news = _News()
    servers = [server] if server else sorted({*servers_in(repository), *besides})
    if not servers:
        recognise_place(repository, catalog)
    for name in servers:
        _Line(repository, catalog, keys, name, configured, reporter, news).bring()
    return CatalogNews(
        repository.name,
        tuple(news.added),
        tuple(news.found),
        tuple(news.vanished),
        tuple(news.problems),
    )


def entry_of(manifest: Manifest, key_id: str, copies: tuple[BackupCopy, ...]) -> CatalogEntry:
    """A manifest as the catalog lists it."""
    own = [each for each in manifest.artifacts if each.backup_id == manifest.backup_id]
    return CatalogEntry(
        backup_id=manifest.backup_id,
        server_id=manifest.server_id,
        system_identifier=manifest.system_identifier,
        database=manifest.database,
        kind=manifest.kind,
        parent_id=manifest.parent_id,
        chain_id=manifest.chain_id,
        needs=manifest.ancestors,
        snapshot_at=manifest.snapshot_at,
        finished_at=manifest.finished_at,
        sealed_bytes=manifest.sealed_bytes,
        plain_bytes=sum(each.plain_bytes for each in own),
        key_id=key_id,
        copies=copies,
        table_bytes=manifest.table_bytes,
        selection=manifest.selection.in_order(),
        sequenced_at=manifest.sequenced_at,
        meant_for=manifest.copies,
        warnings=manifest.warnings,
    )


@dataclass(frozen=True, slots=True)
class _Line:
    """One server's part of one repository."""

    _repository: Repository
    _catalog: Catalog
    _keys: OpeningKeys
    _server: str
    _configured: Mapping[str, RepositorySettings]
    _reporter: JobReporter
    _news: _News

    def bring(self) -> None:
        """Compare every backup that the repository or the catalog has."""
        known = {entry.backup_id: entry for entry in self._catalog.entries(self._server)}
        check_single(
            self._repository,
            self._catalog,
            self._server,
            entries=known.values(),
            configured=self._configured,
        )
        seen = self._seen()
        present = {backup_id for backup_id, there in seen.items() if there.manifest}
        recognise(
            self._repository,
            self._catalog,
            self._server,
            entries=known.values(),
            present=present,
        )
        for backup_id, there in seen.items():
            self._reporter.check_cancelled()
            if there.manifest:
                try:
                    self._take(backup_id, there, known.get(backup_id))
                except (StoreError, CancelledError):
                    raise
                except PgvigilError as error:
                    self._problem(backup_id, known.get(backup_id), error)
        for backup_id, entry in known.items():
            if backup_id not in seen or not seen[backup_id].manifest:
                self._miss(entry)
        written = {
            backup_id: there.wraps
            for backup_id, there in seen.items()
            if there.manifest and there.wraps is not None
        }
        look_at_keys(
            self._repository,
            self._catalog,
            self._keys,
            self._server,
            written=written,
            reporter=self._reporter,
        )

    def _seen(self) -> dict[str, _Seen]:
        prefix = layout.server_folder(self._server)
        seen: dict[str, _Seen] = {}
        for listed in self._repository.list(prefix):
            place = layout.place_of(listed.path)
            if place is None:
                continue
            at, there = place.backup_id, seen.setdefault(place.backup_id, _Seen())
            there.manifest |= listed.path == layout.manifest_file(self._server, at)
            if listed.path == layout.wraps_file(self._server, at):
                there.wraps = listed.modified_at
            there.protected |= listed.path == layout.protected_file(self._server, at)
            there.expired |= listed.path == layout.expired_file(self._server, at)
            there.restored |= listed.path == layout.restored_file(self._server, at)
            there.destroying |= listed.path.startswith(layout.destroying_prefix(self._server, at))
        return seen

    def _take(self, backup_id: str, there: _Seen, entry: CatalogEntry | None) -> None:
        """A backup whose manifest is there."""
        name = self._repository.name
        if entry is None:
            if not there.wraps and (there.expired or there.destroying):
                return  # destroyed but for its last objects: there is nothing left to know
            manifest = read_manifest_of(self._repository, self._server, backup_id, self._keys)
            self._check_system(manifest)
            wraps = read_wraps_of(self._repository, self._server, backup_id)
            key_id = next(iter(sorted(wraps.key_ids)), "")
            self._catalog.add(entry_of(manifest, key_id, (_copy(backup_id, name),)), manifest)
            self._news.added.append(backup_id)
        elif not there.wraps:
            self._catalog.record_copy(_without_keys(_copy(backup_id, name), there))
        elif not any(
            copy.repository == name and copy.state in {CopyState.COMPLETE, CopyState.DAMAGED}
            for copy in entry.copies
        ):
            self._catalog.record_copy(_copy(backup_id, name))
            self._news.found.append(backup_id)
        take_over(
            self._repository,
            self._catalog,
            self._server,
            backup_id,
            entry,
            is_protected=there.protected,
            has_expired=there.expired,
            was_restored=there.restored,
        )

    def _check_system(self, manifest: Manifest) -> None:
        there = identity.system_of(self._repository, self._server) or ""
        identity.check_same(self._repository, self._server, there, manifest.system_identifier)

    def _problem(self, backup_id: str, entry: CatalogEntry | None, error: PgvigilError) -> None:
        why = f"{error.what}: {error.why}" if error.why else error.what
        self._news.problems.append((backup_id, why))
        if entry is not None and isinstance(error, DamagedArtifactError):
            damaged = replace(_copy(backup_id, self._repository.name), problem=why)
            self._catalog.record_copy(replace(damaged, state=CopyState.DAMAGED))

    def _miss(self, entry: CatalogEntry) -> None:
        """A backup that the catalog knows here, and whose manifest was not listed."""
        name = self._repository.name
        copies = [copy for copy in entry.copies if copy.repository == name]
        if not copies or copies[0].state is CopyState.MISSING:
            return
        # It may have been written since the list was made.
        if self._repository.exists(layout.manifest_file(self._server, entry.backup_id)):
            return
        missing = replace(copies[0], state=CopyState.MISSING, level=VerificationLevel.NONE)
        missing = replace(missing, verified_at=None, problem="it is no longer in the repository")
        self._catalog.record_copy(missing)
        self._news.vanished.append(entry.backup_id)


def _copy(backup_id: str, repository: str) -> BackupCopy:
    """A copy that is there, and of which nothing more is known."""
    return BackupCopy(backup_id, repository, CopyState.COMPLETE, VerificationLevel.NONE, None)


def _without_keys(copy: BackupCopy, there: _Seen) -> BackupCopy:
    """Destroyed where it has expired; else its keys are lost, and another copy may have them."""
    if there.expired:
        return replace(copy, state=CopyState.EXPIRED, problem="its keys are destroyed")
    return replace(copy, state=CopyState.DAMAGED, problem="wraps.json is not there")


def servers_in(repository: Repository) -> Iterator[str]:
    """The servers that have a folder there.

    Raises:
        RepositoryError: the repository can't be listed.
    """
    for folder in repository.folders():
        name = layout.decoded_server(folder)
        if name is not None:
            yield name
