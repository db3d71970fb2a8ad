"""What the demonstration's config says of backups: where they go, and when they are taken."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from core.config.backup_settings import BackupSettings
from core.config.dump_settings import DumpSettings
from core.config.encryption_settings import EncryptionSettings, KeySettings
from core.config.repository_settings import RepositorySettings
from core.config.retention_settings import KeepSettings, RetentionSettings
from core.config.schedule_settings import SchedulerSettings, ScheduleSettings
from core.config.settings import Settings
from core.config.verify_settings import VerifySettings

SERVER_ID = "demo-shop"
"""What the demonstration's server is called; ``demo`` alone is a command of pgvigil."""

_KEY = "main"
_KEPT_BY = "nobody: the demo's key and its backups end with the demo"
_KEEP = KeepSettings(days=0.01, count=2, weekly=0, monthly=0, yearly=0)


@dataclass(frozen=True, slots=True)
class Backups:
    """What the settings say of a demonstration's backups; ``begun_at`` is when it was ready."""

    repositories: dict[str, RepositorySettings]
    key_file: str
    client_programs: str
    begun_at: datetime

    def settings(self, others: Settings) -> Settings:
        """``others`` with the demonstration's own word on everything about backups."""
        return replace(
            others,
            repositories=self.repositories,
            backup=BackupSettings(
                copies=tuple(self.repositories), objective_seconds=1200, quota_bytes=1_000_000_000
            ),
            # What the server's own programs are is known; none has to be looked for or unpacked.
            dump=DumpSettings(client_programs=self.client_programs),
            encryption=EncryptionSettings(key=_KEY, recovery_kept_by=_KEPT_BY),
            keys={_KEY: KeySettings(file=self.key_file)},
            schedules=schedules(self.begun_at),
            # The full backup is of the minute in which it was ready, which had begun by then.
            scheduler=SchedulerSettings(defaults=False, late_after_seconds=180),
            retention=RetentionSettings(full=_KEEP, incremental=_KEEP, grace_seconds=3600),
            verify=VerifySettings(again_days=0.001),
        )


def schedules(begun_at: datetime) -> tuple[ScheduleSettings, ...]:
    """A day's schedules at the pace of a demonstration.

    The full backup is due in the very minute of ``begun_at``, and each half an hour from then on.
    """
    return (
        ScheduleSettings("full", "full", f"{begun_at.minute % 30}-59/30 * * * *"),
        ScheduleSettings("incremental", "incremental", "*/3 * * * *"),
        ScheduleSettings("verify", "verify", "*/10 * * * *"),
        ScheduleSettings("prune", "prune", "*/15 * * * *"),
    )
