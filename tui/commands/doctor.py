"""``pgvigil doctor``: what the role may see on a server."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from core.errors import ExitCode, PgvigilError
from core.model.capability import CapabilityReport

DESCRIPTION = """\
Connect to each server and say which privileges, extensions and settings are there,
what each missing one costs, and the exact statement or setting that mends it.

Exit code: 0 nothing is missing (a piece may be partial), 1 something is, 3 a server
could not be asked."""


def add_arguments(parser: ArgumentParser) -> None:
    """Declare what the command takes."""
    parser.add_argument(
        "targets", nargs="*", metavar="SERVER", help="NAMEs or DSNs; none: all of the config"
    )
    parser.add_argument("--json", action="store_true", help="the reports as a JSON document")


def run(arguments: Namespace) -> int:
    """Report on each server; one that can't be asked doesn't keep the others from it."""
    from core.api.doctor import report
    from tui.commands.launching import launch_for
    from tui.commands.output import complain, say

    launch = launch_for(arguments, arguments.targets)
    reports: dict[str, CapabilityReport] = {}
    failures: dict[str, PgvigilError] = {}
    for entry in launch.servers:
        try:
            reports[entry.server_id] = report(launch, entry.server_id)
        except PgvigilError as error:
            failures[entry.server_id] = error
    from tui.capability_report import document, missing, text

    if arguments.json:
        import json

        told = {
            "servers": [document(found) for found in reports.values()],
            "errors": {
                server_id: {"what": failure.what, "why": failure.why, "remedy": failure.remedy}
                for server_id, failure in failures.items()
            },
        }
        say(json.dumps(told, indent=2))
    else:
        from tui.text import clean

        if reports:
            say("\n\n".join(text(found) for found in reports.values()))
        for server_id, failure in failures.items():
            complain(clean(f"{server_id}: {failure}"))
    if failures:
        return ExitCode.UNKNOWN
    return ExitCode.WARNING if any(map(missing, reports.values())) else ExitCode.OK
