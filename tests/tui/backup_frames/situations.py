"""Frames of a server whose backups are well, under way, or failing."""

from __future__ import annotations

from dataclasses import replace

from core.model.health import Area, Assessment, Health, Severity
from core.model.protection import BackupOverview
from core.model.snapshot import Frame, Taken
from tests.tui import frames
from tests.tui.backup_frames.overviews import overview, running, trouble


def with_backups(frame: Frame, backups: BackupOverview) -> Frame:
    """A frame in which this is known of backups."""
    return replace(frame, backups=backups)


def calm() -> Frame:
    """A healthy server with healthy backups."""
    return with_backups(frames.calm(), overview())


def under_way() -> Frame:
    """A healthy server whose backup is being taken."""
    return with_backups(frames.calm(), running())


def incident() -> Frame:
    """Backups have failed for days."""
    late = frames.finding(
        Area.BACKUPS,
        Severity.CRITICAL,
        "The last good backup is 3 d 12 h old",
        trouble().last_good[0].backup_id,
    )
    told = Assessment(Health.CRITICAL, (late,))
    return replace(
        with_backups(frames.calm(), trouble()),
        assessment=Taken(frames.seconds_ago(1), 2, told),
    )
