"""``pgvigil drill guide [SYMPTOM]``."""

from __future__ import annotations

import json
from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from core.errors import ExitCode
from tui.commands.output import say

if TYPE_CHECKING:
    from core.model.restore_draft import Symptom

DESCRIPTION = """\
A guided drill in the console: the runbook's steps to tick off against the clock, notes, hand-over
to another person. Nothing live is touched: the restore goes to a scratch server, or beside what is
there. It is kept in the store: leave when you like, and go on here or on another host; one of the
same runbook that is under way is gone on with.

SYMPTOM is one of table (dropped, or its rows), deploy (a bad one), server (lost), copy (wanted);
without it the console asks, and shows the drills that are under way.

With --json no console opens: the drill is begun or found and told, without SYMPTOM all that are
under way.

Exit code: 0; 3 the store failed, or no terminal is there; 64 no such runbook or server; 78 as
everywhere."""


def add_arguments(parser: ArgumentParser) -> None:
    """Declare what the command takes."""
    parser.add_argument(
        "symptom", nargs="?", default="", metavar="SYMPTOM", help="table, deploy, server or copy"
    )
    parser.add_argument("--server", default="", metavar="NAME", help="of which server's backups")
    parser.add_argument("--json", action="store_true", help="tell it as a JSON document")


def run(arguments: Namespace) -> int:
    """Open it in the console, or tell it."""
    from core.api.guided_drills import runbook_named

    symptom = runbook_named(arguments.symptom).symptom if arguments.symptom else None
    return _told(arguments, symptom) if arguments.json else _shown(arguments, symptom)


def _told(arguments: Namespace, symptom: Symptom | None) -> int:
    from core.api.guided_drills import open_guided_drills
    from core.api.guided_names import server_meant
    from tui.drills.document import guided_document

    with open_guided_drills(arguments.config, arguments.state_folder) as (drills, known):
        if symptom is None:
            servers = [server_meant(arguments.server, known)] if arguments.server else []
            listed = [
                {**guided_document(each.drill), "seconds": each.seconds,
                 "abandoned": drills.is_abandoned(each)}
                for each in drills.under_way(servers)
            ]  # fmt: skip
            say(json.dumps(listed, indent=2))
        else:
            server = server_meant(arguments.server, known)
            say(json.dumps(guided_document(drills.go_on(server, symptom)), indent=2))
    return ExitCode.OK


def _shown(arguments: Namespace, symptom: Symptom | None) -> int:
    from core.api.guided_names import server_meant
    from core.api.launch import ensure_watcher
    from tui.commands.launching import launch_for
    from tui.commands.terminal import require_terminal

    launch = launch_for(arguments, [arguments.server] if arguments.server else [])
    if symptom is not None:
        server_meant(arguments.server, tuple(launch.settings.servers))
    require_terminal("pgvigil drill guide --json tells the same as a document")
    ensure_watcher(launch)
    from tui.app import run as show
    from tui.drills.runbooks import RunbooksScreen

    return show(launch, first=lambda following: RunbooksScreen(following, symptom))
