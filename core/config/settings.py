"""The settings model: every threshold, pace, limit and retention has its default here, only here.

Each table of the config has a module of its own beside this one. ``config.example.toml`` is written
from them: ``about`` says what a key means, a docstring what a table is for. ``extra["expected"]``
says what a value must be where its type and bounds don't say it well enough.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from core.config.backup_settings import BackupSettings
from core.config.collect_settings import CollectSettings, Pace
from core.config.console_settings import ConsoleSettings
from core.config.drill_settings import DrillSettings
from core.config.dump_settings import DumpSettings
from core.config.encryption_settings import EncryptionSettings, KeySettings
from core.config.engine_settings import EngineSettings
from core.config.repository_settings import RepositorySettings
from core.config.restore_settings import RestoreSettings
from core.config.retention_settings import RetentionSettings
from core.config.schedule_settings import JobSettings, SchedulerSettings, ScheduleSettings
from core.config.server_settings import ServerSettings
from core.config.store_settings import StoreSettings
from core.config.threshold_settings import ShareThreshold, Threshold, ThresholdSettings
from core.config.verify_settings import VerifySettings

__all__ = [
    "CollectSettings",
    "ConsoleSettings",
    "EngineSettings",
    "Pace",
    "ServerSettings",
    "Settings",
    "ShareThreshold",
    "StoreSettings",
    "Threshold",
    "ThresholdSettings",
]


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that a config file can say."""

    servers: dict[str, ServerSettings] = field(default_factory=dict)
    repositories: dict[str, RepositorySettings] = field(default_factory=dict)
    console: ConsoleSettings = field(default_factory=ConsoleSettings)
    collect: CollectSettings = field(default_factory=CollectSettings)
    thresholds: ThresholdSettings = field(default_factory=ThresholdSettings)
    store: StoreSettings = field(default_factory=StoreSettings)
    engine: EngineSettings = field(default_factory=EngineSettings)
    backup: BackupSettings = field(default_factory=BackupSettings)
    dump: DumpSettings = field(default_factory=DumpSettings)
    retention: RetentionSettings = field(default_factory=RetentionSettings)
    verify: VerifySettings = field(default_factory=VerifySettings)
    restore: RestoreSettings = field(default_factory=RestoreSettings)
    drill: DrillSettings = field(default_factory=DrillSettings)
    encryption: EncryptionSettings = field(default_factory=EncryptionSettings)
    keys: dict[str, KeySettings] = field(default_factory=dict)
    schedules: tuple[ScheduleSettings, ...] = ()
    scheduler: SchedulerSettings = field(default_factory=SchedulerSettings)
    jobs: JobSettings = field(default_factory=JobSettings)
