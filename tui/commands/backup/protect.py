"""``pgvigil backup protect BACKUP --keep REASON``."""

from __future__ import annotations

import json
from argparse import ArgumentParser, Namespace

from core.errors import ExitCode
from tui.commands.failures import UsageError
from tui.commands.output import complain, say
from tui.text import clean

DESCRIPTION = """\
Keep a backup whatever [retention] says, and with it what it needs; --release lets it go again.

It is written into each repository that has a copy, so that other hosts keep it too. REASON
stands there in the clear.

Exit code: 0 done everywhere; 1 in some repositories only; 3 nowhere; 64 no such backup;
78 as everywhere."""


def add_arguments(parser: ArgumentParser) -> None:
    """Declare what the command takes."""
    parser.add_argument("backup", metavar="BACKUP", help="its id, or what that begins with")
    parser.add_argument("--keep", default="", metavar="REASON", help="why it is kept")
    parser.add_argument("--release", action="store_true", help="let the retention decide again")
    parser.add_argument("--json", action="store_true", help="the outcome as a JSON document")


def run(arguments: Namespace) -> int:
    """Have a backup kept, or kept no longer; gives the exit code."""
    from core.api.backups import open_backups

    if bool(arguments.keep.strip()) == arguments.release:
        raise UsageError("protect takes either --keep REASON or --release")
    with open_backups(arguments.config, arguments.state_folder) as backups:
        backup_id = backups.find(arguments.backup).backup_id
        if arguments.release:
            outcome = backups.care.release(backup_id)
        else:
            outcome = backups.care.protect(backup_id, arguments.keep.strip())
    if arguments.json:
        document = {
            "backup_id": backup_id,
            "kept_because": None if arguments.release else arguments.keep.strip(),
            "repositories": list(outcome.done),
            "problems": [{"repository": name, "why": why} for name, why in outcome.problems],
        }
        say(json.dumps(document, indent=2))
    else:
        state = "is no longer protected" if arguments.release else "is kept"
        say(clean(f"{backup_id} {state} in {', '.join(outcome.done)}."))
    for name, why in outcome.problems:
        complain(f"pgvigil: not in {clean(name)}: {clean(why)}")
    return ExitCode.WARNING if outcome.problems else ExitCode.OK
