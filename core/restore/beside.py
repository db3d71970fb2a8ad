"""A backup restored as a new database: nothing that is there is touched, and it is proven."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from core.backup.dump.endpoint import Endpoint
from core.backup.dump.table_of_contents import (
    TABLE_DATA,
    TocEntry,
    read_table_of_contents,
    write_table_of_contents,
)
from core.backup.progress import JobReporter
from core.backup.unsealing import SealedSource
from core.errors import RestoreError
from core.model.backup import ArchiveFormat, Manifest
from core.postgres.client_programs import ClientPrograms
from core.postgres.text import python_codec
from core.restore.archive.at_once import workers_for
from core.restore.archive.in_turn import in_turn
from core.restore.archive.list_file import list_file
from core.restore.archive.own import Own
from core.restore.archive.roles import NOTHING_LACKS, Lacking, without_roles
from core.restore.archive.taken import Taken
from core.restore.fetch import fetch, needed_artifacts
from core.restore.globals.named import NO_NEW_ROLES, NewRoles
from core.restore.merge.foreign_keys import KeyNames
from core.restore.program import ArchiveRestore, run_rest, run_restore
from core.restore.target.create import create_statements, created
from core.restore.target.own import give
from core.restore.target.roles import create_roles
from core.restore.validate import (
    NOTHING_FURTHER,
    NOTHING_LOOKED_AT,
    Further,
    Looked,
    Validation,
    look_at_named,
    look_at_part,
    look_further,
    validate,
)


@dataclass(frozen=True, slots=True)
class NewDatabase:
    """Where a backup goes: ``name`` on the server that ``endpoint`` leads to, to another database.

    ``programs`` are not older than those that wrote the archive. Without ``owners`` everything
    belongs to the role that restores; roles that are ``lacking`` own nothing and are granted
    nothing, those in ``roles`` are made. What the backed up database had of its ``own`` is given to
    it in the end, which opens it; where that is ``None`` it stays closed.
    ``further`` is what is looked at besides the backup's fingerprint.
    """

    endpoint: Endpoint
    programs: ClientPrograms
    name: str
    operation_id: str
    workers: int
    owners: bool = True
    tablespace: str = ""
    own: Own | None = None
    lacking: Lacking = NOTHING_LACKS
    roles: NewRoles = NO_NEW_ROLES
    further: Further = NOTHING_FURTHER


def restore_beside(
    source: SealedSource,
    manifest: Manifest,
    new: NewDatabase,
    staging: Path,
    reporter: JobReporter,
    *,
    chosen: Taken | None = None,
) -> Validation:
    """Restore as a new database; gives what comparing it with the backup found.

    All of the backup, where nothing is ``chosen``; else only the files of what is are fetched.

    Where anything fails the new database is dropped again: what is there afterwards is whole.
    ``staging`` is an empty folder; whoever made it takes it away.

    Raises:
        DamagedArtifactError: the backup is not what it was; the server was not touched.
        RestoreError: the server refused; the new database is not there.
        BackupError: a program could not be started, or the result could not be read.
        RepositoryError: the repository can't be read.
        CancelledError: a person cancelled the job.
    """
    files = None if chosen is None else chosen.files
    fetched = fetch(source, needed_artifacts(manifest, files), staging, reporter)
    do_without(new.lacking, fetched.archive, manifest)
    new = replace(new, endpoint=new.endpoint.writable())
    target = new.endpoint.with_database(new.name)
    with_rows = chosen is None or chosen.listed is not None or chosen.is_everything
    archive = ArchiveRestore(
        fetched.archive,
        workers_for(() if chosen is None else chosen.entries, new.workers),
        row_bytes=_row_bytes(manifest, fetched.archive, chosen) if with_rows else {},
        owners=new.owners,
        rows=with_rows,
    )
    connection = new.endpoint.connect_to_change()
    statements = create_statements(
        new.name,
        manifest.fingerprint,
        new.operation_id,
        new.endpoint.server_version,
        tablespace=new.tablespace,
    )
    try:
        refused = create_roles(connection, new.roles)
        with created(connection, new.name, statements):
            _run(new, archive, chosen, staging, reporter)
            found = validate(
                target, manifest, workers=new.workers, reporter=reporter, chosen=chosen
            )
            more = _looked_further(new, manifest, chosen, found, staging=staging, reporter=reporter)
            found = replace(
                found,
                differences=(
                    *refused,
                    *found.differences,
                    *_without_keys(manifest, chosen),
                    *more.differences,
                ),
                unchecked=(*found.unchecked, *more.unchecked),
                sound=(*found.sound, *more.sound),
            )
            if new.own is not None:
                given = give(connection, target, new.own)
                found = replace(found, differences=(*found.differences, *given))
    finally:
        connection.close()
    return found


def _looked_further(
    new: NewDatabase,
    manifest: Manifest,
    chosen: Taken | None,
    found: Validation,
    *,
    staging: Path,
    reporter: JobReporter,
) -> Looked:
    """What is looked at besides the fingerprint, and what that tells in a hash alone."""
    target, programs = new.endpoint.with_database(new.name), new.programs
    more = NOTHING_LOOKED_AT
    if chosen is not None and chosen.listed is not None:
        more += look_at_part(
            target, programs, manifest, chosen.listed, folder=staging, reporter=reporter
        )
    elif chosen is not None:
        named = look_at_named(
            target,
            programs,
            manifest,
            chosen.entries,
            found.differences,
            folder=staging,
            reporter=reporter,
        )
        more += Looked(named)
    empty = frozenset() if chosen is None else chosen.empty
    return more + look_further(target, programs, new.further, reporter, empty=empty)


def _without_keys(manifest: Manifest, chosen: Taken | None) -> Iterator[str]:
    """The foreign keys that restored tables lack, as the table on the other side is not chosen."""
    if chosen is None:
        return
    restored = {each.dump_id for each in chosen.entries}
    codec = python_codec(manifest.fingerprint.encoding)
    for each in chosen.left_out:
        if each.table.dump_id in restored:
            key = KeyNames(each, codec)
            yield f"{key.told} is left out: {'.'.join(key.referenced)} is not chosen"


def do_without(lacking: Lacking, archive: Path, manifest: Manifest) -> None:
    """Have the archive ask for no role that the target lacks."""
    if not lacking or manifest.archive_format is not ArchiveFormat.DIRECTORY:
        return
    path = archive / "toc.dat"
    codec = python_codec(manifest.fingerprint.encoding)
    contents = without_roles(read_table_of_contents(path.read_bytes()), lacking, codec)
    path.write_bytes(write_table_of_contents(contents))


def _run(
    new: NewDatabase,
    archive: ArchiveRestore,
    chosen: Taken | None,
    staging: Path,
    reporter: JobReporter,
) -> None:
    """Restore what was chosen: all at once, but for indexes of partitions, which are attached."""
    target = new.endpoint.with_database(new.name)

    def listed(entries: Sequence[TocEntry], name: str) -> ArchiveRestore:
        path = staging / f"{name}.list"
        path.write_bytes(list_file(entries))
        return replace(archive, list_file=path)

    turns = in_turn(chosen.entries) if chosen is not None else None
    if turns is None or not turns.attached:
        given = chosen.listed if chosen is not None else None
        whole = archive if given is None else listed(given, "entries")
        run_restore(target, new.programs, whole, reporter)
        return
    run_restore(target, new.programs, listed(turns.before, "before"), reporter)
    one_by_one = replace(listed(turns.attached, "attached"), workers=1)
    run_rest(target, new.programs, one_by_one, reporter)
    if turns.after:
        run_rest(target, new.programs, listed(turns.after, "after"), reporter)


def _row_bytes(manifest: Manifest, archive: Path, chosen: Taken | None) -> dict[int, int]:
    """The sizes of the files whose rows are restored, by the number of their entry."""
    if manifest.archive_format is not ArchiveFormat.DIRECTORY:
        return {}
    sizes = {path.name.partition(".")[0]: path.stat().st_size for path in archive.iterdir()}
    return {
        each.dump_id: sizes.get(str(each.dump_id), 0)
        for each in (chosen.entries if chosen is not None else _entries(archive))
        if each.description == TABLE_DATA
    }


def _entries(archive: Path) -> tuple[TocEntry, ...]:
    try:
        return read_table_of_contents((archive / "toc.dat").read_bytes()).entries
    except OSError as error:
        raise RestoreError(
            "The archive's table of contents can't be read", why=error.strerror or str(error)
        ) from error
