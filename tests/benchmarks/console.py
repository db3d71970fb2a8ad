"""The console beside pg_activity and a bare Textual app: start, CPU, bytes, memory, server cost.

All at 200x50 and a refresh of 2 s, under ``pgbench -c 20`` on an embedded PostgreSQL, in one run.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median

import psutil
import psycopg

from core.postgres.embedded.account import server_account
from core.postgres.embedded.folder import make_private_folder, remove_folder
from core.postgres.embedded.server import EmbeddedServer
from core.postgres.embedded.unpack import unpack
from tests.benchmarks.terminal import (
    Measured,
    Terminal,
    Watch,
    detached_helpers,
    visible_characters,
)

PAINTED_CHARACTERS = 200
SETTLE_SECONDS = 15.0
STEADY_SECONDS = 60.0
CONSOLES = 10
STARTS = 3
BARE_APP = """
from textual.app import App, ComposeResult
from textual.widgets import Static

class Bare(App[None]):
    def compose(self) -> ComposeResult:
        yield Static("\\n".join("a bare application " * 10 for _ in range(48)))

Bare().run()
"""
LIVE_MARKS = (b"Connections", b"Slow queries", b"Backups", b"Security", b"pgbench")


@dataclass(frozen=True, slots=True)
class ServerCost:
    """What a role cost the server, in milliseconds and statements per minute."""

    milliseconds: float
    statements: float


def painted(text: bytes) -> bool:
    """Whether a first screen is there."""
    return visible_characters(text) >= PAINTED_CHARACTERS


def live(text: bytes) -> bool:
    """Whether all four panes show figures of the server."""
    return all(mark in text for mark in LIVE_MARKS)


@contextmanager
def loaded_server() -> Iterator[EmbeddedServer]:
    """A server under pgbench with 20 clients, and a monitoring role for each contestant."""
    account = server_account()
    folder = make_private_folder("pgvigil-bench-", account)
    server = EmbeddedServer(unpack(folder), folder, account=account)
    try:
        server.start()
        with psycopg.connect(server.dsn(), autocommit=True) as connection:
            connection.execute("CREATE EXTENSION pg_stat_statements")
            for role in ("one_console", "ten_consoles", "peer"):
                connection.execute(f"CREATE ROLE {role} LOGIN PASSWORD 'bench' IN ROLE pg_monitor")
        environment = {**server.programs.environment(), "PGPASSWORD": server.password}
        pgbench = str(server.programs.path("pgbench"))
        subprocess.run(
            [pgbench, "-i", "-q", "-s", "5", server.dsn()],
            env=environment,
            check=True,
            capture_output=True,
        )
        load = subprocess.Popen(
            [pgbench, "-c", "20", "-T", "3600", "-n", server.dsn()],
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            yield server
        finally:
            load.kill()
            load.wait()
    finally:
        server.remove()
        remove_folder(folder)


def cost_of(server: EmbeddedServer, role: str) -> ServerCost:
    """What ``role`` has cost the server so far, by pg_stat_statements."""
    with psycopg.connect(server.dsn()) as connection:
        row = connection.execute(
            "SELECT coalesce(sum(total_exec_time + total_plan_time), 0), coalesce(sum(calls), 0)"
            " FROM pg_stat_statements(false) WHERE userid = %s::regrole",
            (role,),
        ).fetchone()
    assert row is not None
    return ServerCost(float(row[0]), float(row[1]))


def per_minute(before: ServerCost, after: ServerCost, seconds: float) -> ServerCost:
    """The cost between two readings that are ``seconds`` apart."""
    return ServerCost(
        (after.milliseconds - before.milliseconds) * 60 / seconds,
        (after.statements - before.statements) * 60 / seconds,
    )


def environment_in(folder: Path) -> dict[str, str]:
    """The environment of a user who has never run anything: all folders below ``folder``."""
    return {
        "PATH": os.environ["PATH"],
        "LANG": "C.UTF-8",
        "HOME": str(folder),
        "XDG_STATE_HOME": str(folder / "state"),
        "XDG_CONFIG_HOME": str(folder / "config"),
    }


def console_command(server: EmbeddedServer, role: str) -> list[str]:
    """The command that opens the console on ``server`` as ``role``."""
    dsn = server.dsn(user=role, password="bench")
    return [str(Path(sys.executable).with_name("pgvigil")), dsn]


def run_console(server: EmbeddedServer) -> tuple[Measured, ServerCost]:
    """One console on a state folder of its own, with the watcher that it starts."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        terminal = Terminal(console_command(server, "one_console"), environment_in(home))
        try:
            return observe(server, terminal, "one_console", live, partial(watchers_in, home))
        finally:
            terminal.close()
            end_watchers(home)


def run_pg_activity(server: EmbeddedServer) -> tuple[Measured, ServerCost]:
    """pg_activity at the same refresh."""
    program = str(Path(sys.executable).with_name("pg_activity"))
    with tempfile.TemporaryDirectory() as folder:
        dsn = server.dsn(user="peer", password="bench")
        terminal = Terminal([program, "--refresh", "2", dsn], environment_in(Path(folder)))
        try:
            return observe(server, terminal, "peer")
        finally:
            terminal.close()


