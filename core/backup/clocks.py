"""Whether the host that takes a backup and the server agree on what time it is.

A backup begins by the host's clock, its snapshot is dated by the server's, and it ends by the
host's: where both are right they follow one another, however long it waits for locks or dumps.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from core.backup.layout import parse_backup_id

_TOLERATED = timedelta(hours=1)
_NONE = timedelta(0)
HOSTS_APART = 2 * _TOLERATED
"""How far the clocks of two hosts may be apart before either is told to be wrong."""


def gap_between(began: datetime, snapshot_at: datetime, ended: datetime) -> timedelta:
    """How far the host's clock was surely ahead of the server's; negative: behind; zero: neither.

    What is within an hour is none.
    """
    if began - snapshot_at > _TOLERATED:
        return began - snapshot_at
    if snapshot_at - ended > _TOLERATED:
        return ended - snapshot_at
    return _NONE


def clock_gap(backup_id: str, snapshot_at: datetime, finished_at: datetime) -> timedelta:
    """The same of a backup, whose id tells when it began."""
    name = parse_backup_id(backup_id)
    return gap_between(name.started_at if name else snapshot_at, snapshot_at, finished_at)


def time_to_come(moment: datetime, now: datetime) -> timedelta:
    """How far ``moment`` lies in the future; what is within an hour does not."""
    return moment - now if moment - now > _TOLERATED else _NONE


def gap_told(gap: timedelta) -> str:
    """A gap in words, to be followed by whose clock it is compared with."""
    hours = abs(gap) / timedelta(hours=1)
    length = f"{hours:.0f} hours" if hours < 48 else f"{hours / 24:.0f} days"
    return f"{length} {'ahead of' if gap > _NONE else 'behind'}"
