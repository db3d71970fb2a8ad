"""A scratch server's life: started for one restore, in a private folder, gone however it ends.

Whoever starts one clears away first what others left that died (``sweep``). One that a person asked
for outlives its restore: it is kept until that is undone.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlencode

import psycopg
from psycopg import sql

from core.backup.dump.endpoint import Endpoint
from core.backup.dump.table_of_contents import TableOfContents
from core.config.paths import with_home
from core.config.settings import ServerSettings, Settings
from core.errors import RestoreError
from core.model.backup import Manifest
from core.model.restore import SCRATCH_SERVER
from core.model.restore_operation import KeptServer
from core.postgres.client_programs import ClientPrograms
from core.postgres.embedded import (
    ClaimedFolder,
    EmbeddedServer,
    EmbeddedServerError,
    NoRoomError,
    ServerAccount,
    kept_for,
    server_account,
    sweep,
)
from core.postgres.embedded.folder import parents
from core.postgres.embedded.server import SUPERUSER
from core.postgres.target import Target
from core.postgres.text import python_codec
from core.restore.archive.own import roles_of_it
from core.restore.scratch.installation import Installation, installation_for
from core.store.local import host

PREFIX = "pgvigil-scratch-"
_ROOM_FACTOR = 3
"""Room beside the rows as the server had them: indexes, write-ahead log, the programs."""
_SPARE_CONNECTIONS = 20
_PASSWORD_FILE = "pgpass"  # noqa: S105 - a file's name


@dataclass(frozen=True, slots=True)
class ScratchServer:
    """A running one. ``origin`` says whose it is, ``free_bytes`` are those of its disk."""

    endpoint: Endpoint
    programs: ClientPrograms
    version: str
    origin: str
    free_bytes: int
    server: EmbeddedServer
    claimed: ClaimedFolder

    def keep(self, operation_id: str, database: str) -> KeptServer:
        """Have it outlive this process, until the restore is undone; says how it is reached.

        The DSN has no password: that stands in a file of the server's folder.

        Raises:
            RestoreError: the disk is full.
        """
        folder = self.claimed.path
        passwords = folder / _PASSWORD_FILE
        try:
            passwords.touch(mode=0o600)
            passwords.write_text(f"*:*:*:{SUPERUSER}:{self.server.password}\n", encoding="utf-8")
            self.claimed.keep(operation_id)
        except OSError as error:
            raise RestoreError(
                f"The scratch server in {folder} can't be kept",
                why=error.strerror or str(error),
                remedy="make room there, and run the restore again; it is gone",
            ) from error
        reached = {
            "host": str(self.server.socket_folder),
            "port": str(self.server.port),
            "passfile": str(passwords),
        }
        dsn = f"postgresql://{SUPERUSER}@/{quote(database, safe='')}?{urlencode(reached)}"
        return KeptServer(host(), str(folder), dsn)


def places(settings: Settings) -> tuple[Path, ...]:
    """Where scratch servers are made: the configured folder, else the usual ones."""
    configured = settings.drill.folder
    return (with_home(Path(configured)).resolve(),) if configured else parents()


def sweep_dead(settings: Settings) -> tuple[Path, ...]:
    """Clear away what scratch servers left whose process died; gives their folders."""
    return sweep(PREFIX, places(settings))


@contextmanager
def scratch_server(
    manifest: Manifest, contents: TableOfContents, settings: Settings, *, state_folder: Path
) -> Iterator[ScratchServer]:
    """A server for one restore of this backup, with its roles and tablespaces, all empty.

    It listens on a socket in its folder alone. When the context ends, it and its folder are gone,
    unless it was kept.

    Raises:
        RestoreError: there is no PostgreSQL to start, no room, or what the backup needs can't be
            made.
        EmbeddedServerError: it does not start.
        ConnectError: it can't be reached.
    """
    sweep_dead(settings)
    account = server_account()
    claimed = _claimed(account, settings, _room(manifest))
    try:
        found = installation_for(
            manifest, settings, folder=claimed.path, state_folder=state_folder, account=account
        )
        scratch = _started(found, claimed, account, settings)
        _prepare(scratch, manifest, contents)
        yield scratch
    finally:
        if not kept_for(claimed.path):
            claimed.remove()


def _claimed(account: ServerAccount, settings: Settings, needed: int) -> ClaimedFolder:
    try:
        return ClaimedFolder(PREFIX, account, _roomy(places(settings), needed))
    except EmbeddedServerError as error:
        raise RestoreError(
            "There is no folder for a scratch server",
            why=error.why,
            remedy=f"name one on a disk with room where user {account.name} may run programs:"
            " [drill] folder; nothing was touched",
        ) from error


def _started(
    found: Installation, claimed: ClaimedFolder, account: ServerAccount, settings: Settings
) -> ScratchServer:
    folder = claimed.path / "server"
    try:
        folder.mkdir(mode=0o700)
        account.own(folder)
        server = EmbeddedServer(
            found.server, folder, settings=_settings(settings.dump.workers), account=account
        )
        server.start(settings.drill.start_seconds)
    except (NoRoomError, OSError) as error:
        said = error.strerror if isinstance(error, OSError) else f"{error.what}: {error.why}"
        raise RestoreError(
            f"The scratch server can't be made in {claimed.path.parent}",
            why=said or str(error),
            remedy="make room there, or name a folder on a bigger disk: [drill] folder; nothing was"
            " touched",
        ) from error
    target = Target.from_settings(SCRATCH_SERVER, ServerSettings(dsn=server.socket_dsn()))
    return ScratchServer(
        endpoint=Endpoint.of(target, settings.dump),
        programs=found.clients,
        version=f"{found.server.major}.{found.server.version_num % 10_000}",
        origin=f"({found.clients.origin})",
        free_bytes=shutil.disk_usage(folder).free,
        server=server,
        claimed=claimed,
    )


def _settings(workers: int) -> dict[str, str | int]:
    """Of a server that one restore uses; what is written is synced as on any other."""
    return {
        "listen_addresses": "",
        "max_connections": workers + _SPARE_CONNECTIONS,
        "shared_preload_libraries": "",
        "log_connections": "off",
        "log_disconnections": "off",
        "wal_level": "minimal",
        "max_wal_senders": 0,
        "max_wal_size": "4GB",
        "maintenance_work_mem": "256MB",
    }


def _prepare(scratch: ScratchServer, manifest: Manifest, contents: TableOfContents) -> None:
    """Make the roles and tablespaces that the backup refers to; nobody logs in as one of them."""
    server = scratch.server
    codec = python_codec(manifest.fingerprint.encoding)
    owners = {each.owner.decode(codec, "replace") for each in contents.entries if each.owner}
    named = owners.union(manifest.fingerprint.roles, roles_of_it(contents, codec))
    wanted = sorted(named - {""})
    spaces = sorted(
        {each.tablespace.decode(codec, "replace") for each in contents.entries if each.tablespace}
    )
    try:
        with scratch.endpoint.connect_to_change() as connection:
            there = {
                str(name)
                for (name,) in connection.execute("SELECT rolname FROM pg_catalog.pg_roles")
            }
            for role in wanted:
                if role not in there and not role.startswith("pg_"):
                    statement = sql.SQL("CREATE ROLE {} NOLOGIN").format(sql.Identifier(role))
                    connection.execute(statement)
            for number, space in enumerate(spaces):
                if space in {"pg_default", "pg_global"}:
                    continue
                place = server.folder / f"tablespace{number}"
                place.mkdir(mode=0o700)
                server.account.own(place)
                connection.execute(
                    sql.SQL("CREATE TABLESPACE {} LOCATION {}").format(
                        sql.Identifier(space), sql.Literal(str(place))
                    )
                )
    except (psycopg.Error, OSError) as error:
        raise RestoreError(
            "The scratch server can't be made ready",
            why=str(error).strip(),
            remedy="restore it beside another database, or on another server",
        ) from error


def _room(manifest: Manifest) -> int:
    """Bytes that the restored database may take, as far as the backup tells."""
    packed = sum(each.plain_bytes for each in manifest.artifacts)
    return _ROOM_FACTOR * max(manifest.table_bytes or 0, packed)


def _roomy(candidates: tuple[Path, ...], needed: int) -> tuple[Path, ...]:
    """Those with so many bytes free; all where none has, for preflight to tell of it."""
    fitting = tuple(each for each in candidates if _free(each) >= needed)
    return fitting or tuple(sorted(candidates, key=_free, reverse=True))


def _free(place: Path) -> int:
    try:
        return shutil.disk_usage(place).free
    except OSError:
        return 0
