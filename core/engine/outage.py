"""A server that can't be reached: since when, how often it was tried, when it is tried again.

The watchers of one store share what its newest link says. So the server gets as many attempts as
from one of them, and the outage has one beginning, whoever tells of it.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from core.collect.redact import redact
from core.config.settings import CollectSettings
from core.engine.backoff import delay
from core.errors import PgvigilError
from core.model.server import Link, LinkState
from core.model.snapshot import Snapshot

_UP = frozenset({LinkState.CONNECTED, LinkState.CONNECTING})


def still_down(found: Snapshot | None, now: datetime, spare_seconds: float) -> Link | None:
    """The link in ``found`` where it was down and somebody watched until just now.

    That is until its next snapshot was due, and ``spare_seconds`` more (a lease's length) in which
    another watcher takes over. What was down before nobody watched may have been up meanwhile.
    """
    if found is None or not isinstance(found.body, Link) or found.body.state in _UP:
        return None
    # Ahead of now by as much is as fresh: a clock was set back a little, or another host's is off.
    age = abs((now - found.taken_at).total_seconds())
    return found.body if age <= found.pace_seconds + spare_seconds else None


def after_failure(
    before: Link | None,
    state: LinkState,
    error: PgvigilError,
    now: datetime,
    collect: CollectSettings,
    *,
    roll: float,
) -> Link:
    """The link after one more attempt, which left it in ``state``, with the next one's moment.

    ``before`` is the link until now, whoever wrote it; ``roll`` is that of :func:`delay`.
    """
    earlier = before if before is not None and before.state not in _UP else None
    attempts = earlier.attempts + 1 if earlier is not None else 1
    wait = delay(
        attempts,
        first=collect.reconnect_first_seconds,
        most=collect.reconnect_most_seconds,
        roll=roll,
    )
    return Link(
        state=state,
        since=earlier.since if earlier is not None else now,
        what=redact(error.what),
        why=redact(error.why),
        remedy=error.remedy,
        attempts=attempts,
        next_attempt_at=now + timedelta(seconds=wait),
    )


def seconds_to_rest(link: Link | None, now: datetime, most_seconds: float) -> float:
    """How long to leave the server alone, never more than ``most_seconds``: clocks may differ."""
    if link is None or link.next_attempt_at is None:
        return 0.0
    return min(max(0.0, (link.next_attempt_at - now).total_seconds()), most_seconds)
