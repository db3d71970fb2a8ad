"""``pgvigil restore undo RESTORE``."""

from __future__ import annotations

import json
from argparse import ArgumentParser, Namespace

from core.errors import ExitCode
from tui.commands.confirming import confirm
from tui.commands.output import say
from tui.text import one_line

DESCRIPTION = """\
Take away what a restore made: the new database is dropped, as long as it still is the one that
the restore made and bears the name that it was given; nobody is connected, nothing was written
since, and no more than [restore] grace_days have gone by. What an interrupted one left goes, too.
Of a swap both names go back; what was written since is kept under another name, closed.
Where the config says [restore] approve = true, that of a swap or a merge on a server marked
production waits for a second person (restore approve); who asked then says it again.

RESTORE is the beginning or the end of an id, or: last.

Exit code: 0 done; 3 there is nothing to undo, or it can't be; 64 not confirmed, or no such
restore; 78 as everywhere."""


def add_arguments(parser: ArgumentParser) -> None:
    """Declare what the command takes."""
    parser.add_argument("restore", metavar="RESTORE")
    parser.add_argument(
        "--confirm", default="", metavar="NAME", help="the database's name, in place of typing"
    )
    parser.add_argument("--plan", action="store_true", help="only show what would be done")
    parser.add_argument("--json", action="store_true", help="the outcome as a JSON document")


def run(arguments: Namespace) -> int:
    """Show it, ask, do it."""
    from core.api.restores import open_restores

    with open_restores(arguments.config, arguments.state_folder) as restores:
        operation = restores.find(arguments.restore)
        planned = restores.plan_undo(operation)
        if not arguments.json:
            say(one_line(f"On {operation.target_server}: {planned.what}."))
            for command in planned.commands:
                say(f"  {one_line(command)}")
        if arguments.plan:
            done = ""
        else:
            confirm(arguments, planned.database, purpose="undo the restore", nothing="undone")
            done = restores.undo(operation)
    if arguments.json:
        told = {
            "restore": operation.operation_id,
            "database": planned.database,
            "what": planned.what,
            "sessions": planned.sessions,
            "commands": list(planned.commands),
            "done": done or None,
        }
        say(json.dumps(told, indent=2))
    elif done:
        say(one_line(done))
    return ExitCode.OK
