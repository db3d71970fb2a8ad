"""What the commands that list what this store knows, newest first, have alike."""

from __future__ import annotations

import json
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import TypeVar

from core.errors import ExitCode
from tui.commands.output import say
from tui.commands.values import count

Listed = TypeVar("Listed")


def add_arguments(parser: ArgumentParser) -> None:
    """Declare which of them are listed, and how."""
    parser.add_argument("servers", nargs="*", metavar="SERVER", help="whose backups; none: all")
    parser.add_argument("--last", type=count, default=20, metavar="COUNT", help="20 unless said")
    parser.add_argument("--json", action="store_true", help="as a JSON document")


def tell(
    listed: Sequence[Listed],
    arguments: Namespace,
    *,
    document: Callable[[Listed], object],
    lines: Callable[[Listed, datetime], Iterable[str]],
    none: str,
) -> int:
    """Tell them for people or as JSON; ``none`` is said where there are none."""
    if arguments.json:
        say(json.dumps([document(each) for each in listed], indent=2))
        return ExitCode.OK
    now = datetime.now(UTC)
    for each in listed:
        for line in lines(each, now):
            say(line)
    if not listed:
        say(none)
    return ExitCode.OK
