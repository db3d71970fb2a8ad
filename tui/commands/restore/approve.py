"""``pgvigil restore approve [PLAN]``."""

from __future__ import annotations

import json
from argparse import ArgumentParser, Namespace

from core.errors import ExitCode
from tui.commands.confirming import confirm
from tui.commands.output import say
from tui.text import one_line

DESCRIPTION = """\
Agree, as the second person, to a plan for a server that is marked production. Where the config
says [restore] approve = true, such a plan waits after its `restore run` until another account
has agreed. It is shown in full, and the target's name must be typed (or given by --confirm).
Who asked then runs it again.

PLAN is the beginning or the end of a plan's id; nothing where only one waits.

Exit code: 0 agreed; 3 it was asked for by this account, or does not wait any more; 64 not
confirmed, or no such plan waits; 78 as everywhere."""


def add_arguments(parser: ArgumentParser) -> None:
    """Declare what the command takes."""
    parser.add_argument("plan", nargs="?", default="", metavar="PLAN")
    parser.add_argument(
        "--confirm", default="", metavar="NAME", help="the target's name, in place of typing"
    )
    parser.add_argument("--json", action="store_true", help="the outcome as a JSON document")


def run(arguments: Namespace) -> int:
    """Show it, ask, note it."""
    from core.api.restore_approvals import open_approvals, read_plan
    from tui.restore_report import plan_lines

    with open_approvals(arguments.config, arguments.state_folder) as approvals:
        found = approvals.find(arguments.plan)
        plan = read_plan(found.plan.encode())
        if not arguments.json:
            say(one_line(f"{found.asked_by} asks for:"))
            for line in plan_lines(plan):
                say(line)
        confirm(arguments, plan.wish.target_database, purpose="agree", nothing="agreed to")
        approvals.approve(found)
    if arguments.json:
        say(json.dumps({"plan": found.plan_id, "asked_by": found.asked_by}, indent=2))
    else:
        say(one_line(f"Agreed. {found.asked_by} can run the plan now."))
    return ExitCode.OK
