"""``pgvigil serve``: the watcher that stays."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from core.errors import PgvigilError

if TYPE_CHECKING:
    from core.api.launch import Launch

DESCRIPTION = """\
Watch the servers without a screen until SIGTERM: for systemd or a container.

Consoles on the same store follow it. Log lines go to standard error as JSON. SIGHUP reads the
config again; one with mistakes is not taken, and the log says why."""


def add_arguments(parser: ArgumentParser) -> None:
    """Declare what the command takes."""
    parser.add_argument(
        "targets", nargs="*", metavar="TARGET", help="servers to watch; none: all of the config"
    )


def run(arguments: Namespace) -> int:
    """Watch until told to stop; gives the exit code."""
    from core.api.service import serve
    from tui.commands.failures import in_full
    from tui.commands.launching import launch_for

    def read() -> Launch:
        try:
            return launch_for(arguments, arguments.targets)
        except PgvigilError as error:
            raise in_full(error) from error

    return serve(read)
