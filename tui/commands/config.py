"""``pgvigil config check|path|example``."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path

from core.errors import ExitCode
from tui.commands.output import complain, say

DESCRIPTION = """\
check    report every problem of the config file at once
path     say which config file is in force
example  print a config with every key, its default and what it means"""


def add_arguments(parser: ArgumentParser) -> None:
    """Declare what the command takes."""
    parser.add_argument("what", choices=("check", "path", "example"))
    parser.add_argument("path", nargs="?", type=Path, metavar="PATH", help="the file to check")
    parser.add_argument("--json", action="store_true", help="check: the problems as JSON")


def run(arguments: Namespace) -> int:
    """Do it; a config with problems gives exit code 78."""
    actions = {"check": _check, "path": _path, "example": _example}
    return actions[arguments.what](arguments)


def _check(arguments: Namespace) -> int:
    from core.api.configuration import check
    from core.api.folders import config_file, themes_folder
    from tui.text import clean
    from tui.themes import load_themes

    path = config_file(arguments.path or arguments.config)
    themes = load_themes(themes_folder())
    problems = check(path, themes.themes)
    if arguments.json:
        import dataclasses
        import json

        listed = [dataclasses.asdict(problem) for problem in problems]
        say(json.dumps({"path": str(path), "problems": listed}, indent=2))
    else:
        for problem in problems:
            say(clean(problem.describe(str(path))))
        for flaw in themes.problems:
            complain(clean(f"note: {flaw}"))
        if not problems:
            say(f"{path}: no problem found")
    return ExitCode.CONFIG if problems else ExitCode.OK


def _path(arguments: Namespace) -> int:
    from core.api.folders import config_file

    say(str(config_file(arguments.path or arguments.config)))
    return ExitCode.OK


def _example(_: Namespace) -> int:
    from core.api.configuration import example

    say(example().rstrip("\n"))
    return ExitCode.OK
