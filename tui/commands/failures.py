"""Failures told: to a person on stderr, to a program as JSON, to a monitoring system as a line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from enum import Enum
from pathlib import Path

from core.errors import ExitCode, PgvigilError
from tui.commands.output import complain, say


class UsageError(PgvigilError):
    """The command line can't be understood."""

    exit_code = ExitCode.USAGE


class Audience(Enum):
    """Who reads what the command says."""

    PERSON = "person"
    PROGRAM = "program"
    MONITORING = "monitoring"


def audience_of(arguments: Sequence[str]) -> Audience:
    """Who reads, told from arguments that may not even parse."""
    if "--json" in arguments:
        return Audience.PROGRAM
    return Audience.MONITORING if "--nagios" in arguments else Audience.PERSON


def exit_code_of(error: Exception, command: str) -> int:
    """The exit code for ``error``; ``status`` fails as UNKNOWN, for monitoring knows no other."""
    if command == "status" or not isinstance(error, PgvigilError):
        return ExitCode.UNKNOWN
    return error.exit_code


def in_full(error: PgvigilError) -> PgvigilError:
    """``error``, or for a config with mistakes one that lists them as ``config check`` does.

    A command that reads a config stops before it asks libpq and the themes what they make of it.
    """
    from core.api.configuration import InvalidConfigError, check

    if not isinstance(error, InvalidConfigError) or not Path(error.source).is_file():
        return error
    from core.api.folders import themes_folder
    from tui.themes import load_themes

    problems = check(Path(error.source), load_themes(themes_folder()).themes)
    return InvalidConfigError(error.source, problems or error.problems)


def tell(error: PgvigilError, audience: Audience) -> None:
    """Say what happened, why, and what to do."""
    if audience is Audience.PROGRAM:
        import json

        told = {"what": error.what, "why": error.why, "remedy": error.remedy}
        say(json.dumps({"error": told}))
    elif audience is Audience.MONITORING:
        say(nagios_failure(error))
    else:
        from tui.text import clean

        complain(f"pgvigil: {clean(str(error))}")


def nagios_failure(error: PgvigilError) -> str:
    """One line without the sign that would begin perfdata; of several reasons, the first."""
    from core.api.configuration import InvalidConfigError
    from tui.text import one_line

    reason = f": {error.why}" if error.why else ""
    if isinstance(error, InvalidConfigError) and len(error.problems) > 1:
        first = error.problems[0]
        place = f"line {first.line}, " if first.line else ""
        told = replace(first, line=0, column=0).describe()
        reason = f", the first: {place}{told} (pgvigil config check lists all)"
    return "PGVIGIL UNKNOWN - " + one_line(f"{error.what}{reason}").replace("|", "/")


def unexpected(error: Exception, state: Path | None = None) -> PgvigilError:
    """What to say of an error that nobody foresaw; its traceback is written to a report file.

    ``state`` is the state folder, where one was named.
    """
    from tui.commands.report import without_secrets, write_report

    name = type(error).__name__
    try:
        place = write_report(error, state)
    except (OSError, PgvigilError) as failure:
        reason = failure.what if isinstance(failure, PgvigilError) else failure.strerror
        return PgvigilError(
            f"stopped on an error of its own ({name})",
            why=f"{without_secrets(str(error))}; no report could be written: {reason}",
            remedy=f"{'name another' if state else 'set XDG_STATE_HOME to a'} folder that can be "
            "written to, and try again: then there is a report",
        )
    return PgvigilError(
        f"stopped on an error of its own ({name})",
        why=f"the report is in {place}",
        remedy="try again; if it comes back, pass that file on to whoever maintains your pgvigil, "
        "with what you did before (it holds no passwords, but read it first)",
    )
