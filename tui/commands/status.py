"""``pgvigil status [SERVER]``: one look."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from tui.commands.values import seconds

if TYPE_CHECKING:
    from core.api.launch import Launch
    from tui.status.look import Look

MOST_AT_ONCE = 16
"""Servers that are looked at together; each takes a thread and a look into the store."""

DESCRIPTION = """\
One look at the servers, with the same assessment as the console's.

Exit code: 0 ok, 1 warning, 2 critical (also a server that can't be reached), 3 unknown (also for
every failure of pgvigil itself)."""


def add_arguments(parser: ArgumentParser) -> None:
    """Declare what the command takes."""
    parser.add_argument(
        "targets", nargs="*", metavar="SERVER", help="NAMEs or DSNs; none: all of the config"
    )
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="everything as one JSON document")
    form.add_argument(
        "--nagios", action="store_true", help="one line with perfdata, for monitoring plugins"
    )
    parser.add_argument(
        "--timeout",
        type=seconds,
        metavar="SECONDS",
        help="how long to wait for a fresh reading (default: console.status_timeout_seconds)",
    )


def run(arguments: Namespace) -> int:
    """Look once and say what was found; gives the exit code of the worst."""
    from tui.commands.launching import launch_for
    from tui.commands.output import say, width_of_terminal
    from tui.status.look import EXIT_CODES, worst

    launch = launch_for(arguments, arguments.targets)
    given = arguments.timeout
    timeout = given if given is not None else launch.settings.console.status_timeout_seconds
    looks = _look(launch, timeout)
    if arguments.json:
        import json

        from tui.status.document import document

        say(json.dumps(document(looks), indent=2))
    elif arguments.nagios:
        from tui.status.plugin import line

        say(line(looks, launch.settings.thresholds))
    else:
        from tui.status.text import text

        say(text(looks, width_of_terminal()))
    return EXIT_CODES[worst(looks)]


def _look(launch: Launch, timeout: float) -> list[Look]:
    """A look at each server, all at once: none waits for another that doesn't answer."""
    from concurrent.futures import ThreadPoolExecutor

    from core.api.status import status
    from tui.status.look import Look

    if len(launch.servers) == 1:
        (entry,) = launch.servers
        return [Look(entry, status(launch, entry.server_id, timeout))]
    with ThreadPoolExecutor(MOST_AT_ONCE) as pool:
        frames = pool.map(lambda entry: status(launch, entry.server_id, timeout), launch.servers)
        return [Look(entry, frame) for entry, frame in zip(launch.servers, frames, strict=True)]
