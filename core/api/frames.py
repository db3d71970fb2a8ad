"""Frames out of snapshots: what did not change is neither read nor decoded again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, TypeVar, cast

from core.model.connections import Connections
from core.model.cost import SelfCost
from core.model.databases import Databases
from core.model.health import Assessment
from core.model.protection import BackupOverview
from core.model.security import SecurityOverview
from core.model.server import Link, ServerInfo
from core.model.snapshot import Body, Frame, Snapshot, Subject, Taken
from core.model.statements import Statements
from core.model.unknown import Unknown
from core.schedule.overview import Overviews
from core.schedule.overview_past import overview_at

if TYPE_CHECKING:
    from core.config.settings import Settings
    from core.store.store import Store

T = TypeVar("T", bound=Body)

_SECURITY_SECONDS = 10.0
"""Security events are rare: looked for this often at most."""


class LiveFrames:
    """The newest frame of one server; runs in the store's thread."""

    def __init__(self, server_id: str, settings: Settings) -> None:
        self._server_id = server_id
        self._snapshots: dict[Subject, Snapshot] = {}
        self._overviews = Overviews(settings, server_id)
        self._backups: BackupOverview | None = None
        self._security: SecurityOverview | None = None
        self._security_read_at: float | None = None
        self._frame: Frame | None = None

    def forget_backups(self) -> None:
        """Read what is known of backups anew the next time: somebody here changed something."""
        self._overviews.forget()

    def read(self, store: Store, now: datetime, monotonic: float) -> Frame:
        """The newest frame: the same object as before where nothing in it changed.

        Raises:
            StoreError: the store can't be read.
        """
        known = {subject: taken.taken_at for subject, taken in self._snapshots.items()}
        fresh = store.snapshots.latest(self._server_id, known=known)
        self._snapshots.update(fresh)
        changed = bool(fresh) or self._frame is None
        changed |= self._read_backups(store, now, monotonic)
        changed |= self._read_security(store, monotonic)
        if changed or self._frame is None:
            self._frame = assemble(
                self._server_id,
                _moment(self._snapshots.values(), now),
                self._snapshots.values(),
                live=True,
                backups=self._backups,
                security=self._security,
            )
        return self._frame

    def _read_backups(self, store: Store, now: datetime, monotonic: float) -> bool:
        before = self._backups
        self._backups = self._overviews.read(store, now, monotonic)
        return self._backups is not before

    def _read_security(self, store: Store, monotonic: float) -> bool:
        read_at = self._security_read_at
        if read_at is not None and monotonic < read_at + _SECURITY_SECONDS:
            return False
        self._security_read_at = monotonic
        before = self._security
        self._security = store.security_events.overview(self._server_id)
        return before != self._security


def read_past(store: Store, settings: Settings, server_id: str, moment: datetime) -> Frame:
    """What was known at ``moment``: backups that had begun, security events that had happened.

    Raises:
        StoreError: the store can't be read.
    """
    return assemble(
        server_id,
        moment,
        store.snapshots.latest(server_id, at=moment).values(),
        live=False,
        backups=overview_at(store, settings, server_id, moment),
        security=_security_at(store.security_events.overview(server_id), moment),
    )


def assemble(
    server_id: str,
    moment: datetime,
    snapshots: Iterable[Snapshot],
    *,
    live: bool,
    backups: BackupOverview | None = None,
    security: SecurityOverview | None = None,
) -> Frame:
    """A frame of the given snapshots, at most one of each subject."""
    taken = {snapshot.subject: snapshot for snapshot in snapshots}
    databases = _taken(taken, Subject.DATABASES, Databases)
    if backups is not None and databases is not None and isinstance(databases.body, Databases):
        backups = backups.on_server({each.name for each in databases.body.databases})
    return Frame(
        server_id=server_id,
        moment=moment,
        live=live,
        link=_taken(taken, Subject.LINK, Link),
        server=_taken(taken, Subject.SERVER, ServerInfo),
        connections=_taken(taken, Subject.CONNECTIONS, Connections),
        statements=_taken(taken, Subject.STATEMENTS, Statements),
        databases=databases,
        cost=_taken(taken, Subject.COST, SelfCost),
        assessment=_taken(taken, Subject.ASSESSMENT, Assessment),
        backups=backups,
        security=security,
    )


def _security_at(now: SecurityOverview, moment: datetime) -> SecurityOverview:
    return replace(now, events=tuple(event for event in now.events if event.at <= moment))


def _moment(snapshots: Iterable[Snapshot], now: datetime) -> datetime:
    """When the newest was taken; ``now`` where none was, or only at times that are yet to come."""
    moments = (taken.taken_at for taken in snapshots)
    return max((moment for moment in moments if moment <= now), default=now)


def _taken(
    snapshots: Mapping[Subject, Snapshot], subject: Subject, kind: type[T]
) -> Taken[T] | None:
    snapshot = snapshots.get(subject)
    if snapshot is None or not isinstance(snapshot.body, (kind, Unknown)):
        return None
    return Taken(snapshot.taken_at, snapshot.pace_seconds, cast("T | Unknown", snapshot.body))
