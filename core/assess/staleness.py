"""A live frame that nobody renews says so: what is old must not look healthy."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from core.assess.wording import duration
from core.model.health import Area, Assessment, Finding, Health, Severity
from core.model.snapshot import Frame, Taken

FINGERPRINT = "pgvigil.stale"


def seconds_until_stale(frame: Frame, now: datetime, spare_seconds: float) -> float | None:
    """Seconds until two intervals and a takeover have passed since the last assessment.

    Negative once it is stale, and where it is from a time as far ahead: a clock was set back since.
    ``None`` where there is none.
    """
    taken = frame.assessment
    if taken is None:
        return None
    return 2 * taken.pace_seconds + spare_seconds - abs((now - taken.at).total_seconds())


def with_staleness(frame: Frame, now: datetime, spare_seconds: float) -> Frame:
    """``frame`` itself, or, where its assessment is old, with an unknown health that says why.

    ``spare_seconds`` is what another watcher may need to take over (the lease's length).
    """
    left = seconds_until_stale(frame, now, spare_seconds)
    taken = frame.assessment
    if taken is None or left is None or left >= 0:
        return frame
    age = (now - taken.at).total_seconds()
    earlier = () if not isinstance(taken.body, Assessment) else taken.body.findings
    finding = Finding(
        fingerprint=FINGERPRINT,
        area=Area.PGVIGIL,
        severity=Severity.WARNING,
        title=f"No new data for {duration(age)}" if age > 0 else "No new data",
        detail="no watcher has written to the store since"
        if age > 0
        else f"the newest is from {duration(-age)} ahead: a clock was set back",
        advice="A new watcher is started by itself; if none comes, see watcher.log.",
        since=taken.at,
    )
    assessment = Assessment(Health.UNKNOWN, (finding, *earlier))
    return replace(frame, assessment=Taken(taken.at, taken.pace_seconds, assessment))
