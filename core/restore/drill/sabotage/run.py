"""A sabotage drill: a copy of a backup is spoilt in one way after another, and read each time."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime

from core.backup.keys.ring import OpeningKeys
from core.backup.keys.sources import load_opening_keys
from core.backup.opened import read_manifest_of
from core.backup.progress import JobReporter
from core.backup.repository.open import repository_named
from core.backup.staged_runs import clear_dead, state_in
from core.backup.staging import folder_of_state, staged, staging_root
from core.backup.unsealing import SealedSource
from core.config.settings import Settings
from core.errors import CancelledError, PgvigilError
from core.model.drill import Drill, DrillStatus, Trial
from core.model.restore import CheckState, TargetKind
from core.model.restore_target import TargetState
from core.restore.choose import Wanted, choose_backup, openable
from core.restore.drill.proving import Noted
from core.restore.drill.sabotage.acts import ACTS, KEY_REMOVED, Act
from core.restore.drill.sabotage.copy import PrivateCopy, copied
from core.restore.drill.timed import TimedReporter
from core.restore.fetch import fetch
from core.restore.preflight import Planned
from core.restore.preflight.server import server_checks
from core.store.store import Store

SABOTAGE = "sabotage"
_MAJOR = 10_000


def sabotage(
    drill: Drill, store: Store, settings: Settings, reporter: TimedReporter, noted: Noted
) -> Drill:
    """Spoil a private copy of the backup that ``drill`` names; gives what pgvigil saw of it.

    First the copy is read whole: what can't be read unspoilt proves nothing. The backup itself is
    only read.

    Raises:
        BackupError: the backup can't be read, unspoilt as it is.
        RestoreError: there is no room for a copy.
        RepositoryError: the repository can't be read.
        CancelledError: a person cancelled the job.
        StoreError: the store can't be used.
    """
    keys = load_opening_keys(settings.encryption, settings.keys)
    entries = store.catalog.entries(drill.server_id)
    choice = choose_backup(
        entries,
        Wanted(drill.server_id, drill.database, backup_id=drill.backup_id),
        keys=openable(entries, keys),
        repositories=settings.backup.copies or tuple(settings.repositories),
    )
    entry, name = choice.entry, choice.copy.repository
    drill = replace(
        drill,
        backup_id=entry.backup_id,
        repository=name,
        snapshot_at=entry.snapshot_at,
        why=f"{drill.why}: {choice.why}" if drill.why else choice.why,
    )
    noted(drill)
    root = staging_root(settings.backup, folder_of_state(store))
    for sentence in clear_dead(root, settings, state_in(store)):
        reporter.note(sentence)
    with (
        closing(repository_named(name, settings.repositories, reporter)) as repository,
        staged(root, drill.drill_id) as staging,
    ):
        manifest = read_manifest_of(repository, entry.server_id, entry.backup_id, keys)
        copy = copied(repository, manifest, keys, staging.dump, reporter)
        reporter.phase(SABOTAGE)
        _read(copy, keys, reporter)
        trials = [tried(act, copy, reporter) for act in _acts(entry.key_of(choice.copy))]
        trials.append(_older_server(copy))
        reporter.phase("clean up")
    reporter.end()
    drill = replace(
        drill,
        trials=tuple(trials),
        phases=reporter.over,
        sealed_bytes=sum(each.sealed_bytes for each in manifest.artifacts),
        plain_bytes=sum(each.plain_bytes for each in manifest.artifacts),
        finished_at=datetime.now(UTC),
    )
    return replace(drill, status=DrillStatus.FAILED if drill.undetected else DrillStatus.PASSED)


def _acts(key_id: str) -> tuple[Act, ...]:
    """Of a backup in the clear no key can be removed."""
    return (KEY_REMOVED, *ACTS) if key_id else ACTS


def _read(copy: PrivateCopy, keys: OpeningKeys, reporter: JobReporter) -> None:
    """What a restore reads before a server sees anything: all of it, to its end."""
    backup_id = copy.manifest.backup_id
    with copy.opened() as repository, copy.emptied() as folder:
        manifest = read_manifest_of(repository, copy.server, backup_id, keys)
        source = SealedSource.of(repository, copy.server, keys)
        fetch(source, manifest.artifacts, folder, reporter)


def tried(act: Act, copy: PrivateCopy, reporter: JobReporter) -> Trial:
    """What came of one act: it is seen where pgvigil refuses the copy for the right reason.

    Raises:
        CancelledError: a person cancelled the job.
    """

    def told(said: str, *, is_detected: bool) -> Trial:
        return Trial(act.name, act.done, is_detected, said, act.person)

    with act.spoilt(copy) as keys:
        try:
            _read(copy, keys, reporter)
        except CancelledError:
            raise
        except PgvigilError as error:
            said = f"{error.what}: {error.why}" if error.why else error.what
            return told(said, is_detected=isinstance(error, act.expected))
    return told("nothing: it would have been restored", is_detected=False)


def _older_server(copy: PrivateCopy) -> Trial:
    """The backup planned for a server that is a major version older than what it was dumped of."""
    manifest = copy.manifest
    older = manifest.server_version - _MAJOR
    checks = server_checks(
        Planned(
            manifest=manifest,
            entries=(),
            codec="utf-8",
            target=_empty_target(older),
            kind=TargetKind.BESIDE,
            database="drill",
            staged_bytes=0,
            staging_free=0,
            target_free=None,
            workers=1,
        )
    )
    check = next(each for each in checks if each.name == "version")
    return Trial(
        "older server",
        f"the restore was planned for PostgreSQL {older // _MAJOR}",
        is_detected=check.state is CheckState.STOP,
        said=check.what,
        person=f"{check.remedy[:1].upper()}{check.remedy[1:]}.",
    )


def _empty_target(version: int) -> TargetState:
    return TargetState(
        server_version=version,
        is_standby=False,
        role="postgres",
        is_superuser=True,
        may_create_databases=True,
        may_create_roles=True,
        bypasses_row_security=True,
        member_of=frozenset({"postgres"}),
        roles=frozenset({"postgres"}),
        tablespaces=frozenset(),
        extensions=(),
        collations=frozenset(),
        collation_names=frozenset(),
        later_collations=frozenset(),
        has_icu=True,
        databases=(),
        preloaded=(),
        free_slots=100,
        system_identifier="",
    )
