"""A guided drill in real terminals: its console is killed, another one goes on to the verdict."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator

import pytest

from core.model.backup import VerificationLevel
from tests.faults.terminal import Sit
from tests.servers.backing_up import BackupSite
from tests.servers.drill_host import DrillHost, drill_host
from tests.servers.waiting import eventually
from tests.servers.watching import QUICK_ENGINE, Site

pytestmark = pytest.mark.fault
SIZE = (120, 40)
ENTER, ESCAPE = "\r", "\x1b"


@pytest.fixture
def host(site: BackupSite, here: Site) -> Iterator[DrillHost]:
    """A host with one backup, and consoles with short paces."""
    with drill_host(site) as made:
        with made.config.open("a") as config:
            config.write(QUICK_ENGINE)
        yield made


def test_one_whose_console_was_killed_goes_on_in_another_one_and_proves_the_backup(
    host: DrillHost, sit: Sit
) -> None:
    first = sit("drill", "guide", "table", size=SIZE)
    first.sees("Guided drill: a table was dropped", "0 of 6", "▸ · 1 Write down")
    first.goes((" ", "1 of 6"), ("n", "Write a note"), ("13:02, by the desk" + ENTER, ": 13:02"))
    os.killpg(os.getpgid(first.process.pid), signal.SIGKILL)
    first.close()

    second = sit("drill", "guide", size=SIZE)
    second.sees("go on: a table was dropped +in the hands of")
    second.goes(
        (ENTER, ": 13:02, by the desk"),
        (" ", "2 of 6"),
        (" ", "3 of 6"),
        (ENTER, r"Which moment[\s\S]*full +sealed"),
        (ENTER, "everything"),
        (ENTER, r"in the place of[\s\S]*not now: a drill never touches what is live"),
        (ENTER, "Nothing stops it"),
        (ENTER, "Read it. Enter does it"),
        (ENTER, "Type [^ ]+ and press"),
        (host.site.server_database + ENTER, "• proven"),
        (ESCAPE, "• proven +everything to"),
        ("   ", "6 of 6"),
        ("v", r"End the drill with a verdict[\s\S]*y do it"),
        ("y", r"• passed[\s\S]*What came of it"),
    )
    eventually(lambda: not list(host.place.iterdir()))
    (told,) = host.drills.told("list")
    assert (told["kind"], told["status"], told["what"]) == ("guided", "passed", "everything")
    assert told["rto_seconds"] == told["guided"]["seconds"]
    assert all(each["done_by"] for each in told["guided"]["steps"])
    assert host.drills.told("report")["broken_seal"] is None
    (entry,) = host.site.store.catalog.entries("shop")
    assert entry.level is VerificationLevel.RESTORED
