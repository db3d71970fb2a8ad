"""``pgvigil [TARGET …]``: the console."""

from __future__ import annotations

import gc
from argparse import Action, ArgumentParser, Namespace
from typing import TYPE_CHECKING, Any

from tui.commands.failures import UsageError
from tui.commands.output import say

if TYPE_CHECKING:
    from core.api.launch import UnknownServerError

DESCRIPTION = """\
The operations console for PostgreSQL.

Without a target it shows every server of the config; without a config, the server
that libpq's environment (PGHOST, PGSERVICE, …) names."""


def add_arguments(parser: ArgumentParser) -> None:
    """Declare what the console takes."""
    parser.add_argument(
        "targets",
        nargs="*",
        metavar="TARGET",
        help="a server's NAME in the config, a postgresql:// URL, or key=value parameters",
    )
    parser.add_argument("--version", action=ShowVersion, nargs=0, help="say which one this is")


class ShowVersion(Action):
    """Prints the versions of pgvigil and of Python, and ends."""

    def __call__(self, parser: ArgumentParser, *_: Any) -> None:
        """Say it."""
        import platform
        from importlib.metadata import version

        say(f"pgvigil {version('pgvigil')} (Python {platform.python_version()})")
        parser.exit()


def run(arguments: Namespace) -> int:
    """Show the servers until the person leaves."""
    # What is made until the first paint stays; looking for garbage among it takes a tenth of the
    # start. The app turns the collector on again.
    gc.disable()
    from core.api.launch import UnknownServerError, ensure_watcher
    from tui.commands.launching import launch_for
    from tui.commands.terminal import require_terminal

    try:
        launch = launch_for(arguments, arguments.targets)
    except UnknownServerError as error:
        raise _or_a_command(error) from error
    require_terminal("pgvigil status tells the same in words, as JSON (--json) or for monitoring")
    ensure_watcher(launch)
    # The watcher connects while this process imports its screen.
    if arguments.theme:
        _check_theme(arguments.theme)
    from tui.app import run as show

    return show(launch)


def _or_a_command(error: UnknownServerError) -> UnknownServerError:
    """The error, or one that names the command that may have been meant."""
    from difflib import get_close_matches

    from core.api.launch import UnknownServerError
    from tui.commands.catalogue import SUMMARIES

    near = get_close_matches(error.name, SUMMARIES, n=1)
    if not near:
        return error
    meant = f"did you mean pgvigil {near[0]}? Else: {error.remedy}"
    return UnknownServerError(error.name, why=error.why, remedy=meant)


def _check_theme(name: str) -> None:
    """Refuse a theme that was asked for and is not there; one in the config just isn't used."""
    from core.api.folders import themes_folder
    from tui.themes import load_themes

    names = load_themes(themes_folder()).themes
    if name not in names:
        raise UsageError(f"there is no theme {name}", remedy=f"one of {', '.join(sorted(names))}")
