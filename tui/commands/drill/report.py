"""``pgvigil drill report [DRILL]``."""

from __future__ import annotations

import json
from argparse import ArgumentParser, Namespace
from pathlib import Path

from core.errors import ExitCode, RestoreError
from tui.commands.output import say

DESCRIPTION = """\
One drill as a report: what was done and by whom, times by phase against the objectives, sizes,
checks, what was compared, and the seal: the hash of its record in the audit log's chain, which is
checked when the report is made.

DRILL is the beginning or the end of an id; without it the newest.

Exit code: 0; 2 the seal is broken, which the report says; 3 the store failed, or the file can't be
written; 64 no such drill; 78 as everywhere."""


def add_arguments(parser: ArgumentParser) -> None:
    """Declare what the command takes."""
    parser.add_argument("drill", nargs="?", default="last", metavar="DRILL")
    parser.add_argument(
        "--format", choices=["markdown", "html"], help="else as FILE ends; Markdown without one"
    )
    parser.add_argument("--out", type=Path, metavar="FILE", help="into a new file")
    parser.add_argument("--json", action="store_true", help="the record as a JSON document")


def run(arguments: Namespace) -> int:
    """Make it, print or save it."""
    from core.api.drills import open_drills
    from tui.drill_report import drill_document

    with open_drills(arguments.config, arguments.state_folder) as drills:
        drill = drills.find(arguments.drill)
        broken = drills.broken_seal(drill)
        if arguments.json:
            text = json.dumps({**drill_document(drill), "broken_seal": broken or None}, indent=2)
        elif _is_html(arguments):
            text = drills.html(drill).rstrip()
        else:
            text = drills.markdown(drill).rstrip()
    if arguments.out is None:
        say(text)
    else:
        _save(arguments.out, text)
        say(f"Saved as {arguments.out}.")
    return ExitCode.CRITICAL if broken else ExitCode.OK


def _is_html(arguments: Namespace) -> bool:
    if arguments.format:
        return bool(arguments.format == "html")
    return arguments.out is not None and arguments.out.suffix.lower() in {".html", ".htm"}


def _save(path: Path, text: str) -> None:
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text + "\n")
    except OSError as error:
        raise RestoreError(
            f"The report can't be saved as {path}",
            why=error.strerror or str(error),
            remedy="name a new file in a folder that you may write to",
        ) from error
