"""When a figure becomes a finding."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from msgspec import Meta

from core.config.settings_types import Positive, Seconds, Share, about


@dataclass(frozen=True, slots=True)
class Threshold:
    """Where a figure becomes a warning and where it becomes critical."""

    warning: Positive
    critical: Positive


@dataclass(frozen=True, slots=True)
class ShareThreshold(Threshold):
    """A threshold of a share: 0.8 is 80 %."""

    warning: Share
    critical: Share


@dataclass(frozen=True, slots=True)
class ThresholdSettings:
    """When a figure becomes a finding; shares are 0 to 1, times carry their unit in the name."""

    connection_usage: Annotated[
        ShareThreshold,
        about("Client connections as a share of the slots that an ordinary role gets."),
    ] = ShareThreshold(warning=0.80, critical=0.95)
    query_mean_ms: Annotated[
        Threshold, about("A statement's mean time within the interval, in ms.")
    ] = Threshold(warning=500, critical=2000)
    storage_usage: Annotated[
        ShareThreshold,
        about("Databases as a share of storage_quota_bytes, backups of quota_bytes."),
    ] = ShareThreshold(warning=0.80, critical=0.95)
    error_rate: Annotated[
        ShareThreshold, about("Rollbacks as a share of a database's transactions.")
    ] = ShareThreshold(warning=0.05, critical=0.10)
    error_rate_least_transactions: Annotated[
        int, Meta(ge=1), about("Fewer transactions in rate_minutes say nothing of errors.")
    ] = 100
    slow_queries_per_hour: Annotated[
        int, Meta(ge=1), about("Slow statements within an hour that make a warning.")
    ] = 10
    idle_in_transaction_seconds: Annotated[
        Threshold, about("How long a session sits idle in a transaction, in seconds.")
    ] = Threshold(warning=60, critical=300)
    transaction_seconds: Annotated[
        Threshold, about("How long a transaction is open, in seconds.")
    ] = Threshold(warning=300, critical=1800)
    lock_wait_seconds: Annotated[
        Threshold, about("How long a session waits for a lock, in seconds.")
    ] = Threshold(warning=10, critical=60)
    cache_hit_rate_least: Annotated[
        Share, about("Share of blocks found in memory; below it is a note.")
    ] = 0.90
    cache_hit_rate_least_blocks: Annotated[
        int, Meta(ge=1), about("Fewer blocks asked for say nothing of the cache.")
    ] = 10_000
    rate_minutes: Annotated[
        float,
        Meta(gt=0, le=60),
        about("Minutes over which error and cache rates are taken."),
    ] = 5
    backup_age: Annotated[
        Threshold,
        about("Age of the last good backup, in multiples of objective_seconds in [backup]."),
    ] = Threshold(warning=1.5, critical=2)
    backup_verification_days: Annotated[
        Positive, about("Days after which a copy that nobody verified again is a finding.")
    ] = 35
    clear_share: Annotated[
        Share,
        about("A finding stays until its figure is below this share of its limit."),
    ] = 0.95
    hold_seconds: Annotated[
        Seconds, about("Seconds that a finding about one interval stays at least.")
    ] = 60
    event_hold_seconds: Annotated[
        Seconds, about("Seconds that a finding about an event (a deadlock) stays.")
    ] = 600
