"""The console beside pg_activity and a bare Textual app: start, CPU, bytes, memory, server cost.

All at 200x50 and a refresh of 2 s, under ``pgbench -c 20`` on an embedded PostgreSQL, in one run on
one machine: what counts is the ratios. Starts alternate with those of the bare app, and are taken
under a light load too: where every core is busy, the scheduler is what is measured. For the same
reason ten consoles are compared with one under a light load: their server shares its cores with
them.
"""

from __future__ import annotations

import os
import re
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from statistics import median

import psutil

from core.postgres.embedded.server import EmbeddedServer
from tests.benchmarks.loaded import PASSWORD, ServerCost, cost_of, load_on, server_with_roles
from tests.benchmarks.terminal import COLUMNS, ROWS, Measured, Terminal, Watch, detached_helpers

PAINTED_CHARACTERS = 200
SETTLE_SECONDS = 15.0
STEADY_SECONDS = 60.0
STARTED_AFTER_SECONDS = 5.0
BARE_AFTER_SECONDS = 2.5
CONSOLES = 10
STARTS = 5
LIGHT_LOAD = 50
BARE_APP = """
from textual.app import App, ComposeResult
from textual.widgets import Static

class Bare(App[None]):
    def compose(self) -> ComposeResult:
        yield Static("\\n".join("a bare application " * 10 for _ in range(48)))

Bare().run()
"""
TITLES = ("Connections", "Slow queries", "Backups", "Security")
SLOTS_IN_USE = re.compile(r"\d+ of \d+ slots")
NOT_READ_YET = "the store has not been read yet"


def painted(screen: str) -> bool:
    """Whether a first screen is there."""
    return sum(not character.isspace() for character in screen) >= PAINTED_CHARACTERS


