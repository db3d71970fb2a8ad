"""Keeps what the rules need between ticks: the newest bodies, the last minutes, what is open."""

from __future__ import annotations

from datetime import datetime
from typing import TypeVar

from core.assess.assess import Memory, assess
from core.assess.situation import Situation
from core.assess.statements import slow_calls
from core.assess.waits import LockWaits
from core.assess.window import DatabaseWindow, SlowHour
from core.config.settings import ThresholdSettings
from core.model.connections import Backend, Connections
from core.model.cost import SelfCost
from core.model.databases import Databases
from core.model.health import Assessment
from core.model.protection import BackupOverview
from core.model.series import Metric, Sample
from core.model.server import Link, ServerInfo
from core.model.snapshot import Body, Subject
from core.model.statements import Statements
from core.model.unknown import Unknown

B = TypeVar("B", ServerInfo, Connections, Statements, Databases, SelfCost)


class Assessor:
    """Judges one server, tick after tick; does nothing but remember and call pure rules."""

    def __init__(self, thresholds: ThresholdSettings, *, storage_quota_bytes: int = 0) -> None:
        self._thresholds = thresholds
        self._quota = storage_quota_bytes
        self._memory = Memory()
        self._link: Link | None = None
        self._backups: BackupOverview | None = None
        self._bodies: dict[Subject, Body | Unknown] = {}
        self._recent = DatabaseWindow()
        self._slow = SlowHour()
        self._waits = LockWaits()
        self._also_watched_as: tuple[str, ...] = ()

    def take_over(
        self, earlier: Assessment | None, at: datetime, slow_samples: list[tuple[datetime, int]]
    ) -> None:
        """Go on from what another watcher found at ``at``, and counted in the hour before."""
        if earlier is not None:
            self._memory = Memory.of(earlier, at, self._thresholds.hold_seconds)
        self._slow = SlowHour()
        for moment, calls in slow_samples:
            self._slow = self._slow.with_calls(moment, calls)

    def note(self, subject: Subject, body: Body | Unknown, at: datetime) -> tuple[Sample, ...]:
        """Take in what was found at ``at``; gives the samples that are drawn from it here."""
        if isinstance(body, Link):
            self._link = body
            return ()
        self._bodies[subject] = body
        if isinstance(body, Connections):
            self._waits = self._waits.with_reading(at, body, self._thresholds.rate_minutes)
        if isinstance(body, Databases):
            self._recent = self._recent.with_reading(at, body, self._thresholds.rate_minutes)
        if isinstance(body, Statements) and body.since is not None:
            calls = slow_calls(body, self._thresholds)
            self._slow = self._slow.with_calls(at, calls)
            return (Sample(Metric.STATEMENTS_SLOW_CALLS, at, calls),) if calls else ()
        return ()

    def note_backups(self, overview: BackupOverview | None) -> None:
        """Take in what the store knows of backups."""
        self._backups = overview

    def note_other_names(self, names: tuple[str, ...]) -> None:
        """Take in under which other names the server is sampled."""
        self._also_watched_as = names

    def forget_bodies(self) -> None:
        """Let go of the figures of a connection that ended; what was open stays remembered."""
        self._bodies.clear()

    def backend(self, pid: int) -> Backend | None:
        """The session ``pid`` in the newest reading of the connections."""
        connections = self._bodies.get(Subject.CONNECTIONS)
        if not isinstance(connections, Connections):
            return None
        return next((b for b in connections.backends if b.pid == pid), None)

    @property
    def server(self) -> ServerInfo | None:
        """What the server said of itself last; ``None`` where that is not known."""
        body = self._body(Subject.SERVER, ServerInfo)
        return body if isinstance(body, ServerInfo) else None

    def assess(self, now: datetime) -> Assessment:
        """What all of it means at ``now``."""
        databases, backups = self._body(Subject.DATABASES, Databases), self._backups
        if backups is not None and isinstance(databases, Databases):
            backups = backups.on_server({each.name for each in databases.databases})
        situation = Situation(
            now=now,
            thresholds=self._thresholds,
            link=self._link,
            server=self._body(Subject.SERVER, ServerInfo),
            connections=self._body(Subject.CONNECTIONS, Connections),
            statements=self._body(Subject.STATEMENTS, Statements),
            databases=databases,
            cost=self._body(Subject.COST, SelfCost),
            backups=backups,
            storage_quota_bytes=self._quota,
            slow_calls_last_hour=self._slow.with_calls(now, 0).total,
            recent=self._recent,
            waits=self._waits,
            also_watched_as=self._also_watched_as,
        )
        assessment, self._memory = assess(situation, self._memory)
        return assessment

    def _body(self, subject: Subject, kind: type[B]) -> B | Unknown | None:
        body = self._bodies.get(subject)
        return body if isinstance(body, (kind, Unknown)) else None
