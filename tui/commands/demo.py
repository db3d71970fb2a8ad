"""``pgvigil demo``: a server of its own to look at."""

from __future__ import annotations

import signal
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from typing import TYPE_CHECKING

from tui.commands.failures import UsageError
from tui.commands.output import say
from tui.commands.values import positive_number

if TYPE_CHECKING:
    from core.api.demo import DemoRun
    from core.api.keeper import WatcherKeeper

DESCRIPTION = """\
Start a PostgreSQL 18 of its own with a schema, a workload and an incident, and show it.

It needs no PostgreSQL on this machine and touches none. When you leave, however you leave,
its processes, its files and its port are gone."""

SCENARIOS = ("calm", "incident")

LOOK_SECONDS = 1.0
"""How often it is looked whether the watcher is still there."""


def add_arguments(parser: ArgumentParser) -> None:
    """Declare what the command takes."""
    parser.add_argument(
        "--scenario",
        choices=SCENARIOS,
        default="incident",
        help="calm: steady work only; incident (default): slow queries, a lock queue, "
        "connection bursts, failed logins, a role made superuser",
    )
    parser.add_argument(
        "--minutes", type=positive_number, metavar="N", help="end by itself after N minutes"
    )
    parser.add_argument(
        "--headless", action="store_true", help="no console: print where the server is, and wait"
    )


def run(arguments: Namespace) -> int:
    """Show it until the person leaves or its time is up."""
    if arguments.state_folder is not None:
        raise UsageError(
            "a demo takes no --state-folder",
            why="what it records goes with it, in a folder of its own",
            remedy="leave it out; to keep a record, run pgvigil demo --headless, and in another"
            " terminal pgvigil --state-folder FOLDER with the URL that it tells",
        )
    if not arguments.headless:
        from tui.commands.terminal import require_terminal

        require_terminal("pgvigil demo --headless tells where its server is, and waits")
    from core.api.demo import DemoRun, Scenario

    with DemoRun.start(Scenario(arguments.scenario), arguments.minutes, say) as demo:
        try:
            code = _tell(demo, arguments) if arguments.headless else _show(demo, arguments)
        finally:
            say("Clearing away its processes and files …")
    say("Nothing of it is left.")
    return code


def _show(demo: DemoRun, arguments: Namespace) -> int:
    from core.api.launch import ensure_watcher
    from tui.commands.launching import with_options

    launch = with_options(demo.launch(arguments.config), arguments)
    say(f"Another console on it:  {demo.another_console}")
    ensure_watcher(launch)
    from tui.app import run as show
    from tui.screens.mishap import Mishap

    mishap = Mishap(demo.mishap, demo.let_mishap_happen)
    code = show(launch, over=lambda: demo.wait(0), mishap=mishap)
    if demo.wait(0):
        _tell_the_end(demo)
    return code


def _tell(demo: DemoRun, arguments: Namespace) -> int:
    """Watch it, print where it is and what goes on, until Ctrl-C, SIGTERM, SIGHUP, or its end."""
    from core.api.keeper import WatcherKeeper

    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)
    keeper = WatcherKeeper.without_consoles(demo.launch(arguments.config))
    say()
    say(f"  as pgvigil, with pg_monitor:  {demo.monitor_dsn}")
    say(f"  as superuser:                 {demo.superuser_dsn}")
    say(f"  a console on it:              {demo.another_console}")
    say()
    say("Ctrl-C ends it and clears everything away.")
    for note in _notes(demo, keeper):
        say(note)
    _tell_the_end(demo)
    return 0


def _notes(demo: DemoRun, keeper: WatcherKeeper) -> Iterator[str]:
    """What goes on in it; meanwhile a watcher that ended is followed by another."""
    keeper.check()
    told = None
    for note in demo.notes(every=LOOK_SECONDS):
        if note:
            yield note
        keeper.check()
        if keeper.trouble is not None and keeper.trouble is not told:
            yield str(keeper.trouble)
        told = keeper.trouble


def _tell_the_end(demo: DemoRun) -> None:
    say(f"The demo has ended: {demo.end_reason}")
