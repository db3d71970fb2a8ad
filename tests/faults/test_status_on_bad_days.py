"""What ``pgvigil status`` answers when nothing new comes: how old it is, and why."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import time
from contextlib import closing

import pytest

from core.engine.store_file import STORE_FILE
from core.errors import ExitCode
from tests.servers.watching import Site
from tui.cli import main


def status(here: Site, *arguments: str) -> int:
    places = ["--config", str(here.config), "--state-folder", str(here.state)]
    return main(["status", *places, *arguments])


@pytest.fixture
def looked(here: Site, monitor_dsn: str, capsys: pytest.CaptureFixture[str]) -> str:
    """A server that ``status`` has looked at, so that a watcher runs; its DSN."""
    assert status(here, "--timeout", "30", monitor_dsn) == ExitCode.OK
    capsys.readouterr()
    return monitor_dsn


def test_the_age_counts_from_the_look_and_not_from_the_newest_reading(
    here: Site, looked: str, capsys: pytest.CaptureFixture[str]
) -> None:
    watchers = [process.pid for process in here.watchers()]
    for pid in watchers:
        os.kill(pid, signal.SIGSTOP)
    try:
        time.sleep(3)
        status(here, "--json", "--timeout", "1", looked)
    finally:
        for pid in watchers:
            os.kill(pid, signal.SIGCONT)
    (server,) = json.loads(capsys.readouterr().out)["servers"]
    assert server["age_seconds"] >= 3


def test_a_locked_store_is_named_as_the_reason(
    here: Site, looked: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with closing(sqlite3.connect(here.state / STORE_FILE, isolation_level=None)) as rival:
        rival.execute("BEGIN IMMEDIATE")
        time.sleep(8)
        code = status(here, "--timeout", "12", looked)
        rival.execute("ROLLBACK")
    told = capsys.readouterr().out
    assert code == ExitCode.UNKNOWN
    assert "locked" in told
    assert "finished its first look" not in told
