"""What the console says of one restore."""

from __future__ import annotations

import re
from dataclasses import replace

from core.model.restore import TargetKind
from core.model.restore_operation import PhaseTime, RestoreOperation
from tests.tui import restore_frames
from tests.unit.panes.shown import text_of, view_of
from tui.panes.restore import restore_lines
from tui.panes.restores_table import restore_rows

STEPS = restore_frames.plan().steps
TIMES = tuple(PhaseTime(each.phase, 60.0, 75.0) for each in STEPS)


def told_of(operation: RestoreOperation) -> str:
    view = view_of(restore_frames.restored())
    return text_of(restore_lines(view, restore_frames.detail(operation), 120))


def test_what_it_took_stands_beside_what_was_expected() -> None:
    done = replace(restore_frames.PROVEN, phases=TIMES)
    told = told_of(done)
    assert re.search(r"took +11 min 00 s", told)
    assert re.search(r"expected +4 min 00 s", told)
    assert "Load the rows  took 1 min 15 s, 4 min 00 s expected" in told
    assert "about" not in told


def test_of_one_that_is_under_way_the_steps_to_come_tell_what_is_expected() -> None:
    running = replace(restore_frames.RUNNING, phases=tuple(PhaseTime(e.name, 60.0) for e in TIMES))
    told = told_of(running)
    assert re.search(r"expected +4 min 00 s", told)
    assert "Load the rows  about 4 min 00 s" in told
    assert "took" not in told


def test_what_was_not_looked_at_is_named() -> None:
    done = replace(restore_frames.PROVEN, unchecked=("pg_amcheck was not run: no superuser",))
    told = told_of(done)
    assert "skipped pg_amcheck was not run" in told


def test_roles_that_came_back_to_a_server_are_told_without_a_database() -> None:
    done = replace(
        restore_frames.PROVEN, target=TargetKind.GLOBALS, target_server="spare",
        target_database="spare",
    )  # fmt: skip
    told = told_of(done)
    assert re.search(r"to +spare +", told)
    assert "spare on spare" not in told
    frame = restore_frames.restored()
    assert frame.backups is not None
    (row,) = restore_rows(view_of(frame), replace(frame.backups, drafts=(), restores=(done,)))
    assert "spare" in [each.text for each in row.cells]
