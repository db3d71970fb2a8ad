"""Where in the console a person is, and the places that have keys in common."""

from __future__ import annotations

from enum import StrEnum


class Place(StrEnum):
    """Where in the console a person is."""

    OVERVIEW = "overview"
    CONNECTIONS = "connections"
    LOCK_QUEUES = "lock queues"
    BREAKDOWNS = "breakdowns"
    CONNECTION_HISTORY = "connection history"
    QUERIES = "queries"
    DATABASES = "databases"
    BACKUPS = "backups"
    SCHEDULES = "schedules"
    BACKUP_STORAGE = "backup storage"
    RESTORES = "restores"
    RESTORE = "restore"
    DRILLS = "drills"
    DRILL = "drill"
    WIZARD_SYMPTOM = "restore: what happened"
    WIZARD_MOMENT = "restore: which moment"
    WIZARD_PARTS = "restore: what"
    WIZARD_TARGET = "restore: where to"
    WIZARD_CHECKS = "restore: checks"
    WIZARD_PLAN = "restore: the plan"
    RUNBOOKS = "guided drill: which runbook"
    GUIDED_DRILL = "guided drill"
    BACKUP = "backup"
    JOB = "job"
    SECURITY = "security"
    FINDINGS = "findings"
    BACKEND = "backend"
    STATEMENT = "statement"
    DATABASE = "database"
    SERVER = "server"
    SERVERS = "servers"
    FILTER = "filter"


AREAS = (
    Place.OVERVIEW,
    Place.CONNECTIONS,
    Place.QUERIES,
    Place.DATABASES,
    Place.BACKUPS,
    Place.SECURITY,
    Place.FINDINGS,
    Place.SERVER,
    Place.SERVERS,
)
"""The areas behind the keys from 1 on, in their order."""

EVERYWHERE = frozenset(Place) - {Place.FILTER}
"""Not while a filter is typed: then each key is one for the field."""
WIZARD_LISTS = frozenset(
    {
        Place.WIZARD_SYMPTOM,
        Place.WIZARD_MOMENT,
        Place.WIZARD_PARTS,
        Place.WIZARD_TARGET,
        Place.WIZARD_CHECKS,
    }
)
"""The questions of the restore wizard that are answered from a list."""
WIZARD = WIZARD_LISTS | {Place.WIZARD_PLAN}
TABLES = WIZARD_LISTS | frozenset(
    {
        Place.CONNECTIONS,
        Place.QUERIES,
        Place.DATABASES,
        Place.BACKUPS,
        Place.SCHEDULES,
        Place.RESTORES,
        Place.RUNBOOKS,
        Place.DRILLS,
        Place.FINDINGS,
        Place.SERVERS,
    }
)
CONNECTION_VIEWS = (
    Place.CONNECTIONS,
    Place.LOCK_QUEUES,
    Place.BREAKDOWNS,
    Place.CONNECTION_HISTORY,
)
"""The views of the connections area behind Tab, in their order."""
BACKUP_VIEWS = (
    Place.BACKUPS,
    Place.SCHEDULES,
    Place.BACKUP_STORAGE,
    Place.RESTORES,
    Place.DRILLS,
)
"""The views of the backups area behind Tab, in their order."""
BACKUP_PLACES = frozenset({*BACKUP_VIEWS, Place.BACKUP, Place.JOB}) - {
    Place.RESTORES,
    Place.DRILLS,
}
CHOSEN_BACKUP = frozenset({Place.BACKUPS, Place.BACKUP})
"""Where there is a backup to act on."""
SESSIONS = frozenset({Place.CONNECTIONS, Place.LOCK_QUEUES, Place.BACKEND})
"""Where there is a session to act on."""
SCROLLING = EVERYWHERE - {Place.CONNECTION_HISTORY, Place.OVERVIEW}
"""Where there is a cursor to move, or something to scroll."""
