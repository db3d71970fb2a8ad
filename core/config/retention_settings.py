"""How long backups are kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from msgspec import Meta

from core.config.settings_types import Days, Share, about

Count = Annotated[int, Meta(ge=0, le=100_000)]


@dataclass(frozen=True, slots=True)
class KeepSettings:
    """Which backups of a kind are kept; one that any of these rules keeps stays."""

    days: Annotated[Days, about("Every backup of the last so many days is kept.")] = 30
    count: Annotated[Count, about("At least so many of the newest good ones are kept.")] = 3
    daily: Annotated[Count, about("The last good one of each of so many days.")] = 0
    weekly: Annotated[Count, about("The last good one of each of so many weeks.")] = 8
    monthly: Annotated[Count, about("The last good one of each of so many months.")] = 12
    yearly: Annotated[Count, about("The last good one of each of so many years.")] = 3


@dataclass(frozen=True, slots=True)
class RetentionSettings:
    """How long backups of each kind are kept, and how long a person has to think again.

    One that any rule keeps stays. Whatever the rules say, the newest good backup stays, the newest
    that a restore has proven, what a person protects, and what those need.
    """

    full: Annotated[KeepSettings, about("Full backups.")] = KeepSettings()
    incremental: Annotated[KeepSettings, about("Incremental backups.")] = KeepSettings(
        weekly=0, monthly=0, yearly=0
    )
    schema: Annotated[KeepSettings, about("Backups of the schema alone.")] = KeepSettings()
    data: Annotated[KeepSettings, about("Backups of chosen schemas or tables.")] = KeepSettings()
    grace_seconds: Annotated[
        float,
        Meta(ge=3600, le=3.2e7, extra={"unit": "seconds"}),
        about("Seconds between a backup's expiry and its destruction; longer than any backup."),
    ] = 86_400
    jump_days: Annotated[
        Days,
        about("A longer time without backups than this, and than usual, may be a clock's leap."),
    ] = 3
    settle_days: Annotated[
        float,
        Meta(ge=0, le=36_600, extra={"unit": "days"}),
        about("Nothing is pruned until so many days of backups stand behind a leap; 0: at once."),
    ] = 7
    late_days: Annotated[
        Days, about("What goes so many days after `days`, or later, had been kept for longer.")
    ] = 14
    most_late_at_once: Annotated[
        Count, about("So many of those, of one database and kind, go by themselves in a day.")
    ] = 3
    most_at_once: Annotated[
        Count, about("More of those of one server, and than the share, go by a person's hand only.")
    ] = 20
    share_at_once: Annotated[Share, about("The share of the server's backups that is meant.")] = 0.2