def live(screen: str) -> bool:
    """Whether each of the four panes shows what was read of this server.

    Connections show the slots in use, slow queries statements of pgbench with their figures, and
    backups and security what the store holds of them.
    """
    return (
        all(title in screen for title in TITLES)
        and SLOTS_IN_USE.search(screen) is not None
        and "pgbench_" in screen
        and NOT_READ_YET not in screen
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


def program(name: str) -> str:
    """A program of this environment."""
    return str(Path(sys.executable).with_name(name))


@contextmanager
def console_on(server: EmbeddedServer, role: str, home: Path) -> Iterator[Terminal]:
    """A console of a user who lives in ``home``; its watchers end with it."""
    command = [program("pgvigil"), server.dsn(user=role, password=PASSWORD)]
    terminal = Terminal(command, environment_in(home))
    try:
        yield terminal
    finally:
        terminal.close()
        for process in watchers_in(home):
            process.kill()
            process.wait()


def watchers_in(home: Path) -> list[psutil.Process]:
    """The detached watchers of the consoles whose folders are in ``home``."""
    return detached_helpers("core.engine", home / "state")


def run_console(server: EmbeddedServer) -> tuple[Measured, ServerCost]:
    """One console on a state folder of its own, with the watcher that it starts."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        with console_on(server, "one_console", home) as terminal:
            return observe(server, terminal, "one_console", partial(watchers_in, home))


def run_pg_activity(server: EmbeddedServer) -> tuple[Measured, ServerCost]:
    """pg_activity at the same refresh."""
    dsn = server.dsn(user="peer", password=PASSWORD)
    with tempfile.TemporaryDirectory() as folder:
        command = [program("pg_activity"), "--refresh", "2", dsn]
        terminal = Terminal(command, environment_in(Path(folder)))
        try:
            return observe(server, terminal, "peer")
        finally:
            terminal.close()


def observe(
    server: EmbeddedServer,
    terminal: Terminal,
    role: str,
    helpers: Callable[[], list[psutil.Process]] = list,
) -> tuple[Measured, ServerCost]:
    """What the program in ``terminal`` takes, and what its ``role`` costs the server."""
    watch = Watch(terminal, helpers)
    watch.settle(SETTLE_SECONDS)
    before, began = cost_of(server, role), time.monotonic()
    measured = watch.measure(STEADY_SECONDS)
    return measured, cost_of(server, role).per_minute_since(before, time.monotonic() - began)


def start_of_bare_app() -> float:
    """Seconds until a Textual application that shows plain text has painted."""
    with tempfile.TemporaryDirectory() as folder:
        terminal = Terminal([sys.executable, "-c", BARE_APP], environment_in(Path(folder)))
        try:
            time.sleep(BARE_AFTER_SECONDS)
            moment = terminal.moment_of(painted)
        finally:
            terminal.close()
    return float("nan") if moment is None else moment


def start_of_console(server: EmbeddedServer) -> tuple[float, float]:
    """Seconds until the console's first paint, and from there until all its panes are live."""
    with (
        tempfile.TemporaryDirectory() as folder,
        console_on(server, "one_console", Path(folder)) as terminal,
    ):
        time.sleep(STARTED_AFTER_SECONDS)
        first, ready = terminal.moment_of(painted), terminal.moment_of(live)
    if first is None or ready is None:
        return float("nan"), float("nan")
    return first, ready - first


def cost_of_consoles(server: EmbeddedServer, count: int) -> ServerCost:
    """What ``count`` consoles of one user cost the server together."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        for _ in range(count):
            stack.enter_context(console_on(server, "ten_consoles", Path(folder)))
        time.sleep(SETTLE_SECONDS + count)
        before, began = cost_of(server, "ten_consoles"), time.monotonic()
        time.sleep(STEADY_SECONDS)
        after = cost_of(server, "ten_consoles")
        return after.per_minute_since(before, time.monotonic() - began)


def measure_starts(server: EmbeddedServer, when: str) -> None:
    """Start the bare app and the console in turn, and print the middle of each."""
    pairs = [(start_of_bare_app(), start_of_console(server)) for _ in range(STARTS)]
    bare = median(bare for bare, _ in pairs)
    first = median(first for _, (first, _) in pairs)
    ready = median(ready for _, (_, ready) in pairs)
    show(f"first paint, s, {when}", first, "bare app", bare, "at most 1.6 x")
    show(f"from there to four live panes, s, {when}", ready, goal="at most 1")


def measure_steady(server: EmbeddedServer) -> None:
    """Watch the console and pg_activity one after the other, and print what each takes."""
    console, console_cost = run_console(server)
    peer, peer_cost = run_pg_activity(server)
    name, own, helpers = "pg_activity", console.cpu_per_minute, console.helpers_cpu_per_minute
    show("CPU s/min, console", own, name, peer.cpu_per_minute, "at most 1 x")
    show("CPU s/min, its watcher", helpers, name, peer.cpu_per_minute)
    show("CPU s/min, both", own + helpers, name, peer.cpu_per_minute)
    show(
        "KB/min", console.bytes_per_minute / 1e3, name, peer.bytes_per_minute / 1e3, "at most 0.5 x"
    )
    show("peak MiB, console", console.peak_mib, name, peer.peak_mib, "at most 100 MiB")
    show("peak MiB, its watcher", console.helpers_peak_mib, name, peer.peak_mib)
    show("server ms/min", console_cost.milliseconds, name, peer_cost.milliseconds, "at most 1 x")
    show("statements/min", console_cost.statements, name, peer_cost.statements, "at most 1 x")


def measure_sharing(server: EmbeddedServer) -> None:
    """Print what ten consoles cost the server beside one."""
    one, ten = cost_of_consoles(server, 1), cost_of_consoles(server, CONSOLES)
    show("server ms/min, ten consoles", ten.milliseconds, "one", one.milliseconds, "at most 1.1 x")
    show("statements/min, ten consoles", ten.statements, "one", one.statements, "at most 1.1 x")


def show(figure: str, value: float, peer: str = "", peer_value: float = 0, goal: str = "") -> None:
    """One line: the figure, its peer's, their ratio, and what is aimed at."""
    beside = f"{peer} {peer_value:.2f}" if peer else ""
    ratio = f"ratio {value / peer_value:.2f}" if peer_value else ""
    print(f"{figure:44}{value:9.2f}   {beside:22}{ratio:14}{goal}".rstrip(), flush=True)


def main() -> None:
    """Print each figure as soon as it is known; takes about seven minutes."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    load = " ".join(f"{each:.1f}" for each in os.getloadavg())
    print(
        f"{COLUMNS}x{ROWS}, steady for {STEADY_SECONDS:.0f} s; load of this machine before: {load}"
    )
    with server_with_roles("one_console", "ten_consoles", "peer") as server:
        with load_on(server, transactions_per_second=LIGHT_LOAD):
            start_of_bare_app(), start_of_console(server)  # programs and caches are there now
            measure_starts(server, "light load")
            measure_sharing(server)
        with load_on(server):
            measure_starts(server, "full load")
            measure_steady(server)
