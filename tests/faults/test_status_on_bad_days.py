"""What ``pgvigil status`` answers when nothing new comes: how old it is, and why."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psutil
import pytest

from core.engine.store_file import STORE_FILE
from core.errors import ExitCode
from core.model.server import Link, LinkState
from core.model.snapshot import Frame
from core.postgres.embedded import EmbeddedServer
from tests.servers.commands import PGVIGIL
from tests.servers.databases import execute
from tests.servers.factory import ServerFactory
from tests.servers.proxy import network_to
from tests.servers.watching import QUICK_ENGINE, Site, console, frame_where, site, until
from tui.cli import main

pytestmark = pytest.mark.waits


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


def test_a_server_that_stopped_has_no_figures_of_before_and_no_uptime(
    here: Site, start_server: ServerFactory, capsys: pytest.CaptureFixture[str]
) -> None:
    server = start_server()
    dsn = server.dsn()
    assert status(here, "--timeout", "30", dsn) == ExitCode.OK
    server.stop()
    until(lambda: status(here, "--timeout", "30", dsn) == ExitCode.CRITICAL)
    time.sleep(1)
    capsys.readouterr()
    status(here, "--json", "--timeout", "30", dsn)
    (told,) = json.loads(capsys.readouterr().out)["servers"]
    parts = ("server", "connections", "statements", "databases")
    assert [told[part] for part in parts] == [None] * len(parts)
    assert "last read" in told["unknown"]["connections"]["reason"]
    assert told["age_seconds"] >= 1
    status(here, "--nagios", "--timeout", "30", dsn)
    perfdata = capsys.readouterr().out.split(" | ")[1]
    assert set(re.findall(r"'=([^;\s]+)", perfdata)) == {"U"}
    status(here, "--timeout", "30", dsn)
    shown = capsys.readouterr().out
    assert "primary" not in shown
    assert " connections (" not in shown


def test_a_server_that_hangs_under_a_watcher_has_no_figures_but_their_age_and_why(
    here: Site, start_server: ServerFactory, capsys: pytest.CaptureFixture[str]
) -> None:
    server = start_server()
    dsn = server.dsn()
    execute(server, "CREATE EXTENSION pg_stat_statements")
    assert status(here, "--timeout", "30", dsn) == ExitCode.OK
    with stopped(server):
        until(lambda: status(here, "--timeout", "30", dsn) == ExitCode.CRITICAL)
        capsys.readouterr()
        codes = [
            status(here, *form, "--timeout", "30", dsn) for form in ([], ["--nagios"], ["--json"])
        ]
    told = capsys.readouterr().out
    shown, plugin, document = re.split(r"^(PGVIGIL .*\n)", told, flags=re.MULTILINE)
    assert codes == [ExitCode.CRITICAL] * 3
    assert re.search(r"^  connections \? last read .+ ago: .+", shown, re.MULTILINE)
    assert re.search(r"^  queries   \? last read .+ ago: .+", shown, re.MULTILINE)
    # In the moments before the attempt is given up it is told while it still goes on.
    assert re.search("gave no answer|no answer from", shown.splitlines()[1])
    assert "primary" not in shown
    assert set(re.findall(r"'=([^;\s]+)", plugin)) == {"U"}
    (found,) = json.loads(document)["servers"]
    for part in ("server", "connections", "statements", "databases"):
        assert found[part] is None
        assert re.match("last read .+ ago: .+", found["unknown"][part]["reason"])


@contextmanager
def stopped(server: EmbeddedServer) -> Iterator[None]:
    """Every process of the server stands still, as on a host whose disk hangs."""
    assert server.pid is not None
    postmaster = psutil.Process(server.pid)
    processes = [postmaster, *postmaster.children(recursive=True)]
    for process in processes:
        process.suspend()
    try:
        yield
    finally:
        for process in processes:
            process.resume()


@pytest.mark.parametrize(
    ("arguments", "says"), [([], "connect"), (["--timeout", "9"], "No answer")]
)
def test_a_server_that_hangs_is_critical_with_its_cause(
    tmp_path: Path,
    start_server: ServerFactory,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    says: str,
) -> None:
    """At the default settings, and with less time than an attempt to connect takes."""
    server = start_server()
    postmaster = int((server.data / "postmaster.pid").read_text().split()[0])
    with site(tmp_path, engine="") as here:
        os.kill(postmaster, signal.SIGSTOP)
        try:
            code = status(here, *arguments, server.dsn())
        finally:
            os.kill(postmaster, signal.SIGCONT)
    told = capsys.readouterr().out
    assert code == ExitCode.CRITICAL
    assert told.startswith("CRITICAL")
    assert says in told
    assert f"127.0.0.1:{server.port}" in told.splitlines()[1]


async def test_beside_a_watcher_of_an_unreachable_host_it_ends_within_its_timeout(
    tmp_path: Path, monitor_dsn: str
) -> None:
    patient = QUICK_ENGINE.replace("connect_timeout_seconds = 2", "connect_timeout_seconds = 120")
    assert patient != QUICK_ENGINE
    patient += "[console]\nstatus_no_answer_seconds = 120\n"
    with site(tmp_path, engine=patient) as here:
        async with network_to(monitor_dsn) as (dsn, network):
            network.drop_packets()
            async with console(here.launch(dsn)) as looking:
                await frame_where(looking, is_connecting)
                words = ["--config", str(here.config), "--state-folder", str(here.state)]
                asked = await asyncio.create_subprocess_exec(
                    *(*PGVIGIL, "status", *words, "--timeout", "1", dsn),
                    stdout=asyncio.subprocess.PIPE,
                )
                # Far less than the attempt to connect takes, far more than a slow machine needs.
                told, _ = await asyncio.wait_for(asked.communicate(), 60)
    assert asked.returncode == ExitCode.UNKNOWN
    assert b"No fresh data within 1 s" in told


def is_connecting(frame: Frame) -> bool:
    link = frame.link.body if frame.link is not None else None
    return isinstance(link, Link) and link.state is LinkState.CONNECTING


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
