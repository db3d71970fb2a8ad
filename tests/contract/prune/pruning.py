"""What a host prunes, as it is planned and as it is done; what is left then."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from core.backup import layout
from core.backup.progress import SilentReporter
from core.backup.prune.job import pruning_of
from core.backup.prune.outcome import PruneOutcome
from core.backup.prune.plan import RepositoryPlan
from core.backup.prune.run import Pruning
from core.backup.verify.job import verify_backups
from core.backup.verify.run import Wanted
from core.config.retention_settings import KeepSettings, RetentionSettings
from core.config.verify_settings import VerifySettings
from tests.servers.backed_up import BackedUp
from tests.servers.sealed_backups import BEGIN, SERVER, SealedBackup, Sealing

SEALING = Sealing()
DUE = Wanted()
TEN_DAYS = KeepSettings(days=10, count=0, daily=0, weekly=0, monthly=0, yearly=0)
RETENTION = RetentionSettings(
    full=TEN_DAYS,
    incremental=TEN_DAYS,
    schema=KeepSettings(days=30),
    data=TEN_DAYS,
    grace_seconds=86_400,
)
SETTINGS: dict[str, Any] = {
    "retention": RETENTION,
    "verify": VerifySettings(level="sealed", share=1),
}


def pruning(host: BackedUp, name: str = "only") -> Pruning:
    return pruning_of(
        host.store,
        host.settings,
        server=SERVER,
        repository=host.repositories[name],
        who="ana@bastion",
        reporter=SilentReporter(),
        now=host.now,
    )


def plan(host: BackedUp) -> RepositoryPlan:
    return pruning(host).plan()


def prune(host: BackedUp, name: str = "only") -> PruneOutcome:
    at_work = pruning(host, name)
    return at_work.do(at_work.plan())


@dataclass(frozen=True)
class Due:
    """A backup whose time of grace is over, and a prune that has planned to destroy it."""

    old: SealedBackup
    at_work: Pruning
    planned: RepositoryPlan

    def do(self) -> PruneOutcome:
        return self.at_work.do(self.planned)


def due(host: BackedUp) -> Due:
    """A full backup of long ago that is due to be destroyed, beside one that stays."""
    old, _ = host.put(SEALING.full(0)), host.put(SEALING.full(11))
    prune(host)
    host.later(days=2)
    at_work = pruning(host)
    planned = at_work.plan()
    assert [entry.backup_id for entry in planned.plan.destroy] == [old.backup_id]
    return Due(old, at_work, planned)


def outline(planned: RepositoryPlan) -> tuple[list[str], list[tuple[str, tuple[str, ...]]]]:
    """What goes, and why each other one stays."""
    kept = [(each.entry.backup_id, each.reasons) for each in planned.plan.kept]
    return [entry.backup_id for entry in planned.plan.expire], kept


def folder(host: BackedUp, backup: SealedBackup, name: str = "only") -> set[str]:
    prefix = layout.backup_folder(SERVER, backup.backup_id)
    return {each.path.removeprefix(prefix) for each in host.repositories[name].list(prefix)}


def ids(*backups: SealedBackup) -> tuple[str, ...]:
    return tuple(backup.backup_id for backup in backups)


def today() -> float:
    """Days after the begin by this machine's clock, which is that of the files."""
    return (datetime.now(UTC) - BEGIN) / timedelta(days=1)


def look(host: BackedUp, wanted: Wanted = DUE) -> None:
    verify_backups(
        host.store,
        host.settings,
        SERVER,
        wanted,
        who="ana",
        reporter=SilentReporter(),
        now=host.now,
    )
