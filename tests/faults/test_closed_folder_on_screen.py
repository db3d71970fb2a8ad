"""A state folder that can't be entered for a while: console, watcher and health outlive it."""

from __future__ import annotations

import os
import re

from tests.faults.terminal import Sit
from tests.servers.watching import Site, until

AS_ANYBODY = (
    ("setpriv", "--bounding-set", "-dac_override,-dac_read_search") if os.geteuid() == 0 else ()
)
"""Else root enters every folder, whatever its mode."""

ALWAYS_CRITICAL = "\n[thresholds]\nconnection_usage = { warning = 0.001, critical = 0.002 }\n"
LIVE = r"live (\d\d:\d\d:\d\d)"


def live_at(screen: str) -> str:
    """Of which second the figures are."""
    found = re.search(LIVE, screen)
    return found[1] if found is not None else ""


def test_console_and_watcher_outlive_a_state_folder_that_is_closed_for_a_while(
    sit: Sit, database: str, here: Site
) -> None:
    here.config.write_text(here.config.read_text() + ALWAYS_CRITICAL)
    seat = sit(database, size=(120, 40), prefix=AS_ANYBODY)
    moment = live_at(seat.sees(LIVE, "✖ CRITICAL  1 finding: Connections"))
    [watcher] = here.watchers()
    here.state.chmod(0o000)
    try:
        seat.sees("✖ CRITICAL  2 findings: Connections at .* · The state folder", LIVE)
        until(lambda: live_at(seat.sees(LIVE)) not in {moment, ""})
    finally:
        here.state.chmod(0o700)
    until(lambda: "The state folder" not in seat.sees(LIVE))
    assert here.watchers() == [watcher]
    assert "removed or replaced" not in here.log()
    seat.press("q")
    assert seat.ends() == 0
