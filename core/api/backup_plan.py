"""What a backup would do if it were started now."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from core.api.launch import Launch
from core.backup.layout import parse_backup_id
from core.backup.ordered import Asked, asked_for
from core.backup.parent import candidates
from core.config.backup_settings import EVERY_DATABASE
from core.config.dsn import parameters_of
from core.config.schedules import schedules_of
from core.config.settings import Settings
from core.model.backup import BackupKind, CatalogEntry, Selection
from core.model.backup_detail import BackupPlan, PlannedDatabase
from core.model.databases import Databases
from core.model.job import JobKind, JobOrder
from core.model.protection import SetUpStep
from core.model.server import ServerInfo
from core.model.snapshot import Subject
from core.model.unknown import Unknown
from core.schedule.overview_keys import missing_steps

if TYPE_CHECKING:
    from core.store.store import Store

_TEMPLATES = frozenset({"template0", "template1"})
_NO_EARLIER = Unknown("how large, and for how long, is not known: it is the first of its kind")
_NOT_SEEN = Unknown("which databases there are is asked of the server when it begins")
_REFUSALS = {
    SetUpStep.KEY: "there is no key that could seal it: pgvigil key init makes one",
    SetUpStep.KEY_CONFIRMED: "nobody has confirmed that the key is kept elsewhere: "
    "pgvigil key confirm, or [encryption] recovery_kept_by",
    SetUpStep.REPOSITORY: "there is no repository: [repositories.local] with a path",
    SetUpStep.COPIES: 'nothing says where it goes: [backup] copies = ["local"]',
}


def plan_backup(store: Store, launch: Launch, order: JobOrder) -> BackupPlan:
    """What a backup by this order would do, and the reasons for which it can't begin.

    Raises:
        ConfigError: what is ordered can't be understood.
        StoreError: the store can't be read.
    """
    settings, server_id = launch.settings, order.server_id
    asked = asked_for(order, settings) if settings.backup.copies else None
    before, after = _hooks(settings, order)
    return BackupPlan(
        order=order,
        kind=BackupKind(order.arguments["kind"]),
        databases=() if asked is None else _planned(store, settings, server_id, asked),
        copies=asked.copies if asked else (),
        key_name=settings.encryption.key if settings.encryption.enabled else "",
        key_id=_key_id(store, settings),
        staging=_staging(launch),
        selection=asked.selection if asked else Selection(),
        keep=asked.keep if asked else "",
        before=before,
        after=after,
        refusals=(
            *(_REFUSALS[step] for step in SetUpStep if step in missing_steps(store, settings)),
            *_under_way(store, server_id),
        ),
    )


def _planned(
    store: Store, settings: Settings, server_id: str, asked: Asked
) -> tuple[PlannedDatabase, ...] | Unknown:
    """Each database that the backup is about, as far as they are known before it begins."""
    names = _names(store, settings, server_id, asked.databases)
    if isinstance(names, Unknown):
        return names
    entries: defaultdict[str, list[CatalogEntry]] = defaultdict(list)
    for entry in store.catalog.entries(server_id):
        entries[entry.database].append(entry)
    longest = settings.dump.incremental_chain
    return tuple(_database(store, name, entries[name], asked, longest) for name in names)


def _names(
    store: Store, settings: Settings, server_id: str, asked: Sequence[str]
) -> tuple[str, ...] | Unknown:
    """Those that are named; else those that the server was last seen to have.

    Where none is asked for, that is the one that is connected to: as seen, else as the config
    names it.
    """
    if asked and tuple(asked) != (EVERY_DATABASE,):
        return tuple(asked)
    seen = store.snapshots.one(server_id, Subject.DATABASES if asked else Subject.SERVER)
    body = seen.body if seen is not None else None
    if isinstance(body, Databases):
        names = {each.name for each in body.databases}
        return tuple(sorted(names - _TEMPLATES.union(settings.backup.exclude_databases)))
    if isinstance(body, ServerInfo):
        return (body.database,)
    configured = "" if asked else _configured(settings, server_id)
    return (configured,) if configured else _NOT_SEEN


def _configured(settings: Settings, server_id: str) -> str:
    """The database that the config names for a server; empty where that is left to libpq."""
    server = settings.servers.get(server_id)
    return "" if server is None else server.dbname or parameters_of(server.dsn).get("dbname", "")


def _database(
    store: Store, name: str, entries: Sequence[CatalogEntry], asked: Asked, longest_chain: int
) -> PlannedDatabase:
    parent_id, instead = "", ""
    if asked.kind is BackupKind.INCREMENTAL:
        parent_id, instead = _parent(store, name, entries, asked, longest_chain)
    kind = BackupKind.FULL if instead else asked.kind
    alike = max(
        (each for each in entries if each.kind is kind),
        key=lambda each: each.order,
        default=None,
    )
    return PlannedDatabase(
        name,
        _NO_EARLIER if alike is None else alike.sealed_bytes,
        _NO_EARLIER if alike is None else _seconds(alike),
        parent_id,
        instead,
    )


def _parent(
    store: Store, name: str, entries: Sequence[CatalogEntry], asked: Asked, longest_chain: int
) -> tuple[str, str]:
    """The backup that an incremental one builds upon; else why a full one is taken instead."""
    found = candidates(entries, database=name, repositories=asked.copies)
    parent = next(found, None)
    if parent is None:
        return "", f"no earlier backup is good in each of {', '.join(asked.copies)}"
    manifest = store.catalog.manifest(parent.backup_id)
    if manifest is not None and manifest.generation + 1 > longest_chain:
        return "", f"the chain has its {longest_chain} incremental backups"
    return parent.backup_id, ""


def _seconds(entry: CatalogEntry) -> float:
    """How long it took, by the second in its id."""
    name = parse_backup_id(entry.backup_id)
    began = entry.snapshot_at if name is None else name.started_at
    return max(0.0, (entry.finished_at - began).total_seconds())


def _hooks(settings: Settings, order: JobOrder) -> tuple[str, str]:
    """The programs that run before and after; empty where there is none."""
    for schedule in schedules_of(settings, order.server_id):
        if order.schedule and schedule.name == order.schedule:
            return _program(schedule.before.command), _program(schedule.after.command)
    return "", ""


def _program(command: Sequence[str]) -> str:
    """Its name without its arguments, which may hold what is not for a screen."""
    return command[0] if command else ""


def _key_id(store: Store, settings: Settings) -> str | Unknown:
    """The newest key of the name that the config gives; empty where nothing is sealed."""
    if not settings.encryption.enabled:
        return ""
    records = [each for each in store.backup_keys.all() if each.name == settings.encryption.key]
    if not records:
        return Unknown("its id is told once the job has read it")
    return max(records, key=lambda each: each.made_at).key_id


def _staging(launch: Launch) -> str:
    given = launch.settings.backup.staging
    return str(Path(given).expanduser() if given else launch.state_folder / "staging")


def _under_way(store: Store, server_id: str) -> list[str]:
    """A second backup of a server is refused while one runs."""
    return [
        f"a backup runs already: job {job.job_id}, asked by {job.order.who}"
        for job in store.jobs.under_way()
        if job.order.server_id == server_id and job.order.kind is JobKind.BACKUP
    ]
