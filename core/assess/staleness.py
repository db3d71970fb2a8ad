"""A live frame that nobody renews says so: what is old must not look healthy."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from core.assess.wording import duration
from core.model.health import Area, Assessment, Finding, Health, Severity
from core.model.snapshot import Frame, Taken

FINGERPRINT = "pgvigil.stale"


def stale_for(frame: Frame, now: datetime, spare_seconds: float) -> float | None:
    """Seconds since the last assessment, once two of its intervals and a takeover have passed."""
    taken = frame.assessment
    if taken is None:
        return None
    age = (now - taken.at).total_seconds()
    return age if age > 2 * taken.pace_seconds + spare_seconds else None


def with_staleness(frame: Frame, now: datetime, spare_seconds: float) -> Frame:
    """``frame`` itself, or, where its assessment is old, with an unknown health that says why.

    ``spare_seconds`` is what another watcher may need to take over (the lease's length).
    """
    age = stale_for(frame, now, spare_seconds)
    taken = frame.assessment
    if age is None or taken is None:
        return frame
    earlier = () if not isinstance(taken.body, Assessment) else taken.body.findings
    finding = Finding(
        fingerprint=FINGERPRINT,
        area=Area.PGVIGIL,
        severity=Severity.WARNING,
        title=f"No new data for {duration(age)}",
        detail="no watcher has written to the store since",
        advice="A new watcher is started by itself; if none comes, see watcher.log.",
        since=taken.at,
    )
    assessment = Assessment(Health.UNKNOWN, (finding, *earlier))
    return replace(frame, assessment=Taken(taken.at, taken.pace_seconds, assessment))
