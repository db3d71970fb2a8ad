"""One look at one server, for a shell or a monitoring plugin."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from core.api.console import ConsoleSession
from core.api.contest import is_contested
from core.api.current import only_current
from core.api.keeper import no_space
from core.api.launch import Launch
from core.assess.staleness import FINGERPRINT as STALE
from core.assess.staleness import seconds_until_stale
from core.assess.wording import duration
from core.errors import PgvigilError
from core.model.health import Area, Assessment, Finding, Health, Severity
from core.model.server import Link, LinkState
from core.model.snapshot import Frame, Taken
from core.model.unknown import Unknown

FINGERPRINT = "pgvigil.no_answer"
SILENT_FINGERPRINT = "link.no_answer"

_TRY_AGAIN = "Try again with a longer timeout; watcher.log in the state folder says more."


def status(launch: Launch, server_id: str, timeout_seconds: float) -> Frame:
    """The newest frame of a server, waiting up to ``timeout_seconds`` for a fresh assessment.

    Starts a watcher where none runs, and one beside a watcher that gets no connection: what that
    one tells is no answer while ours, which may be let in, has not tried. Where nothing fresh came
    in time, the frame's assessment is unknown and says why.

    Raises:
        PgvigilError: the store or the watcher can't be used.
    """
    return asyncio.run(_status(launch, server_id, timeout_seconds))


async def _status(launch: Launch, server_id: str, timeout_seconds: float) -> Frame:
    session = await ConsoleSession.open(launch)
    frame: Frame | None = None
    spare_seconds = launch.settings.engine.lease_seconds
    try:
        async with asyncio.timeout(timeout_seconds), aclosing(session.changes(server_id)) as frames:
            incumbents = await session.incumbents()
            async for frame in frames:
                now = datetime.now(UTC)
                if is_complete(frame, now, spare_seconds) and not is_contested(frame, incumbents):
                    return only_current(as_of(frame, now), spare_seconds)
    except TimeoutError:
        now = datetime.now(UTC)
        frame = as_of(frame or await session.latest(server_id), now)
        if is_complete(frame, now, spare_seconds):
            # What another watcher found stands where ours came to no end in time.
            return only_current(frame, spare_seconds)
        trouble = session.trouble or no_space(launch.state_folder)
        patience = launch.settings.console.status_no_answer_seconds
        seconds = seconds_of_silence(frame, spare_seconds) if trouble is None else 0.0
        if seconds >= patience:
            return silent(only_current(frame, spare_seconds), _target(launch, server_id), seconds)
        return unanswered(frame, timeout_seconds, trouble)
    finally:
        await session.close()
    raise AssertionError


def is_complete(frame: Frame, now: datetime, spare_seconds: float) -> bool:
    """Whether ``frame`` is fresh, and every subject has been asked often enough to be judged.

    A server that can't be reached is judged by that alone.
    """
    left = seconds_until_stale(frame, now, spare_seconds)
    link = frame.link.body if frame.link is not None else None
    if left is None or left < 0 or not isinstance(link, Link):
        return False
    if link.state is not LinkState.CONNECTED:
        return link.state is not LinkState.CONNECTING
    asked = (frame.server, frame.connections, frame.statements, frame.databases)
    if any(taken is None or taken.at < link.since for taken in asked):
        return False
    return all(
        taken is not None and (isinstance(taken.body, Unknown) or taken.body.since is not None)
        for taken in (frame.statements, frame.databases)
    )


def seconds_of_silence(frame: Frame, spare_seconds: float) -> float:
    """For how long the server has been answering nothing to an attempt to connect; 0 without one.

    An attempt that its watcher should have given up by now is none: that watcher is gone.
    """
    taken = frame.link
    if taken is None or not isinstance(taken.body, Link):
        return 0.0
    age = (frame.moment - taken.at).total_seconds()
    is_open = taken.body.state is LinkState.CONNECTING and 0 <= age <= (
        2 * taken.pace_seconds + spare_seconds
    )
    return (frame.moment - taken.body.since).total_seconds() if is_open else 0.0


def silent(frame: Frame, target: str, seconds: float) -> Frame:
    """``frame`` as critical because ``target`` has answered nothing for ``seconds``."""
    finding = Finding(
        fingerprint=SILENT_FINGERPRINT,
        area=Area.SERVER,
        severity=Severity.CRITICAL,
        title=f"No answer from {target} for {duration(seconds)}",
        detail="the attempt to connect still waits: the server may hang, or packets be dropped",
        advice="Look at the host, the server's processes and the firewall on the way.",
        since=frame.moment - timedelta(seconds=seconds),
    )
    assessment = Assessment(Health.CRITICAL, (finding,))
    return replace(frame, assessment=Taken(frame.moment, seconds, assessment))


def _target(launch: Launch, server_id: str) -> str:
    return next(entry.target for entry in launch.servers if entry.server_id == server_id)


def as_of(frame: Frame, now: datetime) -> Frame:
    """``frame`` as it is looked at ``now``: a frame's own moment is that of its newest reading."""
    return replace(frame, moment=max(now, frame.moment))


def unanswered(frame: Frame, seconds: float, trouble: PgvigilError | None = None) -> Frame:
    """``frame`` with an unknown health that says that nothing fresh came within ``seconds``.

    ``trouble`` is why, where that is known. What was read before that time is unknown, too, and
    what was found before it stands there with its age, not as a finding.
    """
    finding = Finding(
        fingerprint=FINGERPRINT,
        area=Area.PGVIGIL,
        severity=Severity.WARNING,
        title=f"No fresh data within {seconds:g} s",
        detail="; ".join(filter(None, (_why(trouble), _found_before(frame, seconds)))),
        advice=(trouble.remedy if trouble else "") or _TRY_AGAIN,
        since=frame.moment,
    )
    earlier = _assessed(frame)
    findings = earlier.findings if earlier and _age(frame) <= seconds else ()
    assessment = Assessment(Health.UNKNOWN, (finding, *findings))
    looked_at = frame.assessment.at if frame.assessment is not None else frame.moment
    fresh = only_current(frame, 0.0, frame.moment - timedelta(seconds=seconds))
    return replace(fresh, assessment=Taken(looked_at, seconds, assessment))


def _why(trouble: PgvigilError | None) -> str:
    if trouble is None:
        return "the watcher has nothing new of the server yet"
    return f"{trouble.what}: {trouble.why}" if trouble.why else trouble.what


def _found_before(frame: Frame, seconds: float) -> str:
    """What the last assessment found, with its age, where that is older than ``seconds``."""
    earlier, age = _assessed(frame), _age(frame)
    titles = [f.title for f in earlier.findings if f.fingerprint != STALE] if earlier else []
    if not titles or age <= seconds:
        return ""
    return f"found {duration(age)} ago: {', '.join(titles)}"


def _assessed(frame: Frame) -> Assessment | None:
    body = frame.assessment.body if frame.assessment is not None else None
    return body if isinstance(body, Assessment) else None


def _age(frame: Frame) -> float:
    taken = frame.assessment
    return (frame.moment - taken.at).total_seconds() if taken is not None else 0.0
