"""The databases pane: which interval its rates are of, where that is not the usual one."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.model.snapshot import Taken
from core.model.unknown import Unknown
from tests.tui import frames
from tests.unit.panes.shown import text_of, view_of
from tui.panes.databases import databases_lines


@pytest.mark.parametrize(("seconds", "is_named"), [(0.3, True), (10.0, False)])
def test_a_first_interval_far_below_the_pace_is_named(seconds: float, is_named: bool) -> None:
    usual = frames.calm().databases
    assert usual is not None
    assert not isinstance(usual.body, Unknown)
    body = replace(usual.body, seconds=seconds)
    frame = replace(frames.calm(), databases=Taken(frames.seconds_ago(1), 10, body))
    head = text_of(databases_lines(view_of(frame), 60, 10)).splitlines()[0]
    assert ("in 0.3 s" in head) is is_named
