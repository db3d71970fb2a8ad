"""``pgvigil drill …``: one module a command."""

from __future__ import annotations

from collections.abc import Mapping

DESCRIPTION = "Drills: backups restored on a scratch server and proven; copies spoilt on purpose."

COMMANDS: Mapping[str, str] = {
    "run": "do one now: restore a backup on a scratch server, prove it, take the time",
    "guide": "one with people: the runbook to tick off in the console, against the clock",
    "list": "the drills that were done, newest first",
    "report": "one drill as a report, in Markdown or HTML, for whoever asks for proof",
}
"""Every command with its line in ``pgvigil drill --help``."""
