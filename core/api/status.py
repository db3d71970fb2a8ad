"""One look at one server, for a shell or a monitoring plugin."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from dataclasses import replace
from datetime import UTC, datetime

from core.api.console import ConsoleSession
from core.api.contest import is_contested
from core.api.keeper import no_space
from core.api.launch import Launch
from core.assess.staleness import seconds_until_stale
from core.errors import PgvigilError
from core.model.health import Area, Assessment, Finding, Health, Severity
from core.model.server import Link, LinkState
from core.model.snapshot import Frame, Taken
from core.model.unknown import Unknown

FINGERPRINT = "pgvigil.no_answer"

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
                    return as_of(frame, now)
    except TimeoutError:
        now = datetime.now(UTC)
        frame = as_of(frame or await session.latest(server_id), now)
        if is_complete(frame, now, spare_seconds):
            return frame  # what another watcher found stands where ours came to no end in time
        return unanswered(frame, timeout_seconds, session.trouble or no_space(launch.state_folder))
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


def as_of(frame: Frame, now: datetime) -> Frame:
    """``frame`` as it is looked at ``now``: a frame's own moment is that of its newest reading."""
    return replace(frame, moment=max(now, frame.moment))


def unanswered(frame: Frame, seconds: float, trouble: PgvigilError | None = None) -> Frame:
    """``frame`` with an unknown health that says that nothing fresh came within ``seconds``.

    ``trouble`` is why, where that is known.
    """
    earlier = frame.assessment.body if frame.assessment is not None else None
    finding = Finding(
        fingerprint=FINGERPRINT,
        area=Area.PGVIGIL,
        severity=Severity.WARNING,
        title=f"No fresh data within {seconds:g} s",
        detail=_in_words(trouble) if trouble else "the watcher has nothing new of the server yet",
        advice=(trouble.remedy if trouble else "") or _TRY_AGAIN,
        since=frame.moment,
    )
    findings = earlier.findings if isinstance(earlier, Assessment) else ()
    assessment = Assessment(Health.UNKNOWN, (finding, *findings))
    looked_at = frame.assessment.at if frame.assessment is not None else frame.moment
    return replace(frame, assessment=Taken(looked_at, seconds, assessment))


def _in_words(trouble: PgvigilError) -> str:
    return f"{trouble.what}: {trouble.why}" if trouble.why else trouble.what
