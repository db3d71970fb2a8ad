"""Errors, deadlocks, cache and storage of the databases."""

from __future__ import annotations

from collections.abc import Iterator

from core.assess.situation import Draft, Hold, Situation
from core.assess.window import DatabaseSums
from core.assess.wording import duration, percent, several, size
from core.model.databases import Databases
from core.model.health import Area, Severity
from core.model.unknown import Unknown


def findings(situation: Situation) -> Iterator[Draft]:
    """What the databases' counters of the last minutes and their sizes say."""
    if not isinstance(situation.databases, Databases):
        return
    for name, sums in situation.recent.totals():
        yield from _error_rate(situation, name, sums)
        yield from _cache(situation, name, sums)
    yield from _deadlocks(situation.databases)
    yield from _storage(situation, situation.databases)


def _error_rate(situation: Situation, name: str, sums: DatabaseSums) -> Iterator[Draft]:
    thresholds = situation.thresholds
    transactions = sums.commits + sums.rollbacks
    if transactions < thresholds.error_rate_least_transactions:
        return
    fingerprint = f"databases.error_rate:{name}"
    rate = sums.rollbacks / transactions
    severity = situation.severity(fingerprint, rate, thresholds.error_rate)
    if severity is None:
        return
    yield Draft(
        fingerprint=fingerprint,
        area=Area.DATABASES,
        severity=severity,
        title=f"{percent(rate)} of the transactions in {name} are rolled back",
        detail=f"{sums.rollbacks} of {transactions} in {thresholds.rate_minutes:.0f} min",
        advice="The server's log says why; some applications roll back read-only work on purpose.",
        subject=name,
    )


def _cache(situation: Situation, name: str, sums: DatabaseSums) -> Iterator[Draft]:
    thresholds = situation.thresholds
    blocks = sums.blocks_hit + sums.blocks_read
    if blocks < thresholds.cache_hit_rate_least_blocks:
        return
    fingerprint = f"databases.cache:{name}"
    rate = sums.blocks_hit / blocks
    missed = 1 - rate
    bound = 1 - thresholds.cache_hit_rate_least
    held = fingerprint in situation.before
    if missed <= (bound * thresholds.clear_share if held else bound):
        return
    yield Draft(
        fingerprint=fingerprint,
        area=Area.DATABASES,
        severity=Severity.INFO,
        title=f"{percent(rate)} of the blocks that {name} reads are in shared_buffers",
        detail=(
            f"{sums.blocks_read} of {blocks} blocks were read from outside in "
            f"{thresholds.rate_minutes:.0f} min; the system's cache may still have had them"
        ),
        advice="Look for queries that read much (sort by blocks); consider more shared_buffers.",
        subject=name,
    )


def _deadlocks(databases: Databases) -> Iterator[Draft]:
    if databases.since is None:
        return
    for delta in databases.databases:
        if delta.deadlocks > 0:
            yield Draft(
                fingerprint=f"databases.deadlocks:{delta.name}",
                area=Area.DATABASES,
                severity=Severity.WARNING,
                title=f"{several(delta.deadlocks, 'deadlock', 'deadlocks')} in {delta.name}",
                detail=(
                    f"within {duration(databases.seconds)}; the server ended one session of each"
                ),
                advice="The log names both statements; let them take their locks in one order.",
                subject=delta.name,
                hold=Hold.EVENT,
            )


def _storage(situation: Situation, databases: Databases) -> Iterator[Draft]:
    quota = situation.storage_quota_bytes
    if quota <= 0:
        return
    used = sum(
        delta.size_bytes
        for delta in databases.databases
        if not isinstance(delta.size_bytes, Unknown)
    )
    fingerprint = "databases.storage"
    severity = situation.severity(fingerprint, used / quota, situation.thresholds.storage_usage)
    if severity is None:
        return
    hidden = sum(1 for delta in databases.databases if isinstance(delta.size_bytes, Unknown))
    note = f"; {several(hidden, 'database', 'databases')} more of unknown size" if hidden else ""
    yield Draft(
        fingerprint=fingerprint,
        area=Area.DATABASES,
        severity=severity,
        title=f"Storage at {percent(used / quota)} of its quota",
        detail=f"{size(used)} of {size(quota)}{note}",
        advice="Find what grows (databases), delete or archive it, or raise the quota.",
    )
