"""``pgvigil backup forget REPOSITORY``."""

from __future__ import annotations

import json
from argparse import ArgumentParser, Namespace
from typing import Any

from core.errors import ExitCode
from tui.commands.failures import UsageError
from tui.commands.output import say

DESCRIPTION = """\
Let go of a repository that the config has no more: its copies are no longer listed, counted and
asked for, and a backup that has no other copy is no longer known. It is shown first, and its name
is typed.

Nothing is touched in the repository. To undo it put its table back into the config, and run
pgvigil backup import.

Exit code: 0 forgotten, or with --plan only shown; 3 it has changed meanwhile, or the store failed;
64 not confirmed, the config still has it, no copy there is known, or there are only copies and
--with-only-copies is not given; 78 as everywhere."""


def add_arguments(parser: ArgumentParser) -> None:
    """Declare what the command takes."""
    parser.add_argument("repository", metavar="REPOSITORY", help="as the config called it")
    parser.add_argument("--plan", action="store_true", help="only show what would be let go of")
    parser.add_argument(
        "--with-only-copies",
        action="store_true",
        help="also backups of which no other copy is known that may be whole",
    )
    parser.add_argument("--confirm", default="", metavar="NAME", help="its name, as if typed")
    parser.add_argument("--json", action="store_true", help="the outcome as a JSON document")


def run(arguments: Namespace) -> int:
    """Show what is let go of, have its name typed, and forget it; gives the exit code."""
    from core.api.backups import open_backups
    from tui.forget_report import forget_document, forget_lines

    with open_backups(arguments.config, arguments.state_folder) as backups:
        plan = backups.care.forget_plan(arguments.repository)
        told: dict[str, Any] = forget_document(plan)
        if not arguments.json:
            for line in forget_lines(plan):
                say(line)
        if not arguments.plan:
            if plan.only_there and not arguments.with_only_copies:
                raise _only_copies(plan.repository, len(plan.only_there))
            _confirm(arguments)
            backups.care.forget(plan)
            told["forgotten"] = True
    if arguments.json:
        say(json.dumps(told, indent=2))
    elif not arguments.plan:
        say(f"{plan.repository} is forgotten.")
    return ExitCode.OK


def _confirm(arguments: Namespace) -> None:
    from tui.commands.confirming import confirm

    confirm(arguments, arguments.repository, purpose="forget it", nothing="forgotten")


def _only_copies(repository: str, count: int) -> UsageError:
    backups = "1 backup has" if count == 1 else f"{count} backups have"
    return UsageError(
        f"nothing was forgotten: {backups} no other copy than in {repository}",
        why="who forgets it forgets that they exist",
        remedy="put its table back into the config, so that pgvigil backup verify writes them into"
        " another repository; or, where they are not wanted any more: --with-only-copies",
    )
