"""What a person asks to have restored, and what that means: which backup, of what, and where to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from core.api.backup_names import ContradictionError, meant_by, require_of, unknown_server
from core.config.settings import Settings
from core.errors import RestoreError
from core.model.restore import SCRATCH_SERVER, ChosenTable, RestoreWish, TargetKind
from core.model.restore_operation import RestoreOperation, RestoreStatus
from core.store.store import Store

_ON_EVERY_SERVER = frozenset({"postgres", "template0", "template1"})
_BY_WORD = (
    "leave that out, or name another backup (pgvigil backup list); to which server a restore goes,"
    " says --to, and to which database, --name"
)


@dataclass(frozen=True, slots=True)
class RestoreRequest:
    """What a person wants restored; what is empty is found: the only server, the newest backup.

    ``backup`` is an id, or its beginning or end. ``name`` is the new database's, or with ``swap``
    that of the live one that it takes the place of, with ``merge`` that of the live one into which
    tables go, ``dependents`` with what stood on them. ``scratch`` is a server started for it; with
    ``globals_only`` what is missing of roles and tablespaces is made.
    ``apply`` is the merge whose staged rows are to be merged, and all else is as it was there.
    """

    server: str = ""
    database: str = ""
    backup: str = ""
    repository: str = ""
    moment: datetime | None = None
    tables: tuple[ChosenTable, ...] = ()
    to_server: str = ""
    name: str = ""
    owners: bool = True
    schemas: tuple[str, ...] = ()
    rows: bool = True
    swap: bool = False
    merge: bool = False
    dependents: bool = False
    create_roles: bool = False
    scratch: bool = False
    apply: str = ""
    update: bool = False
    delete: bool = False
    globals_only: bool = False


def wish_of(
    request: RestoreRequest, store: Store, settings: Settings, *, now: datetime | None = None
) -> RestoreWish:
    """What a request means.

    Raises:
        UnknownNameError: there is no such server or backup.
        ContradictionError: the backup is of another server or database, or not to be chosen.
        RestoreError: it could mean more than one thing.
    """
    server, database, backup_id = request.server, request.database, ""
    if request.backup:
        backup_id = meant_by(request.backup, store)
        _require_one_choice(request, backup_id)
        if (entry := store.catalog.get(backup_id)) is not None:
            require_of(entry, server, database, remedy=_BY_WORD)
            server, database = entry.server_id, entry.database
    server = server or _only_server(store)
    database = database or _only_database(server, store)
    target = _target(request)
    target_server = (
        SCRATCH_SERVER
        if target is TargetKind.SCRATCH
        else _target_server(request.to_server or server, settings)
    )
    usual = _usual_name(target, database, now or datetime.now(UTC))
    if target is TargetKind.GLOBALS:
        usual = target_server
    return RestoreWish(
        server_id=server,
        database=database,
        target=target,
        target_server=target_server,
        target_database=request.name or usual,
        moment=request.moment,
        backup_id=backup_id,
        repository=request.repository,
        tables=request.tables,
        owners=request.owners,
        schemas=request.schemas,
        rows=request.rows,
        dependents=request.dependents,
        create_roles=request.create_roles,
    )


def staged_wish(
    request: RestoreRequest, first: RestoreOperation, settings: Settings
) -> RestoreWish:
    """The merge of the rows that an earlier one staged.

    Raises:
        UnknownNameError: the config has its server no longer.
        RestoreError: it has nothing staged.
    """
    if first.target is not TargetKind.MERGE or first.status is not RestoreStatus.COMPLETED:
        raise RestoreError(
            f"Restore {first.operation_id} has nothing staged",
            why=f"it went by {first.target.value}, and is {first.status.value}",
            remedy="pgvigil restore plan --merge --table SCHEMA.NAME stages rows",
        )
    return RestoreWish(
        server_id=first.server_id,
        database=first.database,
        target=TargetKind.MERGE,
        target_server=_target_server(first.target_server, settings),
        target_database=first.target_database,
        backup_id=first.backup_id,
        repository=first.repository,
        staged_by=first.operation_id,
        update=request.update,
        delete=request.delete,
    )


def _require_one_choice(request: RestoreRequest, backup_id: str) -> None:
    if request.moment is not None:
        raise ContradictionError(
            "Either a backup is named, or the newest before a moment is taken",
            why=f"backup {backup_id} and a moment were given: a backup is of one moment alone",
            remedy="leave --backup out, or --before; pgvigil backup list tells each one's moment",
        )


def _only_server(store: Store) -> str:
    known = store.catalog.servers()
    if len(known) == 1:
        return known[0]
    raise RestoreError(
        "It is not clear of which server the backup shall be",
        why=f"there are backups of {', '.join(known) or 'none'}",
        remedy="name the server; pgvigil backup list shows them"
        if known
        else "pgvigil backup import asks the repositories what they hold",
    )


def _only_database(server: str, store: Store) -> str:
    known = sorted({each.database for each in store.catalog.entries(server)})
    if len(known) == 1:
        return known[0]
    if not known:
        raise unknown_server(
            server,
            store.catalog.servers(),
            who="there are backups of",
            remedy="pgvigil backup import asks the repositories what they hold",
        )
    raise RestoreError(
        "It is not clear which database shall be restored",
        why=f"there are backups of {', '.join(known)}",
        remedy="name it: --database NAME",
    )


def _target_server(name: str, settings: Settings) -> str:
    if name not in settings.servers:
        raise unknown_server(
            name,
            settings.servers,
            who="the config has",
            remedy="a restore goes to a server of the config: --to NAME",
        )
    return name


def _target(request: RestoreRequest) -> TargetKind:
    """The kind of target that is asked for.

    Raises:
        RestoreError: more than one is.
    """
    if request.swap and request.merge:
        raise RestoreError(
            "A restore is either swapped or merged",
            why="a swap puts a whole database into the live one's place; a merge, chosen tables",
            remedy="leave one of them out",
        )
    if request.globals_only:
        return _globals_alone(request)
    if request.scratch:
        if request.swap or request.merge or request.to_server:
            raise RestoreError(
                "A scratch server is one of its own: nothing is swapped or merged there",
                why="another server, a swap or a merge was asked for beside it",
                remedy="ask for one of them",
            )
        return TargetKind.SCRATCH
    if request.swap:
        return TargetKind.SWAP
    return TargetKind.MERGE if request.merge else TargetKind.BESIDE


def _globals_alone(request: RestoreRequest) -> TargetKind:
    asked = (request.swap, request.merge, request.scratch, request.tables, request.schemas)
    if any(asked) or request.name or not request.rows:
        raise RestoreError(
            "Roles and tablespaces belong to a server, and come back by themselves",
            why="something of a database was asked for beside them",
            remedy="leave it out, or plan it on its own",
        )
    return TargetKind.GLOBALS


def _usual_name(target: TargetKind, database: str, now: datetime) -> str:
    """On a scratch server a database keeps its name, if the server has none of that name itself."""
    is_new = target is TargetKind.BESIDE or (
        target is TargetKind.SCRATCH and database in _ON_EVERY_SERVER
    )
    return f"{database}_restored_{now:%Y%m%d_%H%M}" if is_new else database
