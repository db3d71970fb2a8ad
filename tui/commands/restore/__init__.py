"""``pgvigil restore …``: one module a command."""

from __future__ import annotations

from collections.abc import Mapping

DESCRIPTION = "Restores: planned before anything is touched, done beside what is there, proven."

COMMANDS: Mapping[str, str] = {
    "plan": "what a restore would do: which backup, which steps, what is in the way",
    "run": "do a plan, and watch it",
    "approve": "agree as the second person to a plan for a production server",
    "list": "the restores that were done, newest first",
    "undo": "take away what a restore made",
    "attach": "follow one that is under way",
}
"""Every command with its line in ``pgvigil restore --help``."""
