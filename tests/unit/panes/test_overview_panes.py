"""The overview's panes say what their areas' panes say, and wait with importing those."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import pytest

from core.errors import PgvigilError
from core.model.snapshot import Frame
from tests.tui import backup_frames, frames
from tests.unit.panes.shown import Pane, view_of
from tui.panes import overview
from tui.panes.backups import backups_lines
from tui.panes.connections import connections_lines
from tui.panes.databases import databases_lines
from tui.panes.queries import queries_lines
from tui.panes.security import security_lines
from tui.panes.view import Mode

pytestmark = pytest.mark.usefixtures("utc")

PANES: dict[str, tuple[Pane, Pane]] = {
    "connections": (overview.connections_pane, connections_lines),
    "queries": (overview.queries_pane, queries_lines),
    "databases": (overview.databases_pane, databases_lines),
    "backups": (overview.backups_pane, backups_lines),
    "security": (overview.security_pane, security_lines),
}
FRAMES = {
    "nothing": frames.nothing(),
    "first contact": frames.first_contact(),
    "link down": frames.link_down(),
    "calm": frames.calm(),
    "backups": backup_frames.calm(),
}
TROUBLE = PgvigilError("The store can't be read", why="its disk is gone", remedy="mount it")
OF_FIGURES = (
    *("backup", "connections", "databases", "job", "process", "protection", "schedule", "server"),
    "statements",
)


@pytest.mark.parametrize(("shown", "own"), PANES.values(), ids=PANES)
@pytest.mark.parametrize("frame", FRAMES.values(), ids=FRAMES)
@pytest.mark.parametrize("mode", list(Mode))
@pytest.mark.parametrize("trouble", [None, TROUBLE], ids=["well", "trouble"])
@pytest.mark.parametrize("room", [(66, 14), (30, 4)])
def test_the_overview_shows_what_the_area_says(
    shown: Pane,
    own: Pane,
    frame: Frame,
    mode: Mode,
    trouble: PgvigilError | None,
    room: tuple[int, int],
) -> None:
    view = replace(view_of(frame, mode), trouble=trouble)
    assert shown(view, *room) == own(view, *room)


def test_what_figures_are_made_of_is_not_imported_for_the_first_paint() -> None:
    program = "import sys, tui.app; print(*(n for n in sys.modules if n.startswith('core.model.')))"
    done = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True
    )
    assert not [name for name in OF_FIGURES if f"core.model.{name}" in done.stdout.split()]