def observe(
    server: EmbeddedServer,
    terminal: Terminal,
    role: str,
    ready: Callable[[bytes], bool] | None = None,
    helpers: Callable[[], list[psutil.Process]] = list,
) -> tuple[Measured, ServerCost]:
    """What the program in ``terminal`` shows, and what its ``role`` costs the server."""
    watch = Watch(terminal, helpers)
    watch.settle(SETTLE_SECONDS)
    before, began = cost_of(server, role), time.monotonic()
    measured = watch.measure(STEADY_SECONDS, painted, ready)
    after = cost_of(server, role)
    return measured, per_minute(before, after, time.monotonic() - began)


def first_paint_of_bare_app() -> float:
    """Seconds until a Textual application that shows plain text has painted."""
    with tempfile.TemporaryDirectory() as folder:
        terminal = Terminal([sys.executable, "-c", BARE_APP], environment_in(Path(folder)))
        try:
            time.sleep(4)
            moment = terminal.moment_of(painted)
        finally:
            terminal.close()
    assert moment is not None, "the bare application painted nothing"
    return moment


def start_of_console(server: EmbeddedServer) -> tuple[float, float]:
    """Seconds until the console's first paint and until all its panes are live."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        terminal = Terminal(console_command(server, "one_console"), environment_in(home))
        try:
            time.sleep(8)
            first, ready = terminal.moment_of(painted), terminal.moment_of(live)
        finally:
            terminal.close()
            end_watchers(home)
    assert first is not None, "the console painted nothing"
    return first, ready if ready is not None else float("nan")


def cost_of_consoles(server: EmbeddedServer, count: int) -> ServerCost:
    """What ``count`` consoles of one user cost the server together."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        home = Path(folder)
        stack.callback(end_watchers, home)
        for _ in range(count):
            terminal = Terminal(console_command(server, "ten_consoles"), environment_in(home))
            stack.callback(terminal.close)
        time.sleep(SETTLE_SECONDS + count)
        before, began = cost_of(server, "ten_consoles"), time.monotonic()
        time.sleep(STEADY_SECONDS)
        after = cost_of(server, "ten_consoles")
        return per_minute(before, after, time.monotonic() - began)


def watchers_in(home: Path) -> list[psutil.Process]:
    """The detached watchers of the consoles whose folders are in ``home``."""
    return detached_helpers("core.engine", home / "state")


def end_watchers(home: Path) -> None:
    """End the detached watchers, so that the next contestant has the machine to itself."""
    for process in watchers_in(home):
        process.kill()
        process.wait()


def main() -> None:
    """Print each figure beside its peer's, and the ratio."""
    print(f"bare Textual app, pgvigil and pg_activity at 200x50; steady {STEADY_SECONDS:.0f} s")
    with loaded_server() as server:
        bare = [first_paint_of_bare_app() for _ in range(STARTS)]
        starts = [start_of_console(server) for _ in range(STARTS)]
        console, console_cost = run_console(server)
        peer, peer_cost = run_pg_activity(server)
        one = cost_of_consoles(server, 1)
        ten = cost_of_consoles(server, CONSOLES)
    first, ready = median(start[0] for start in starts), median(start[1] for start in starts)
    show("first paint, s", first, "bare app", median(bare), 1.6)
    show("first paint to all panes live, s", ready - first, "", 0, 1.0)
    together = console.cpu_per_minute + console.helpers_cpu_per_minute
    show("CPU s/min, console", console.cpu_per_minute, "pg_activity", peer.cpu_per_minute, 1.0)
    show("CPU s/min, with its watcher", together, "pg_activity", peer.cpu_per_minute, 1.0)
    show("KB/min", console.bytes_per_minute / 1e3, "pg_activity", peer.bytes_per_minute / 1e3, 0.5)
    show("peak MiB, console", console.peak_mib, "", 0, 100)
    show("peak MiB, its watcher", console.helpers_peak_mib, "", 0, None)
    show("server ms/min", console_cost.milliseconds, "pg_activity", peer_cost.milliseconds, 1.0)
    show("statements/min", console_cost.statements, "pg_activity", peer_cost.statements, 1.0)
    show("server ms/min, ten consoles", ten.milliseconds, "one", one.milliseconds, 1.1)
    show("statements/min, ten consoles", ten.statements, "one", one.statements, 1.1)


def show(figure: str, value: float, peer: str, peer_value: float, most: float | None) -> None:
    """One line: the figure, its peer's, their ratio, and what is aimed at."""
    line = f"{figure:36}{value:10.2f}"
    if peer:
        line += f"   {peer} {peer_value:.2f}   ratio {value / peer_value:.2f}"
    if most is not None:
        line += f"   (at most {most:g}{' x' if peer else ''})"
    print(line, flush=True)
