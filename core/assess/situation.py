"""What the rules look at, and what they draft."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum

from core.assess.waits import LockWaits
from core.assess.window import DatabaseWindow
from core.config.settings import Threshold, ThresholdSettings
from core.model.connections import Connections
from core.model.cost import SelfCost
from core.model.databases import Databases
from core.model.health import Area, Severity
from core.model.protection import BackupOverview
from core.model.server import Link, ServerInfo
from core.model.statements import Statements
from core.model.unknown import Unknown


@dataclass(frozen=True, slots=True)
class Situation:
    """The newest body of each subject of one server at ``now``.

    ``None`` stands for a subject that was never asked. ``before`` holds how bad each finding of
    the last assessment was, by fingerprint; ``recent`` sums the databases' counters over
    ``thresholds.rate_minutes``, and ``waits`` holds the waits for locks of as long;
    ``also_watched_as`` are the other names under which the same server is sampled.
    """

    now: datetime
    thresholds: ThresholdSettings
    link: Link | None = None
    server: ServerInfo | Unknown | None = None
    connections: Connections | Unknown | None = None
    statements: Statements | Unknown | None = None
    databases: Databases | Unknown | None = None
    cost: SelfCost | Unknown | None = None
    backups: BackupOverview | None = None
    storage_quota_bytes: int = 0
    slow_calls_last_hour: int = 0
    recent: DatabaseWindow = field(default_factory=DatabaseWindow)
    waits: LockWaits = field(default_factory=LockWaits)
    also_watched_as: tuple[str, ...] = ()
    before: Mapping[str, Severity] = field(default_factory=dict)

    def severity(self, fingerprint: str, figure: float, limit: Threshold) -> Severity | None:
        """How bad ``figure`` is against ``limit``, so that it does not flap around it.

        A finding that was there keeps its severity until the figure falls below
        ``clear_share`` of the limit that it had passed.
        """
        was = self.before.get(fingerprint)
        clear = self.thresholds.clear_share
        for severity, bound in (
            (Severity.CRITICAL, limit.critical),
            (Severity.WARNING, limit.warning),
        ):
            held = was is not None and was >= severity
            if figure >= (bound * clear if held else bound):
                return severity
        return None


class Hold(Enum):
    """How long a finding outlasts the moment in which it was last found."""

    NOT = "not"
    INTERVAL = "interval"
    EVENT = "event"


@dataclass(frozen=True, slots=True)
class Draft:
    """A finding as one rule sees it; ``since`` only where the rule knows the real beginning."""

    fingerprint: str
    area: Area
    severity: Severity
    title: str
    detail: str
    advice: str
    subject: str = ""
    since: datetime | None = None
    figures_at: datetime | None = None
    hold: Hold = Hold.NOT
