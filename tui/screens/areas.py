"""From a place to its screen; each is imported when it is opened for the first time."""

from __future__ import annotations

from pkgutil import resolve_name

from tui.actions import Place
from tui.following import Following
from tui.screens.area import AreaScreen

_SCREENS = {
    Place.OVERVIEW: "overview:OverviewScreen",
    Place.CONNECTIONS: "connections:ConnectionsScreen",
    Place.QUERIES: "queries:QueriesScreen",
    Place.DATABASES: "databases:DatabasesScreen",
    Place.BACKUPS: "backups:BackupsScreen",
    Place.SCHEDULES: "schedules:SchedulesScreen",
    Place.BACKUP_STORAGE: "backup_storage:BackupStorageScreen",
    Place.RESTORES: "restores:RestoresScreen",
    Place.DRILLS: "drills:DrillsScreen",
    Place.SECURITY: "stored:SecurityScreen",
    Place.FINDINGS: "findings:FindingsScreen",
    Place.SERVER: "server:ServerScreen",
    Place.SERVERS: "servers:ServersScreen",
}


def screen_of(place: Place, following: Following) -> AreaScreen:
    """A new screen for an area."""
    made: AreaScreen = resolve_name(f"tui.screens.{_SCREENS[place]}")(following)
    return made
