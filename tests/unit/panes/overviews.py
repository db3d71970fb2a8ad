"""Overviews of backups, and the pane of one as text."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from core.model.protection import BackupOverview
from tests.tui import backup_frames as backups
from tests.tui import frames
from tests.unit.panes.shown import text_of, view_of
from tui.panes.backups import backups_lines
from tui.panes.view import Mode, View

HOUR = timedelta(hours=1)


def view(overview: BackupOverview | None, mode: Mode = Mode.LIVE) -> View:
    return view_of(replace(frames.calm(), backups=overview), mode)


def pane(overview: BackupOverview | None, mode: Mode = Mode.LIVE, width: int = 60) -> str:
    return text_of(backups_lines(view(overview, mode), width, 12))


def well(**changes: object) -> BackupOverview:
    return replace(backups.overview(), **changes)  # type: ignore[arg-type]
