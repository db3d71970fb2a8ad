"""Which databases of a server are to be backed up, as far as the config says it."""

from __future__ import annotations

import os

from core.config.backup_settings import EVERY_DATABASE
from core.config.dsn import parameters_of
from core.config.schedules import schedules_of
from core.config.settings import Settings
from core.model.backup_lack import WHOLE_KINDS


def databases_named(settings: Settings, server_id: str) -> tuple[str, ...]:
    """The databases that the config names, for every backup or for a schedule's."""
    scheduled = (
        name
        for schedule in schedules_of(settings, server_id)
        if schedule.kind in WHOLE_KINDS
        for name in schedule.databases
    )
    names = dict.fromkeys((*settings.backup.databases, *scheduled))
    return tuple(name for name in names if name != EVERY_DATABASE)


def database_by_default(settings: Settings, server_id: str) -> tuple[str, ...]:
    """The database that a schedule means which names none: the one that is connected to.

    It is one of those that "all" means, too; the others are known once they were attempted. What a
    service file says is libpq's to know, so nothing is said of it here.
    """
    server = settings.servers.get(server_id)
    means_it = any(
        not names or EVERY_DATABASE in names
        for schedule in schedules_of(settings, server_id)
        if schedule.kind in WHOLE_KINDS
        for names in [schedule.databases or settings.backup.databases]
    )
    if server is None or not means_it:
        return ()
    given = parameters_of(server.dsn)
    if name := server.dbname or given.get("dbname"):
        return (name,)
    if server.service or given.get("service") or os.environ.get("PGSERVICE"):
        return ()
    name = os.environ.get("PGDATABASE") or server.user or given.get("user")
    name = name or os.environ.get("PGUSER")
    return (name,) if name else ()
