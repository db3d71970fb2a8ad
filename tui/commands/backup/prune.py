"""``pgvigil backup prune [SERVER …]``."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING, Any

from core.errors import ExitCode, PgvigilError
from tui.commands.failures import UsageError
from tui.commands.output import complain, say
from tui.text import clean

if TYPE_CHECKING:
    from core.api.backup_care import BackupCare, RepositoryPlan

DESCRIPTION = """\
Let go the backups that [retention] of the config does not keep: first they expire, and once
their time of grace is over they are destroyed, their keys first. What it will do is shown
before anything is done, in each repository by itself.

Never: the newest good backup, the newest that a restore has proven, what a person protects,
what any of these need, and nothing at all while the clock can't be right.

Exit code: 0 done, or nothing to do; 1 something could not be destroyed, or a repository could
not be pruned; 3 nothing could be begun, or no backup is known here; 64 not confirmed, or no
such server; 78 as everywhere."""


def add_arguments(parser: ArgumentParser) -> None:
    """Declare what the command takes."""
    parser.add_argument("servers", nargs="*", metavar="SERVER", help="names; none: all")
    parser.add_argument(
        "--copy",
        action="append",
        default=[],
        metavar="REPOSITORY",
        help="only there; may be given again",
    )
    parser.add_argument("--plan", action="store_true", help="only show what would be done")
    parser.add_argument("--yes", action="store_true", help="don't ask")
    parser.add_argument("--json", action="store_true", help="plan and outcome as a JSON document")


def run(arguments: Namespace) -> int:
    """Plan a prune, show it, ask, and do it; gives the exit code."""
    from core.api.backup_care import RepositoryPlan
    from core.api.backups import open_backups
    from tui.care_report import hindered_document, hindered_line, plan_document, plan_lines

    with open_backups(arguments.config, arguments.state_folder) as backups:
        care = backups.care
        found = list(care.plans(arguments.servers, arguments.copy))
        plans = [each for each in found if isinstance(each, RepositoryPlan)]
        hindered = [each for each in found if not isinstance(each, RepositoryPlan)]
        told: dict[str, Any] = {
            "plans": [plan_document(each) for each in plans],
            "hindered": [hindered_document(each) for each in hindered],
        }
        if not arguments.json:
            for planned in plans:
                for line in plan_lines(planned):
                    say(line)
        for each in hindered:
            complain(f"pgvigil: {hindered_line(each)}")
        is_well = not hindered and not any(each.plan.held_back for each in plans)
        due = [each for each in plans if not each.plan.held_back and not each.is_empty]
        if due and not arguments.plan:
            _confirm(arguments)
            is_well = _do(care, due, told) and is_well
    if arguments.json:
        say(json.dumps(told, indent=2))
    else:
        for sentence in told.get("sentences", ()):
            say(clean(sentence))
    return ExitCode.OK if is_well else ExitCode.WARNING


def _confirm(arguments: Namespace) -> None:
    if arguments.yes:
        return
    if arguments.json or not sys.stdin.isatty():
        raise UsageError(
            "nothing was pruned: nobody was there to confirm it",
            remedy="--plan shows what would be done; --yes does it without asking",
        )
    from tui.asking import agree

    if not agree("Prune?", default=False):
        raise UsageError("nothing was pruned", remedy="--plan shows what would be done")


def _do(care: BackupCare, plans: list[RepositoryPlan], told: dict[str, Any]) -> bool:
    """Do the plans; false where one could not be done, or not all of it."""
    from tui.care_report import outcome_document

    is_well = True
    told["outcomes"], told["sentences"] = [], []
    for planned in plans:
        try:
            outcome = care.prune(planned)
        except PgvigilError as error:
            complain(f"pgvigil: {clean(str(error))}")
            is_well = False
            continue
        told["outcomes"].append(outcome_document(outcome))
        told["sentences"].append(outcome.sentence())
        is_well = is_well and not outcome.kept
    return is_well
