"""``pgvigil drill run [SERVER]``."""

from __future__ import annotations

import json
from argparse import ArgumentParser, Namespace

from core.errors import ExitCode
from core.model.drill import DrillKind, DrillPick
from tui.commands.following import followed
from tui.commands.output import say

DESCRIPTION = """\
Restore a backup on a PostgreSQL that is started for it on this host, compare it with what was
backed up, take the time of each phase, and take all of it away again. No watched server is
touched. The objectives (RTO, RPO) and what is picked stand in [drill] of the config.

With --sabotage nothing is restored: a private copy of the backup is spoilt in one way after
another (the key removed, a byte flipped, a file lost …), and pgvigil must see each.

Exit code: 0 passed; 1 proven but an objective was missed, or cancelled; 2 failed or interrupted;
3 it could not be begun; 64, 78 as everywhere; 130 after Ctrl-C, and the drill goes on."""


def add_arguments(parser: ArgumentParser) -> None:
    """Declare what the command takes."""
    parser.add_argument("server", nargs="?", default="", metavar="SERVER", help="whose backups")
    parser.add_argument(
        "--pick", choices=[each.value for each in DrillPick], help="which backup; else the config's"
    )
    parser.add_argument(
        "--backup", default="", metavar="ID", help="this one: an id, or its beginning or end"
    )
    parser.add_argument(
        "--database",
        default="",
        metavar="NAME",
        help="of which database; else the one whose last drill is longest ago",
    )
    parser.add_argument("--sabotage", action="store_true", help="spoil copies; restore nothing")
    parser.add_argument("--detach", action="store_true", help="start it and don't wait")
    parser.add_argument("--json", action="store_true", help="the outcome as a JSON document")


def run(arguments: Namespace) -> int:
    """Start it, wait, tell."""
    from core.api.drills import DrillRequest, open_drills
    from tui.drill_report import drill_document, exit_code_of, outcome_lines

    request = DrillRequest(
        server=arguments.server,
        kind=DrillKind.SABOTAGE if arguments.sabotage else DrillKind.RESTORE,
        pick=DrillPick(arguments.pick) if arguments.pick else None,
        database=arguments.database,
        backup=arguments.backup,
    )
    with open_drills(arguments.config, arguments.state_folder) as drills:
        if arguments.detach:
            job_id = drills.start(request)
            told = {"drill": job_id, "state": "queued"}
            say(json.dumps(told) if arguments.json else f"Drill {job_id} has begun.")
            return ExitCode.OK
        job = followed(drills.follow, lambda: drills.start(request), "The drill")
        drill = drills.find(job.job_id)
    if arguments.json:
        say(json.dumps(drill_document(drill), indent=2))
    else:
        for line in outcome_lines(drill, job.result):
            say(line)
    return exit_code_of(drill)
