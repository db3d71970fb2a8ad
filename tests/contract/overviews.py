"""A server whose overview is read, at one moment."""

from __future__ import annotations

from datetime import datetime, timedelta

from core.config.backup_settings import BackupSettings
from core.config.encryption_settings import EncryptionSettings
from core.config.repository_settings import RepositorySettings
from core.config.schedule_settings import SchedulerSettings, ScheduleSettings
from core.config.settings import Settings
from core.model.job import JobKind, JobOrder
from core.model.protection import BackupOverview
from core.schedule.overview import Overviews
from core.store.store import Store
from tests.contract.catalogued import AT

HOUR = timedelta(hours=1)
NOW = AT + 12 * HOUR
SETTINGS = Settings(
    repositories={"local": RepositorySettings(path="/srv/backups")},
    backup=BackupSettings(copies=("local",), quota_bytes=10**12),
    encryption=EncryptionSettings(recovery_kept_by="the vault"),
    scheduler=SchedulerSettings(defaults=False),
    schedules=(ScheduleSettings("nightly", "full", "0 2 * * *"),),
)
ORDER = JobOrder(JobKind.BACKUP, "shop", "anna@bastion", {"kind": "full"})


def read(store: Store, settings: Settings = SETTINGS, now: datetime = NOW) -> BackupOverview:
    return Overviews(settings, "shop").read(store, now, 0.0)
